// A whole platform with the reference operations in a process of its own. The parent is told the port, and on asking what
// this process costs; it ends when the parent goes.

import { monitorEventLoopDelay } from 'node:perf_hooks';
import { openPostgres } from '@plinth/adapters/postgres';
import { systemClock } from '@plinth/runtime';
import { readConfig } from '../../server/src/config.ts';
import { listen } from '../../server/src/http.ts';
import { createPlatform } from '../../server/src/platform.ts';
import { StaticSite } from '../../server/src/web/static.ts';
import { reference } from './capability.ts';
import type { Cost } from './start.ts';

const [databaseUrl = ''] = process.argv.slice(2);
const resolutionMs = 1;
const loop = monitorEventLoopDelay({ resolution: resolutionMs });
const database = await openPostgres({ url: databaseUrl });
const platform = await createPlatform({
  config: { ...readConfig({ demo: false, ephemeral: true }, { LOG_LEVEL: 'silent' }), port: 0 },
  database,
  databaseUrl,
  mail: { send: () => Promise.resolve(), close: () => Promise.resolve() },
  clock: systemClock,
  capabilities: [reference()],
});
await platform.reload();
const listening = await listen(platform, new StaticSite());
loop.enable();

process.on('message', () => {
  const { user, system } = process.cpuUsage();
  const cost: Cost = {
    cpuMicros: user + system,
    rssBytes: process.memoryUsage.rss(),
    stallMs: Math.max(0, loop.max / 1e6 - resolutionMs),
    level: platform.edge.admission.level,
  };
  loop.reset();
  process.send?.(cost);
});
process.on('disconnect', () => process.exit(0));
process.send?.({ port: listening.port });

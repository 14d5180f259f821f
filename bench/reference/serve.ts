// A whole platform with the reference operations in a process of its own. The parent is told the port, and on asking what
// this process costs; it ends when the parent goes.

import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { openPostgres } from '@plinth/adapters/postgres';
import { systemClock } from '@plinth/runtime';
import { readConfig } from '../../server/src/config.ts';
import { listen } from '../../server/src/http.ts';
import { createPlatform } from '../../server/src/platform.ts';
import { StaticSite } from '../../server/src/web/static.ts';
import { reference } from './capability.ts';
import type { Cost } from './start.ts';

const [databaseUrl = '', port = '0'] = process.argv.slice(2);
const { PLINTH_DRAIN_MS: drain = '0' } = process.env;
const settings = { LOG_LEVEL: 'silent', PLINTH_DRAIN_MS: drain };
const database = await openPostgres({ url: databaseUrl });
const platform = await createPlatform({
  config: readConfig({ demo: false, ephemeral: true, port }, settings),
  database,
  databaseUrl,
  mail: { send: () => Promise.resolve(), close: () => Promise.resolve() },
  clock: systemClock,
  capabilities: [reference()],
});
await platform.reload();
const listening = await listen(platform, new StaticSite());

/** Most processor time between two turns of the event loop: on a busy machine a clock would count what others take. */
let stallMicros = 0;
let lastMicros = threadMicros();
setInterval(() => {
  const micros = threadMicros();
  stallMicros = Math.max(stallMicros, micros - lastMicros);
  lastMicros = micros;
}, 1);

function threadMicros(): number {
  const { user, system } = process.threadCpuUsage();
  return user + system;
}

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

process.on('message', (asked) => {
  if (asked === 'held') {
    collect();
    process.send?.(process.memoryUsage.rss());
    return;
  }
  const { user, system } = process.cpuUsage();
  const cost: Cost = {
    cpuMicros: user + system,
    rssBytes: process.memoryUsage.rss(),
    stallMs: stallMicros / 1_000,
    level: platform.edge.admission.level,
  };
  stallMicros = 0;
  process.send?.(cost);
});
process.on('disconnect', () => process.exit(0));
process.once('SIGTERM', () => void stop());

async function stop(): Promise<void> {
  await listening.close();
  await platform.close();
  await database.close();
  process.exit(0);
}

process.send?.({ port: listening.port });

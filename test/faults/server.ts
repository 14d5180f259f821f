// The platform as a child process that may be killed, with everything `plinth dev` serves but pages; beside that it takes
// planted faults and carries the sink. Settings come as JSON in argv[2]; `ready <port of its figures>` on stdout when it
// listens; each text on stdin is a crash point to be armed in place of the last.

import { openPostgres } from '@plinth/adapters/postgres';
import { armCrash, createAddressCheck, plantFaults, systemClock } from '@plinth/runtime';
import { listenAdmin } from '../../server/src/admin.ts';
import { allCapabilities } from '../../server/src/capabilities.ts';
import { readConfig } from '../../server/src/config.ts';
import { listen, readiness } from '../../server/src/http.ts';
import { createPlatform, type Platform } from '../../server/src/platform.ts';
import { StaticSite } from '../../server/src/web/static.ts';
import { withSink } from './sink.ts';

export interface ServerSettings {
  databaseUrl: string;
  /** 0 = any. */
  port: number;
  dataFolder: string;
  /** Connections to the database, beside those for jobs and LISTEN. */
  poolSize?: number;
  planted?: readonly string[];
  /** `name:n`, from when it listens; or from the first moment. */
  crashAt?: string;
  crashAtStart?: string;
  /** `127.0.0.1:port` webhooks may reach. */
  allowedHosts?: readonly string[];
  /** What manifests in the data folder name: `PLINTH_UPSTREAM_…`, `PLINTH_SECRET_…`. */
  env?: Readonly<Record<string, string>>;
}

const settings = JSON.parse(process.argv[2] ?? '{}') as ServerSettings;
const config = readConfig(
  { demo: true, port: String(settings.port), data: settings.dataFolder },
  {
    DATABASE_URL: settings.databaseUrl,
    LOG_LEVEL: process.env['CHAOS_LOG'] ?? 'silent',
    PLINTH_ALLOWED_PRIVATE_HOSTS: (settings.allowedHosts ?? []).join(','),
    ...settings.env,
  },
);
armCrash(settings.crashAtStart);
const { databaseUrl: url, poolSize = 10 } = settings;
const database = await openPostgres({ url, poolSize });
const mail = { send: () => Promise.resolve(), close: () => Promise.resolve() };
const late: { platform?: Platform } = {};
const now = (): Platform => {
  if (!late.platform) throw new Error('called before the platform was made');
  return late.platform;
};
const capabilities = allCapabilities({
  mail,
  baseUrl: config.baseUrl,
  checkAddress: createAddressCheck({ allowed: config.allowedPrivateHosts }),
  contracts: () => late.platform?.contracts() ?? [],
  assistant: {
    contracts: () => now().contracts(),
    invoke: (call) => now().edge.invoke(call),
    confirm: (id, customerId) => now().confirmations.confirm(id, customerId),
    void: (id, customerId) => now().confirmations.void(id, customerId),
  },
});
const platform = await createPlatform({
  config,
  database,
  databaseUrl: settings.databaseUrl,
  mail,
  clock: systemClock,
  capabilities: withSink(capabilities),
});
late.platform = platform;
await platform.reload();
plantFaults(settings.planted ?? []);
armCrash(settings.crashAt);
const listening = await listen(platform, new StaticSite());
const admin = await listenAdmin({
  port: 0,
  metrics: platform.metrics,
  database,
  readiness: () => readiness(platform, listening.isDraining()),
});
process.stdout.write(`ready ${admin.port}\n`);
process.once('SIGTERM', () => void stop());
// Whoever started us is gone: nobody would end us.
process.stdin.on('data', (place: Buffer) => {
  armCrash(place.toString());
  process.stdout.write('armed\n');
});
process.stdin.once('end', () => process.kill(process.pid, 'SIGKILL'));

async function stop(): Promise<void> {
  await listening.close();
  await admin.close();
  await platform.close();
  await database.close();
  process.exit(0);
}

// One compared server in a process of its own. The parent asks for its CPU time before and after each load; what a load
// left to be done (reactions, workflows) belongs to it.

import { readFile } from 'node:fs/promises';
import { load } from '@plinth/contract';
import { customerId, getOrder, placeOrder } from './job.ts';
import { plinth, telemetry } from './plinth.ts';
import { cachedExpress, express, fastify, floor, hono, type Setup, type Start } from './servers.ts';

const servers: Record<string, Start> = { plinth, telemetry, floor, fastify, hono, express, cachedExpress };

/** What the parent says on the command line. */
export interface Told extends Pick<Setup, 'jwk' | 'issuer' | 'audience' | 'collector'> {
  /** PostgreSQL server for the real capabilities; undefined = no store. */
  databaseUrl?: string | undefined;
}

const [name = '', contractPath = '', told = '{}'] = process.argv.slice(2);
const { databaseUrl, ...secrets } = JSON.parse(told) as Told;
const { contract, findings } = await load(contractPath, { read: (path) => readFile(path, 'utf8') });
if (contract === undefined) throw new Error(JSON.stringify(findings));
const start = servers[name];
if (start === undefined) throw new Error(`no server ${name}`);
const stores = databaseUrl === undefined ? undefined : await import('./store.ts');
const store = await stores?.openStore(databaseUrl as string);
const port = await start({
  contract,
  ...secrets,
  store,
  job: store?.job ?? { getOrder, placeOrder },
  customer: stores?.storedOrder().customer ?? customerId,
});

async function sayCpu(): Promise<void> {
  await store?.platform.settled();
  const { user, system } = process.cpuUsage();
  process.send?.({ cpuMicros: user + system });
}

async function stop(): Promise<void> {
  await store?.close();
  process.exit(0);
}

process.on('message', () => void sayCpu());
process.on('disconnect', () => void stop());
process.send?.({ port });

// One compared server in a process of its own. The parent asks for its CPU time before and after each load.

import { readFile } from 'node:fs/promises';
import { load } from '@plinth/contract';
import { plinth } from './plinth.ts';
import { express, fastify, floor, hono, type Setup, type Start } from './servers.ts';

const servers: Record<string, Start> = { plinth, floor, fastify, hono, express };

const [name = '', contractPath = '', secrets = '{}'] = process.argv.slice(2);
const { contract, findings } = await load(contractPath, { read: (path) => readFile(path, 'utf8') });
if (contract === undefined) throw new Error(JSON.stringify(findings));
const start = servers[name];
if (start === undefined) throw new Error(`no server ${name}`);
const port = await start({ contract, ...(JSON.parse(secrets) as Omit<Setup, 'contract'>) });

process.on('message', () => {
  const { user, system } = process.cpuUsage();
  process.send?.({ cpuMicros: user + system });
});
process.on('disconnect', () => process.exit(0));
process.send?.({ port });

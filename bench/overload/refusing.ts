// One server in a process of its own that refuses everything: `edge` with the answer it made before, `bytes` with the same
// bytes by the same writer, `node` with the same fields and body as `node:http` writes them. Connections stay: the edge
// ends one with its second refusal in a row, which would measure connecting. The parent asks for the CPU time.

import { readFile } from 'node:fs/promises';
import { createServer, type RequestListener, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { MemoryLimitStore } from '@plinth/adapters/memory';
import { load } from '@plinth/contract';
import { newIds, seededRandom, systemClock } from '@plinth/runtime/kernel';
import { Authenticator, createEdge, createLogger, Metrics, ProblemBook } from '@plinth/runtime/pipeline';
import { fieldLines, writeWhole } from '../../runtime/src/pipeline/head.ts';

// No answer of this process is the last of its connection, whatever it is told. A class of its own would do it, too, but is
// written in another way.
Object.defineProperty(ServerResponse.prototype, 'shouldKeepAlive', { get: () => true, set: () => {} });

async function edge(): Promise<RequestListener> {
  const file = path.join(import.meta.dirname, '../reference/contract.yaml');
  const { contract } = await load(file, { read: (at) => readFile(at, 'utf8') });
  if (contract === undefined) throw new Error('the contract of the reference must load');
  const limitStore = new MemoryLimitStore();
  const running = createEdge({
    logger: createLogger('silent'),
    metrics: new Metrics(),
    authenticator: new Authenticator({ issuers: [], limits: limitStore }),
    limitStore,
    services: {
      clock: systemClock,
      ids: newIds(systemClock),
      random: seededRandom(1),
      logger: createLogger('silent'),
      database: undefined,
      consents: { has: nobody, list: nobody, set: nobody },
      beginWrite: nobody,
      committed: () => {},
      settled: nobody,
      callFor: nobody,
    },
    admission: { signals: { heap: () => 1, poolWaitMs: () => 0, loop: () => 0 } },
  });
  running.install([{ contract, handlers: {}, owners: {} }]);
  return (request, response) => void running.handle(request, response);
}

const { status, body, type } = new ProblemBook([], '').answer('overloaded', '0'.repeat(32));
const text = body as string;
const fields = ['Content-Type', type, 'Cache-Control', 'no-store', 'X-Content-Type-Options', 'nosniff'];
fields.push('Content-Length', String(text.length), 'Retry-After', '1');
const lines = fieldLines(fields);

const listeners: Readonly<Record<string, () => RequestListener | Promise<RequestListener>>> = {
  edge,
  bytes: () => (_, response) => void writeWhole(response, status, lines, text),
  node: () => (_, response) => void response.writeHead(status, fields).end(text),
};

function nobody(): never {
  throw new Error('everything is refused');
}

const listener = await listeners[process.argv[2] ?? '']?.();
if (listener === undefined) throw new Error(`no server ${process.argv[2]}`);
const server = createServer({ optimizeEmptyRequests: true }, listener);
server.listen(0, '127.0.0.1', () => process.send?.({ port: (server.address() as AddressInfo).port }));
process.on('message', () => {
  const { user, system } = process.cpuUsage();
  process.send?.({ cpuMicros: user + system });
});
process.on('disconnect', () => process.exit(0));

// One server of the proxy bench in a process of its own: `undici` (bare dispatch, nothing read), or `plinth` (the edge with a manifest: parameters and answers judged by the contract).
// Arguments: name, port, contract file, address of the target.

import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { MemoryLimitStore } from '@plinth/adapters/memory';
import { load } from '@plinth/contract';
import { newIds, seededRandom, servicePrincipal, systemClock } from '@plinth/runtime/kernel';
import {
  Authenticator,
  createEdge,
  createLogger,
  lean,
  Metrics,
  operationsOf,
  readPlain,
} from '@plinth/runtime/pipeline';
import { Pool } from 'undici';
import { fulfil } from '../../server/src/contracts/upstream/fulfil.ts';
import { LineBook } from '../../server/src/contracts/upstream/lines.ts';

const [name, port, file = '', target = ''] = process.argv.slice(2);

function bare(): Server {
  const pool = new Pool(target, { connections: 256 });
  return createServer({ optimizeEmptyRequests: true }, (request, response) => {
    const { method = 'GET', url = '/', headers } = request;
    pool.dispatch(
      { method, path: url, headers, body: method === 'GET' ? null : request },
      {
        onRequestStart: () => undefined,
        onResponseStart: (_, status, fields) => void response.writeHead(status, fields),
        onResponseData: (_, chunk) => void response.write(chunk),
        onResponseEnd: () => void response.end(),
        onResponseError: () => void response.destroy(),
      },
    );
  });
}

async function edge(): Promise<Server> {
  const { contract } = await load(file, { read: (path) => readFile(path, 'utf8'), foreign: true });
  if (contract === undefined) throw new Error(`${file} cannot be read`);
  const logger = createLogger('warn');
  const random = seededRandom(1);
  const book = new LineBook({ metrics: new Metrics(), logger, random, address: nothing, secret: nothing });
  const operations = Object.fromEntries(
    contract.operations.filter(({ method }) => method === 'get').map(({ id }) => [id, { target: id }]),
  );
  const manifest = { upstream: 'target', contract: `${contract.id}@${contract.major}`, baseUrl: target, operations };
  const { handlers } = fulfil({ manifest, contract, target: contract, book, owners: {} });
  const limitStore = new MemoryLimitStore();
  const running = createEdge({
    logger,
    metrics: new Metrics(),
    authenticator: new Authenticator({ issuers: [], limits: limitStore }),
    limitStore,
    standardLimits: [],
    checkReplies: 'sampled',
    services: {
      clock: systemClock,
      ids: newIds(systemClock),
      random,
      logger,
      database: undefined,
      consents: { has: nobody, list: nobody, set: nobody },
      beginWrite: nobody,
      committed: () => undefined,
      settled: nobody,
      callFor: nobody,
    },
  });
  running.install([{ contract, handlers, owners: {}, principal: servicePrincipal('bench') }]);
  const server = createServer(lean, (request, response) => {
    if (!running.handle(request, response)) running.refuse(request, response, 'not-found');
  });
  readPlain(server, operationsOf(running));
  return server;
}

function nothing(): undefined {
  return undefined;
}

function nobody(): never {
  throw new Error('this bench has no store');
}

const server = name === 'undici' ? bare() : await edge();
server.listen(Number(port), '127.0.0.1', 511);

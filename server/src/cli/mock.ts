// `plinth mock FILE`: a stateful mock of any contract behind the real edge, without a database.

import { createServer } from 'node:http';
import { MemoryLimitStore } from '@plinth/adapters/memory';
import { type CheckedOperation, checkMock, type Contract, createMock } from '@plinth/contract';
import { anonymous, newIds, seededRandom, servicePrincipal, systemClock } from '@plinth/runtime';
import { Authenticator, createEdge, createLogger, Metrics } from '@plinth/runtime/pipeline';
import { mockFor } from '../contracts/mock.ts';
import type { AddCommand } from './commands.ts';
import { addContractOptions, type ContractFlags, readOverlaid } from './contract-file.ts';
import { CliFailure, exit } from './failure.ts';
import { note, out, outJson, styled } from './printer.ts';

interface MockFlags extends ContractFlags {
  port: string;
  host: string;
  seed: string;
  check?: boolean;
  explain?: boolean;
  json?: boolean;
}

export const addMock: AddCommand = (program, done) => {
  addContractOptions(program.command('mock <file>'))
    .description('serve a stateful mock of a contract')
    .option('--port <port>', 'port to listen on', '4010')
    .option('--host <address>', 'address to listen on', '127.0.0.1')
    .option('--seed <n>', 'same seed, same answers', '1')
    .option('--check', 'call every operation once and end')
    .option('--explain', 'show how each operation was understood and end')
    .option('--json', 'machine-readable output')
    .action((file: string, flags: MockFlags) => done(mock(file, flags)));
};

async function mock(file: string, flags: MockFlags): Promise<number> {
  const { contract, findings } = await readOverlaid(file, flags, { foreign: true });
  for (const finding of findings)
    note(`${styled('yellow', '!')} ${finding.file}:${finding.line}:${finding.column} ${finding.message}`);
  const seed = Number(flags.seed);
  if (flags.explain) return explain(contract, flags.json === true);
  if (flags.check) return check(contract, seed, flags.json === true);
  return serve(contract, { seed, port: Number(flags.port), host: flags.host });
}

function explain(contract: Contract, json: boolean): number {
  for (const row of createMock(contract).explain()) {
    if (json) outJson(row);
    else out(`${row.operation.padEnd(40)} ${row.action.padEnd(12)} ${row.resource}`);
  }
  return exit.done;
}

/** Every operation once; what cannot be honoured is named. */
function check(contract: Contract, seed: number, json: boolean): number {
  const started = performance.now();
  const bad: CheckedOperation[] = [];
  let count = 0;
  for (const row of checkMock(contract, { seed, now: systemClock.now() })) {
    count += 1;
    if (!row.ok) bad.push(row);
    if (json) outJson(row);
    else if (!row.ok) out(`${styled('red', '✗', process.stdout)} ${row.operation}  ${row.key}  ${row.reason}`);
  }
  const unusable = contract.operations.length === count ? '' : ' (some operations could not be read)';
  note(
    `${contract.title}: ${count - bad.length} of ${count} operations answer validly${unusable}, ${(performance.now() - started).toFixed(0)} ms`,
  );
  return bad.length > 0 ? exit.findings : exit.done;
}

async function serve(contract: Contract, at: { seed: number; port: number; host: string }): Promise<number> {
  if (contract.basePath === '') contract.basePath = '/';
  contract.basePath = contract.basePath.replace(/\/$/, '');
  const logger = createLogger('silent');
  const limits = new MemoryLimitStore();
  const edge = createEdge({
    logger,
    metrics: new Metrics(),
    authenticator: new Authenticator({ issuers: [], limits }),
    limitStore: limits,
    standardLimits: [],
    services: {
      clock: systemClock,
      ids: newIds(systemClock),
      random: seededRandom(at.seed),
      logger,
      database: undefined,
      consents: { has: () => Promise.resolve(true), list: () => Promise.resolve([]), set: () => Promise.resolve() },
      beginWrite: () => {
        throw new CliFailure('the mock has no database', { why: '', advice: '', code: exit.defect });
      },
      committed: () => {},
      settled: () => Promise.resolve(undefined),
      callFor: () => () => Promise.reject(new Error('the mock calls nobody')),
    },
  });
  edge.install([
    {
      contract,
      handlers: {},
      owners: {},
      mock: mockFor(contract, { seed: at.seed }),
      principal: { ...servicePrincipal('mock'), channel: anonymous.channel },
    },
  ]);
  const server = createServer((request, response) => {
    if (!edge.handle(request, response)) edge.refuse(request, response, 'not-found');
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      reject(
        error.code === 'EADDRINUSE'
          ? new CliFailure(`Port ${at.port} is in use`, {
              why: 'Another process listens there.',
              advice: `use another port: --port ${at.port + 1}`,
              code: exit.unreachable,
            })
          : error,
      ),
    );
    server.listen(at.port, at.host, resolve);
  });
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : at.port;
  const base = `http://${at.host}:${port}${contract.basePath}`;
  note(
    `${styled('green', '✓')} ${contract.title}: ${contract.operations.length} operations answer at ${styled('cyan', base)}`,
  );
  for (const operation of contract.operations
    .filter((entry) => entry.method === 'get' && !entry.path.includes('{'))
    .slice(0, 3))
    note(`  curl ${base}${operation.path}`);
  await new Promise<void>((resolve) => {
    process.once('SIGINT', () => resolve());
    process.once('SIGTERM', () => resolve());
  });
  server.closeAllConnections();
  server.close();
  return exit.done;
}

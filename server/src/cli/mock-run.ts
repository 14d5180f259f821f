// `plinth mock`: explains, checks, or serves.

import { type CheckedOperation, checkMock, type Contract, createMock, type JsonObject } from '@plinth/contract/serving';
import { systemClock } from '@plinth/runtime/kernel';
import { devTokens } from '../mock/dev-auth.ts';
import { MockServer } from '../mock/mock-server.ts';
import { readStateFile, StateFile } from '../mock/state-file.ts';
import { type ReadContract, readOverlaid } from './contract-file.ts';
import { CliFailure, exit, fileFailure } from './failure.ts';
import { type MockFlags, readMockFlags, wholeNumber } from './mock-flags.ts';
import { watchContracts } from './mock-watch.ts';
import { note, out, outJson, printFailure, styled } from './printer.ts';

export async function mock(files: readonly string[], flags: MockFlags): Promise<number> {
  const contracts = await readAll(files, flags);
  if (flags.explain) return explain(contracts, flags.json === true);
  if (flags.check) return check(contracts, flags);
  return serve(files, contracts, flags);
}

async function readAll(files: readonly string[], flags: MockFlags): Promise<Contract[]> {
  const read = await Promise.all(files.map((file) => readOne(file, flags)));
  for (const finding of read.flatMap(({ findings }) => findings))
    note(`${styled('yellow', '!')} ${finding.file}:${finding.line}:${finding.column} ${finding.message}`);
  return withOwnIds(read.map(({ contract }) => contract));
}

/** Ours as the edge runs it; what is not finished, and other people's, with everything allowed that is not declared. */
async function readOne(file: string, flags: MockFlags): Promise<ReadContract> {
  const read = await readOverlaid(file, flags);
  const isFinished = read.findings.every(({ severity }) => severity !== 'error');
  return isFinished ? read : readOverlaid(file, flags, { foreign: true });
}

/** Versions of one API have one title: each keeps its own things all the same. */
function withOwnIds(contracts: readonly Contract[]): Contract[] {
  const counts = new Map<string, number>();
  return contracts.map((contract) => {
    const count = (counts.get(contract.id) ?? 0) + 1;
    counts.set(contract.id, count);
    return count === 1 ? contract : { ...contract, id: `${contract.id}-${count}` };
  });
}

function explain(contracts: readonly Contract[], json: boolean): number {
  for (const row of contracts.flatMap((contract) => createMock(contract).explain())) {
    if (json) outJson(row);
    else out(`${row.operation.padEnd(36)} ${row.action.padEnd(11)} ${row.resource.padEnd(20)} ${row.reason}`);
  }
  return exit.done;
}

/** Every operation once; what cannot be honoured is named. */
function check(contracts: readonly Contract[], flags: MockFlags): number {
  const seed = wholeNumber('--seed', flags.seed, 4_294_967_295);
  let isGood = true;
  for (const contract of contracts) {
    const started = performance.now();
    const bad: CheckedOperation[] = [];
    let count = 0;
    for (const row of checkMock(contract, { seed, now: systemClock.now() })) {
      count += 1;
      if (!row.ok) bad.push(row);
      if (flags.json) outJson(row);
      else if (!row.ok) out(`${styled('red', '✗', process.stdout)} ${row.operation}  ${row.key}  ${row.reason}`);
    }
    isGood &&= bad.length === 0;
    const took = `${(performance.now() - started).toFixed(0)} ms`;
    note(`${contract.title}: ${count - bad.length} of ${count} operations answer validly, ${took}`);
  }
  return isGood ? exit.done : exit.findings;
}

async function serve(files: readonly string[], contracts: readonly Contract[], flags: MockFlags): Promise<number> {
  const settings = readMockFlags(flags, contracts);
  const port = wholeNumber('--port', flags.port, 65_535);
  const stateFile = flags.state === 'on' || flags.state === 'off' ? undefined : flags.state;
  const saver: { file?: StateFile } = {};
  const server = new MockServer(contracts, {
    ...settings,
    tokens: settings.auth === 'dev' ? await devTokens() : undefined,
    state: stateFile === undefined ? {} : stateIn(stateFile),
    failed: (error) => void printFailure(error, true),
    changed: () => saver.file?.touch(),
  });
  if (stateFile !== undefined) saver.file = new StateFile(stateFile, () => server.state());
  // Before anything is told to it: what cannot be kept is refused now, not at the first change.
  saveNow(saver.file);
  const listening = await server.listen(port, flags.host).catch((error: NodeJS.ErrnoException) => {
    throw error.code === 'EADDRINUSE' ? portInUse(port) : error;
  });
  const base = `http://${flags.host.includes(':') ? `[${flags.host}]` : flags.host}:${listening}`;
  introduce(contracts, base);
  const stopWatching = flags.watch
    ? watchContracts(files, stateFile === undefined ? [] : [stateFile], async () => {
        const told = server.install(await readAll(files, flags));
        note(`${styled('green', '✓')} read again: ${told.kept} things kept, ${told.forgotten} no longer fit`);
      })
    : undefined;
  await new Promise<void>((resolve) => {
    process.once('SIGINT', () => resolve());
    process.once('SIGTERM', () => resolve());
  });
  stopWatching?.();
  saver.file?.flush();
  await server.close();
  return exit.done;
}

function saveNow(file: StateFile | undefined): void {
  try {
    file?.flush();
  } catch (error) {
    throw fileFailure(error, 'write') ?? error;
  }
}

function stateIn(file: string): JsonObject {
  try {
    return readStateFile(file);
  } catch (error) {
    throw new CliFailure(`--state ${file} cannot be used`, {
      why: (error as Error).message,
      advice: 'name another file; it is made when it is not there',
      code: exit.input,
    });
  }
}

function portInUse(port: number): CliFailure {
  return new CliFailure(`Port ${port} is in use`, {
    why: 'Another process listens there.',
    advice: `use another port: --port ${port + 1}`,
    code: exit.unreachable,
  });
}

/** Where it answers, and three lines to try. */
function introduce(contracts: readonly Contract[], base: string): void {
  for (const { title, operations, basePath } of contracts)
    note(
      `${styled('green', '✓')} ${title}: ${operations.length} operations answer at ${styled('cyan', base + basePath)}`,
    );
  const plain = contracts.flatMap(({ operations, basePath }) =>
    operations
      .filter(({ method, path, params }) => method === 'get' && !path.includes('{') && !params.some((p) => p.required))
      .map(({ path }) => base + basePath + path),
  );
  for (const address of plain.slice(0, 3)) note(`  curl ${address}`);
}

// One run: capacity by a closed loop, then the open loop at multiples of it, each followed by an easy time in which the
// platform has to become what it was. Generator and server have a processor each where there are two.

import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { openPostgres } from '@plinth/adapters/postgres';
import { sql } from 'kysely';
import { drive, requestBytes } from '../edge/client.ts';
import { pinned, type ReferenceServer, startReference } from '../reference/start.ts';
import type { Phase, PhaseResult, Tally } from './generate.ts';
import type { Kind } from './operations.ts';

/** Part of the capacity that critical calls make up, at every multiple, unless said otherwise. */
const usualCriticalShare = 0.6;
const easyShare = 0.5;
const patienceMs = 1_000;
const sideRate = 20;
const burnRequest = requestBytes('GET', '/reference/v1/burn', { authorization: 'Bearer calibration' });

export interface MeasureOptions {
  databaseUrl: string;
  multiples: readonly number[];
  /** Of each phase. */
  seconds: number;
  criticalShare?: number;
  say: (line: string) => void;
}

export interface Measured {
  /** Reference operations of 3 ms a second. */
  capacity: number;
  easy: PhaseResult;
  phases: MeasuredPhase[];
}

export interface MeasuredPhase {
  multiple: number;
  load: PhaseResult;
  after: PhaseResult;
  /** Good work ÷ what the closed loop did in the same time. */
  goodput: number;
  /** The same by processor time the server got: what a busy machine takes from both does not count. */
  goodputByCpu: number;
  /** Processors used. */
  shares: { generator: number; server: number; database: number };
  /** Overload level at the end of the load. */
  level: number;
  /** Of one plain caller without a budget, after all that. */
  plainAfter: { asked: number; refused: number };
}

export async function measure(options: MeasureOptions): Promise<Measured> {
  const { databaseUrl, multiples, seconds, say, criticalShare = usualCriticalShare } = options;
  const cores = availableParallelism() > 1 ? { server: 0, generator: 1 } : undefined;
  say(cores === undefined ? 'one processor for all' : 'server on processor 0, generator on 1, database on both');
  const server = await startReference(databaseUrl, { pin: cores?.server });
  const generator = fork(path.join(import.meta.dirname, 'generate.ts'), [String(server.port)], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    ...(cores === undefined ? {} : pinned(cores.generator)),
  });
  try {
    await once(generator, 'message');
    const { capacity, perCpuSecond } = await calibrate(server, Math.max(2, seconds / 2));
    say(`capacity ${capacity.toFixed(0)}/s, ${perCpuSecond.toFixed(0)} in a second of the processor`);
    const easyPhase = { seconds, patienceMs, rates: ratesOf(easyShare, { capacity, criticalShare }) };
    const easy = await play(generator, { ...easyPhase, seed: 1 });
    say(`${easyShare}× p99 ${easy.p99Ms.toFixed(1)} ms`);
    const phases: MeasuredPhase[] = [];
    for (const multiple of multiples) {
      const load = { seconds, patienceMs, rates: ratesOf(multiple, { capacity, criticalShare }), seed: multiple };
      const { before, result, after } = await watched(server, () => play(generator, load));
      const eased = await play(generator, { ...easyPhase, seconds: Math.max(6, seconds), seed: 2 });
      const work = workOf(result.tallies);
      const wallS = (after.atMs - before.atMs) / 1_000;
      const cpuS = (after.cpuMicros - before.cpuMicros) / 1e6;
      const plain = await drive({ port: server.port, request: burnRequest, connections: 1, seconds: 1 });
      phases.push({
        multiple,
        load: result,
        after: eased,
        goodput: work / seconds / capacity,
        goodputByCpu: work / cpuS / perCpuSecond,
        level: after.level,
        plainAfter: { asked: plain.requests, refused: plain.failures },
        shares: {
          generator: result.cpuMicros / 1e6 / wallS,
          server: cpuS / wallS,
          database: (after.databaseS - before.databaseS) / wallS,
        },
      });
      say(describe(phases.at(-1) as MeasuredPhase));
    }
    return { capacity, easy, phases };
  } finally {
    generator.disconnect();
    await server.close();
  }
}

function ratesOf(
  multiple: number,
  { capacity, criticalShare }: { capacity: number; criticalShare: number },
): Partial<Record<Kind, number>> {
  const critical = Math.min(criticalShare, multiple / 2);
  return { critical: critical * capacity, burn: (multiple - critical) * capacity, echo: sideRate, list: sideRate };
}

/** The dear operations that were answered in time. */
function workOf({ critical, burn }: Record<Kind, Tally>): number {
  return critical.good + burn.good;
}

/** As fast as it answers when it is asked no faster: one request is worked on, one waits. */
async function calibrate(
  server: ReferenceServer,
  seconds: number,
): Promise<{ capacity: number; perCpuSecond: number }> {
  const ask = (forS: number) =>
    drive({
      port: server.port,
      request: burnRequest,
      connections: 2,
      seconds: forS,
    });
  await ask(1);
  const before = await server.cost();
  const outcome = await ask(seconds);
  const after = await server.cost();
  const cpuS = (after.cpuMicros - before.cpuMicros) / 1e6;
  return { capacity: outcome.requests / outcome.seconds, perCpuSecond: outcome.requests / cpuS };
}

async function play(generator: ChildProcess, phase: Phase): Promise<PhaseResult> {
  generator.send(phase);
  const [result] = (await once(generator, 'message')) as [PhaseResult];
  return result;
}

interface Moment {
  atMs: number;
  cpuMicros: number;
  databaseS: number;
  level: number;
}

async function watched(
  server: ReferenceServer,
  work: () => Promise<PhaseResult>,
): Promise<{ before: Moment; result: PhaseResult; after: Moment }> {
  const watch = await openPostgres({ url: server.databaseUrl, poolSize: 1 });
  const moment = async (): Promise<Moment> => {
    const { cpuMicros, level } = await server.cost();
    const { rows } = await sql<{ pid: number }>`
      select pid from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()`.execute(
      watch.db,
    );
    return { atMs: performance.now(), cpuMicros, level, databaseS: rows.reduce((sum, { pid }) => sum + cpuOf(pid), 0) };
  };
  try {
    const before = await moment();
    const result = await work();
    return { before, result, after: await moment() };
  } finally {
    await watch.close();
  }
}

/** Processor seconds of a process of this machine; 0 when it is not here. Clock ticks are 10 ms on Linux. */
function cpuOf(pid: number): number {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
    return (Number(fields[11]) + Number(fields[12])) / 100;
  } catch {
    return 0;
  }
}

function tell({ good, offered, refused, heldBack, late, other }: Tally): string {
  return `${good}/${offered} (${refused} refused, ${heldBack} held back, ${late} late, ${other} other)`;
}

function describe({ multiple, load, goodput, goodputByCpu, shares, after, level }: MeasuredPhase): string {
  const { critical, burn } = load.tallies;
  return [
    `${multiple}×: goodput ${goodput.toFixed(3)} (by processor ${goodputByCpu.toFixed(3)})`,
    `critical ${tell(critical)}`,
    `others ${tell(burn)}`,
    `p50 ${load.p50Ms.toFixed(1)} p99 ${load.p99Ms.toFixed(1)} ms, lateness p99 ${load.latenessP99Ms.toFixed(1)} ms, level ${level.toFixed(2)}`,
    `processors: generator ${shares.generator.toFixed(2)}, server ${shares.server.toFixed(2)}, database ${shares.database.toFixed(2)}`,
    `after: p99 by second ${after.p99BySecond.map((ms) => ms.toFixed(0)).join(' ')} ms`,
  ].join('\n    ');
}

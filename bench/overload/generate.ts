// The load: an open loop in a process of its own. Calls come as they come (Poisson), whether or not earlier ones were
// answered; each goes through the generated client with its retry budget, as one of many callers. It logs how late it
// was itself: a generator that cannot keep up measures itself.

import { createClient, type Client } from '@plinth/client';
import { seededRandom } from '@plinth/runtime';
import { kinds, operations, type Kind } from './operations.ts';

/** Client programs; each has a budget of its own. */
const programs = 20;
/** Callers that the platform can tell apart. */
const callers = 200;

export interface Phase {
  seconds: number;
  /** Calls a second. */
  rates: Partial<Record<Kind, number>>;
  /** An answer after that is worth nothing to whoever asked. */
  patienceMs: number;
  seed: number;
}

export interface Tally {
  offered: number;
  /** Answered with 2xx within patience. */
  good: number;
  refused: number;
  /** The client did not send it. */
  heldBack: number;
  late: number;
  other: number;
}

export interface PhaseResult {
  tallies: Record<Kind, Tally>;
  /** Attempts that went over the wire. */
  sent: number;
  /** From when a call was due to its answer, by second of the phase: 99th percentile of good ones. */
  p99BySecond: number[];
  p50Ms: number;
  p99Ms: number;
  /** How late calls were begun. */
  latenessP99Ms: number;
  cpuMicros: number;
  /** Problem documents of refusals that were not the prebuilt one. */
  strange: number;
}

const [portText = ''] = process.argv.slice(2);
let sent = 0;
let strange = 0;
const clients: Client[] = Array.from({ length: programs }, (_, program) => {
  const random = seededRandom(program);
  return createClient({
    baseUrl: `http://127.0.0.1:${portText}`,
    auth: () => `caller-${program}-${random.int(callers / programs)}`,
    fetch: async (url, init) => {
      sent += 1;
      return fetch(url, init);
    },
  });
});

async function run({ seconds, rates, patienceMs, seed }: Phase): Promise<PhaseResult> {
  const random = seededRandom(seed);
  const tallies = Object.fromEntries(kinds.map((kind) => [kind, fresh()])) as Record<Kind, Tally>;
  const latencies: { atS: number; ms: number }[] = [];
  const lateness: number[] = [];
  const before = process.cpuUsage();
  [sent, strange] = [0, 0];
  const startMs = performance.now();
  const endMs = startMs + seconds * 1_000;
  const active = kinds.filter((kind) => (rates[kind] ?? 0) > 0);
  const gapMs = (kind: Kind): number => (-Math.log(1 - random.next()) * 1_000) / (rates[kind] as number);
  const due = new Map(active.map((kind) => [kind, startMs + gapMs(kind)]));
  const underWay = new Set<Promise<number | undefined>>();
  for (let nowMs = startMs; nowMs < endMs; nowMs = performance.now()) {
    for (const kind of active) {
      for (let dueMs = due.get(kind) as number; dueMs <= nowMs; due.set(kind, (dueMs += gapMs(kind)))) {
        lateness.push(performance.now() - dueMs);
        const atS = Math.floor((dueMs - startMs) / 1_000);
        const call = one(kind, { dueMs, patienceMs, tally: tallies[kind], program: random.int(programs) });
        void call.then((ms) => underWay.delete(call) && ms !== undefined && latencies.push({ atS, ms }));
        underWay.add(call);
      }
    }
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  await Promise.all(underWay);
  const { user, system } = process.cpuUsage(before);
  const ms = latencies.map((each) => each.ms);
  return {
    tallies,
    sent,
    strange,
    p99BySecond: Array.from({ length: seconds }, (_, second) =>
      quantile(
        latencies.filter(({ atS }) => atS === second).map((each) => each.ms),
        0.99,
      ),
    ),
    p50Ms: quantile(ms, 0.5),
    p99Ms: quantile(ms, 0.99),
    latenessP99Ms: quantile(lateness, 0.99),
    cpuMicros: user + system,
  };
}

/** Milliseconds of a good answer. */
async function one(
  kind: Kind,
  call: { dueMs: number; patienceMs: number; tally: Tally; program: number },
): Promise<number | undefined> {
  const { dueMs, patienceMs, tally } = call;
  tally.offered += 1;
  const input = kind === 'echo' ? { body: { text: 'hello' } } : {};
  const result = await (clients[call.program] as Client).safe(operations[kind], input, { timeoutMs: patienceMs });
  const ms = performance.now() - dueMs;
  if (result.ok && ms <= patienceMs) {
    tally.good += 1;
    return ms;
  }
  const code = result.ok ? 'timeout' : result.problem.code;
  if (code === 'overloaded') {
    tally.refused += 1;
    if (!result.ok && (result.problem.retryAfterS ?? 0) < 1) strange += 1;
  } else if (code === 'held-back') tally.heldBack += 1;
  else if (code === 'timeout') tally.late += 1;
  else tally.other += 1;
  return undefined;
}

function fresh(): Tally {
  return { offered: 0, good: 0, refused: 0, heldBack: 0, late: 0, other: 0 };
}

function quantile(values: readonly number[], part: number): number {
  const sorted = values.toSorted((left, right) => left - right);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0;
}

process.on('message', (phase) => {
  run(phase as Phase).then(
    (result) => process.send?.(result),
    (error: unknown) => {
      process.stderr.write(`${String(error)}\n`);
      process.exit(1);
    },
  );
});
process.on('disconnect', () => process.exit(0));
process.send?.('ready');

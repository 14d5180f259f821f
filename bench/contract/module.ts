// The compiled module of the synthetic contract: making it, importing it, and the first request of each operation against
// its tenth. Each in fresh processes, so that nothing is warm.

import { mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { BenchOptions, BenchResult } from '../run.ts';
import { ended, held, medianMs, runsOf, type Spent } from './processes.ts';
import { syntheticFiles } from './synthetic.ts';

const once = path.join(import.meta.dirname, 'module-once.ts');
const bars = { buildMs: { atMost: 2500 }, loadMs: { atMost: 150 }, firstBehindTenthMs: { atMost: 1 } };

const usesOfRun = 3;

interface Built extends Spent {
  bytes: number;
}

interface Used extends Spent {
  /** By operation: milliseconds of ten requests. */
  took: number[][];
}

/** Milliseconds; `firstBehindTenthMs` is that of the worst operation. */
export async function run(options: BenchOptions): Promise<BenchResult> {
  const folder = path.join(tmpdir(), 'plinth-bench-contract');
  mkdirSync(folder, { recursive: true });
  const [module, values] = [path.join(folder, 'validators.mjs'), path.join(folder, 'values.json')];
  const built: Built[] = [];
  const used: Used[] = [];
  for (let round = 1; round <= runsOf(options); round++) {
    built.push(program(['build', syntheticFiles().json, module, values]) as Built);
    for (let turn = 0; turn < usesOfRun; turn++) used.push(program(['use', module, values]) as Used);
    options.say(
      `module, round ${round}: build ${built.at(-1)?.ms.toFixed(0)} ms, load ${used.at(-1)?.ms.toFixed(0)} ms`,
    );
  }
  // Who waits for a busy machine waits elsewhere each time: the least of all rounds leaves that out.
  const least = (operation: number, request: number): number =>
    Math.min(...used.map(({ took }) => took[operation]?.[request] ?? 0));
  const behind = (used[0]?.took ?? []).map((_, operation) => least(operation, 0) - least(operation, 9));
  const figures = {
    bytes: built[0]?.bytes ?? 0,
    operations: behind.length,
    buildMs: Math.round(medianMs(built)),
    loadMs: Math.round(medianMs(used)),
    firstBehindTenthMs: Number(Math.max(...behind).toFixed(3)),
  };
  return { figures, ...held(figures, bars) };
}

function program(args: readonly string[]): unknown {
  return JSON.parse(ended(process.execPath, [once, ...args], 0));
}

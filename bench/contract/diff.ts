// `plinth diff` over two versions of a contract, whole processes: Medusa's store, and the contract of 900 operations. The
// second version holds a release's worth of changes: one text in 800 became a number, one list of required names in 800
// begins with another.

import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { BenchOptions, BenchResult } from '../run.ts';
import { above, data, median, missing, plinth, runsOf, type Spent, timed } from './processes.ts';
import { syntheticFiles } from './synthetic.ts';

const medusa = path.join(data, 'medusa-store/www/apps/api-reference/specs/store/openapi.full.yaml');
const bars = { medusaMs: 1_500, syntheticMs: 5_000 };

/** Median milliseconds of `--runs N` (5) comparisons. The Medusa pair is left out, with a line, without its data. */
export async function run(options: BenchOptions): Promise<BenchResult> {
  const folder = mkdtempSync(path.join(tmpdir(), 'plinth-bench-diff-'));
  const pairs: Record<string, string> = { synthetic: syntheticFiles().yaml };
  if (missing(options, [medusa]) === undefined && existsSync(medusa)) pairs['medusa'] = medusa;
  const figures: Record<string, number> = {};
  try {
    for (const [name, base] of Object.entries(pairs)) {
      const revision = path.join(folder, `${name}.yaml`);
      writeFileSync(revision, changed(readFileSync(base, 'utf8')));
      const spent: Spent[] = [];
      for (let round = 1; round <= runsOf(options); round++) {
        spent.push(timed([plinth, 'diff', base, revision]));
        options.say(`diff ${name}, round ${round}: ${spent.at(-1)?.ms.toFixed(0)} ms (CPU ${spent.at(-1)?.cpuMs})`);
      }
      figures[`${name}Ms`] = Math.round(median(spent.map(({ ms }) => ms)));
      figures[`${name}CpuMs`] = Math.round(median(spent.map(({ cpuMs }) => cpuMs)));
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return { figures, failed: above(figures, bars) };
}

function changed(text: string): string {
  let [types, names] = [0, 0];
  return text
    .replaceAll(/type: string$/gm, (all) => (++types % 800 === 0 ? 'type: integer' : all))
    .replaceAll(/required:\n +- [\w-]+\n/g, (all) => (++names % 800 === 0 ? all.replace(/- [\w-]+/, '- nobody') : all));
}

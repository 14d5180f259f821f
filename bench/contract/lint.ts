// `plinth lint` against `redocly lint` over OpenAI's contract: whole processes in turn, the median of each. Redocly
// runs with its recommended rules, as a first-time user runs it; we run the preset for contracts of others.
// A second figure gives our `recommended`, which finds about as much as Redocly's.

import path from 'node:path';
import type { BenchOptions, BenchResult } from '../run.ts';
import { data, held, missing, plinth, medianMs, ratio, rival, runsOf, type Spent, timed } from './processes.ts';

const contract = path.join(data, 'openai', 'openapi.yaml');
const redocly = rival('redocly');

/** Least milliseconds of `--runs N` (5) rounds, and their ratios. Skips, with a line, without data or rival. */
export async function run(options: BenchOptions): Promise<BenchResult> {
  if (missing(options, [contract, redocly])) return { figures: {}, failed: [] };
  const spent: Record<'ours' | 'recommended' | 'redocly', Spent[]> = { ours: [], recommended: [], redocly: [] };
  for (let round = 1; round <= runsOf(options); round++) {
    spent.ours.push(timed([plinth, 'lint', contract]));
    spent.recommended.push(timed([plinth, 'lint', '--preset', 'recommended', contract]));
    spent.redocly.push(timed([redocly, 'lint', contract]));
    const words = Object.entries(spent).map(
      ([name, list]) => `${name} ${list.at(-1)?.ms.toFixed(0)} ms (CPU ${list.at(-1)?.cpuMs})`,
    );
    options.say(`lint, round ${round}: ${words.join(', ')}`);
  }
  const figures = {
    plinthMs: Math.round(medianMs(spent.ours)),
    plinthRecommendedMs: Math.round(medianMs(spent.recommended)),
    redoclyMs: Math.round(medianMs(spent.redocly)),
    ratio: ratio(medianMs(spent.ours), medianMs(spent.redocly)),
  };
  return { figures, ...held(figures, { ratio: { atMost: 0.6 } }) };
}

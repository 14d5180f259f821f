// `plinth lint` against `redocly lint` over OpenAI's contract: whole processes, one after the other, medians. Redocly
// runs with its recommended rules, as a first-time user runs it; we run the preset for contracts of others.
// A second figure gives our `recommended`, which finds about as much as Redocly's.

import path from 'node:path';
import type { BenchOptions, BenchResult } from '../run.ts';
import { above, data, median, missing, plinth, ratio, rival, runsOf, timed } from './processes.ts';

const contract = path.join(data, 'openai', 'openapi.yaml');
const redocly = rival('redocly');

/** Median milliseconds of `--runs N` (5) pairs, and their ratio. Skips, with a line, without data or rival. */
export async function run(options: BenchOptions): Promise<BenchResult> {
  if (missing(options, [contract, redocly])) return { figures: {}, failed: [] };
  const times: Record<'ours' | 'recommended' | 'redocly', number[]> = { ours: [], recommended: [], redocly: [] };
  for (let round = 1; round <= runsOf(options); round++) {
    times.ours.push(timed([plinth, 'lint', contract]));
    times.recommended.push(timed([plinth, 'lint', '--preset', 'recommended', contract]));
    times.redocly.push(timed([redocly, 'lint', contract]));
    const line = Object.entries(times).map(([name, list]) => `${name} ${list.at(-1)?.toFixed(0)} ms`);
    options.say(`lint, round ${round}: ${line.join(', ')}`);
  }
  const [ours, recommended, theirs] = [median(times.ours), median(times.recommended), median(times.redocly)];
  const figures = {
    plinthMs: Math.round(ours),
    plinthRecommendedMs: Math.round(recommended),
    redoclyMs: Math.round(theirs),
    ratio: ratio(ours, theirs),
  };
  return { figures, failed: above(figures, { ratio: 0.6 }) };
}

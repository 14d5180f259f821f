// `plinth lint` against `redocly lint` over OpenAI's contract: whole processes, one after the other, medians. Redocly
// runs with its recommended rules, as a first-time user runs it; we run the preset for contracts of others.
// A second figure gives our `recommended`, which finds about as much as Redocly's.

import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import type { BenchOptions, BenchResult } from '../run.ts';

const root = path.resolve(import.meta.dirname, '..', '..');
const rival = path.join(root, 'bench', 'rivals', 'node_modules', '.bin', 'redocly');
const data = process.env['PLINTH_TEST_DATA'] ?? path.join(root, '..', 'shared', 'data');
const contract = path.join(data, 'contracts', 'openai', 'openapi.yaml');
const target = 0.6;
const usualRuns = 5;

const env = { ...process.env, REDOCLY_TELEMETRY: 'off', REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true', CI: '1' };

/** Median milliseconds of `--runs N` (5) pairs, and their ratio. Skips, with a line, without data or rival. */
export async function run(options: BenchOptions): Promise<BenchResult> {
  const missing = [contract, rival].find((file) => !existsSync(file));
  if (missing !== undefined) {
    options.say(`skipped: ${missing} is not there`);
    return { figures: {}, failed: [] };
  }
  const at = options.args.indexOf('--runs');
  const runs = at < 0 ? usualRuns : Number(options.args[at + 1]);
  const main = path.join(root, 'server', 'src', 'main.ts');
  const times: Record<'ours' | 'recommended' | 'redocly', number[]> = { ours: [], recommended: [], redocly: [] };
  for (let round = 0; round < runs; round++) {
    times.ours.push(timed(process.execPath, [main, 'lint', contract]));
    times.recommended.push(timed(process.execPath, [main, 'lint', '--preset', 'recommended', contract]));
    times.redocly.push(timed(process.execPath, [rival, 'lint', contract]));
    options.say(
      `round ${round + 1}: ${Object.entries(times)
        .map(([name, list]) => `${name} ${list.at(-1)?.toFixed(0)} ms`)
        .join(', ')}`,
    );
  }
  const [ours, recommended, redocly] = [median(times.ours), median(times.recommended), median(times.redocly)];
  const ratio = ours / redocly;
  return {
    figures: {
      plinthMs: Math.round(ours),
      plinthRecommendedMs: Math.round(recommended),
      redoclyMs: Math.round(redocly),
      ratio: Number(ratio.toFixed(2)),
    },
    failed: ratio <= target ? [] : [`plinth lint takes ${ratio.toFixed(2)} of redocly lint; ${target} is the target`],
  };
}

/** Milliseconds of one process. Findings (exit 1) are no failure; not running at all is. */
function timed(program: string, args: readonly string[]): number {
  const started = performance.now();
  const { status, error, stderr } = spawnSync(program, args, { env, stdio: ['ignore', 'ignore', 'pipe'], cwd: root });
  if (error !== undefined || status === null || status > 1)
    throw error ?? new Error(`${args[0]} ended with ${status}: ${String(stderr).slice(0, 500)}`);
  return performance.now() - started;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

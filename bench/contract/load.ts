// Text to model of a contract of 900 operations and 2,500 schemas (4.5 MB of YAML), each time in a fresh process, so that
// nothing is warm. Compared with `redocly bundle` over the same file, which parses and resolves: whole processes both.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { BenchOptions, BenchResult } from '../run.ts';
import { ended, held, median, missing, medianMs, ratio, rival, runsOf, type Spent, timed } from './processes.ts';
import { syntheticFiles } from './synthetic.ts';

const once = path.join(import.meta.dirname, 'load-once.ts');
const redocly = rival('redocly');
const bars = { yamlMs: { atMost: 1500 }, jsonMs: { atMost: 500 }, peakMB: { atMost: 300 } };

/** CPU time is that of all threads of the process. */
interface Loaded extends Spent {
  peakMB: number;
  operations: number;
  schemas: number;
}

/** Milliseconds in the process, the median of its peak memory, and the ratio of whole processes. */
export async function run(options: BenchOptions): Promise<BenchResult> {
  const files = syntheticFiles();
  const loaded = (file: string): Loaded => JSON.parse(ended(process.execPath, [once, file], 0)) as Loaded;
  const yaml: Loaded[] = [];
  const json: Loaded[] = [];
  const whole: Record<'ours' | 'redocly', Spent[]> = { ours: [], redocly: [] };
  const folder = mkdtempSync(path.join(tmpdir(), 'plinth-bench-load-'));
  const hasRival = missing(options, [redocly]) === undefined;
  try {
    for (let round = 1; round <= runsOf(options); round++) {
      yaml.push(loaded(files.yaml));
      json.push(loaded(files.json));
      whole.ours.push(timed([once, files.yaml]));
      if (hasRival) whole.redocly.push(timed([redocly, 'bundle', files.yaml, '-o', path.join(folder, 'bundled.yaml')]));
      options.say(
        `load, round ${round}: YAML ${yaml.at(-1)?.ms.toFixed(0)} ms, JSON ${json.at(-1)?.ms.toFixed(0)} ms, ` +
          `whole ${whole.ours.at(-1)?.ms.toFixed(0)} ms, redocly bundle ${whole.redocly.at(-1)?.ms.toFixed(0)} ms`,
      );
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  const figures = {
    operations: yaml[0]?.operations ?? 0,
    schemas: yaml[0]?.schemas ?? 0,
    yamlMs: Math.round(medianMs(yaml)),
    jsonMs: Math.round(medianMs(json)),
    peakMB: Math.round(median(yaml.map(({ peakMB }) => peakMB))),
    ...(hasRival ? { ratio: ratio(medianMs(whole.ours), medianMs(whole.redocly)) } : {}),
  };
  return { figures, ...held(figures, bars) };
}

// The contract engine against the field: every bench of bench/contract/, its figures under its name. Each also runs alone
// (`npm run bench -- contract/lint`). Those that need a rival or public contracts that are not there skip with a line.

import { readdirSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Target } from './contract/processes.ts';
import type { BenchOptions, BenchResult } from './run.ts';

const folder = path.join(import.meta.dirname, 'contract');

/**
 * Options: `--runs N` of each (5), `--only a,b`. `targets` holds each figure that has one: name, value, target, reached.
 * What had to be skipped is not among them.
 */
export async function run(options: BenchOptions): Promise<BenchResult> {
  const at = options.args.indexOf('--only');
  const only = at < 0 ? undefined : options.args[at + 1]?.split(',');
  const names = readdirSync(folder)
    .filter((file) => file.endsWith('.ts'))
    .map((file) => file.slice(0, -3));
  const unknown = only?.find((name) => !names.includes(name));
  if (unknown !== undefined) throw new Error(`There is no bench contract/${unknown}; there are ${names.join(', ')}.`);
  // Beyond the number of cores, times by the clock tell of the machine; ratios and CPU times of us.
  const [loadBefore = 0] = loadavg();
  const whole = { figures: {} as Record<string, number>, failed: [] as string[], targets: [] as Target[] };
  for (const name of only ?? names) {
    // A program that measures itself is not imported.
    if (name.endsWith('-once')) continue;
    const part = (await import(pathToFileURL(path.join(folder, `${name}.ts`)).href)) as {
      run?: (options: BenchOptions) => Promise<BenchResult & { targets?: Target[] }>;
    };
    // Parts such as the maker of the synthetic contract are no benches.
    if (part.run === undefined) continue;
    const { figures, failed, targets = [] } = await part.run(options);
    for (const [figure, value] of Object.entries(figures)) whole.figures[`${name}.${figure}`] = value;
    whole.failed.push(...failed.map((words) => `${name}: ${words}`));
    whole.targets.push(...targets.map((one) => ({ ...one, name: `${name}.${one.name}` })));
  }
  for (const { name, value, target, reached } of whole.targets)
    options.say(`${reached ? 'reached' : 'MISSED '} ${name.padEnd(32)} ${String(value).padStart(8)}  ${target}`);
  return {
    ...whole,
    settings: { node: process.version, cores: cpus().length, loadBefore, loadAfter: loadavg()[0] ?? 0 },
  };
}

// The contract engine against the field: every bench of bench/contract/, its figures under its name. Each also runs alone
// (`npm run bench -- contract/lint`). Those that need a rival or public contracts that are not there skip with a line.

import { readdirSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import type { BenchOptions, BenchResult } from './run.ts';

const folder = path.join(import.meta.dirname, 'contract');

/** Options: `--runs N` of each (5), `--only a,b`. */
export async function run(options: BenchOptions): Promise<BenchResult> {
  const at = options.args.indexOf('--only');
  const only = at < 0 ? undefined : options.args[at + 1]?.split(',');
  const figures: Record<string, number> = {};
  const failed: string[] = [];
  for (const name of readdirSync(folder)
    .filter((file) => file.endsWith('.ts'))
    .map((file) => file.slice(0, -3))) {
    if (only !== undefined && !only.includes(name)) continue;
    // Parts such as the maker of the synthetic contract are no benches, and a program that measures itself is not imported.
    if (name.endsWith('-once')) continue;
    const part = (await import(pathToFileURL(path.join(folder, `${name}.ts`)).href)) as {
      run?: (options: BenchOptions) => Promise<BenchResult>;
    };
    if (part.run === undefined) continue;
    const result = await part.run(options);
    for (const [figure, value] of Object.entries(result.figures)) figures[`${name}.${figure}`] = value;
    failed.push(...result.failed.map((words) => `${name}: ${words}`));
  }
  return { figures, failed, settings: { node: process.version } };
}

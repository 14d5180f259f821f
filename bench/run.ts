// `npm run bench -- NAME [--json]`: runs bench/NAME.ts, which exports `run(options)` and returns its figures.

import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

export interface BenchOptions {
  /** Print one JSON object on stdout and nothing else. */
  json: boolean;
  /** Other words of the command line: `--seconds 2`. */
  args: readonly string[];
  /** Progress for people; goes to stderr. */
  say: (line: string) => void;
}

/** Figures by name; `failed` lists what was missed, in words. */
export interface BenchResult {
  figures: Record<string, number>;
  failed: string[];
  [more: string]: unknown;
}

const folder = import.meta.dirname;
const names = readdirSync(folder)
  .filter((file) => file.endsWith('.ts') && file !== 'run.ts')
  .map((file) => file.slice(0, -3));

const [name, ...rest] = process.argv.slice(2);
if (name === undefined || !existsSync(path.join(folder, `${name}.ts`))) {
  process.stderr.write(`Usage: npm run bench -- NAME [--json]\nBenches: ${names.join(', ')}\n`);
  process.exit(2);
}

const module = (await import(pathToFileURL(path.join(folder, `${name}.ts`)).href)) as {
  run: (options: BenchOptions) => Promise<BenchResult>;
};
const result = await module.run({
  json: rest.includes('--json'),
  args: rest.filter((word) => word !== '--json'),
  say: (line) => void process.stderr.write(`${line}\n`),
});
if (rest.includes('--json')) process.stdout.write(`${JSON.stringify(result)}\n`);
else for (const [figure, value] of Object.entries(result.figures)) console.log(`${figure.padEnd(24)} ${value}`);
for (const missed of result.failed) process.stderr.write(`MISSED ${missed}\n`);
process.exit(result.failed.length > 0 ? 1 : 0);

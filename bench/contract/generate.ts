// Clients of all public contracts, type-checked together under the strictest settings, and the pages of the synthetic one.

import { spawnSync } from 'node:child_process';
import { globSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { BenchOptions, BenchResult } from '../run.ts';
import { data, held, median, missing, plinth, root, runsOf, type Spent, timed } from './processes.ts';
import { syntheticFiles } from './synthetic.ts';

/** Adyen publishes 126 contracts, for which 60 s is the target: 476 ms each. */
const bars = { adyenMsEach: { atMost: 476 }, typeErrors: { atMost: 0 }, docsMs: { atMost: 5000 } };

const compilerOptions = {
  module: 'nodenext',
  target: 'esnext',
  lib: ['esnext', 'dom', 'dom.iterable'],
  types: [],
  noEmit: true,
  strict: true,
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
  erasableSyntaxOnly: true,
  verbatimModuleSyntax: true,
  allowImportingTsExtensions: true,
};

/** Milliseconds for a contract of Adyen from its text to a checked client, type errors of all, milliseconds of the pages. */
export async function run(options: BenchOptions): Promise<BenchResult> {
  if (missing(options, [data])) return { figures: {}, failed: [] };
  const files = globSync('**/*.{json,yaml}', { cwd: data }).toSorted();
  const synthetic = syntheticFiles().yaml;
  const adyen = files.filter((file) => file.startsWith('adyen'));
  const rounds: { adyenMs: number; allMs: number; errors: number; docsMs: number; docsCpuMs: number }[] = [];
  for (let round = 1; round <= runsOf(options); round++) {
    const own = clients(adyen);
    const all = clients(files.filter((file) => !adyen.includes(file)));
    const pages = docs(synthetic);
    const figures = {
      adyenMs: own.ms,
      allMs: own.ms + all.ms,
      errors: own.errors + all.errors,
      docsMs: pages.ms,
      docsCpuMs: pages.cpuMs,
    };
    rounds.push(figures);
    options.say(
      `generate, round ${round}: ${JSON.stringify(figures, (_key, value: unknown) => (typeof value === 'number' ? Math.round(value) : value))}`,
    );
  }
  const of = (name: keyof (typeof rounds)[number]): number => Math.round(median(rounds.map((one) => one[name])));
  const figures = {
    adyenContracts: adyen.length,
    adyenMsEach: Math.round(of('adyenMs') / adyen.length),
    contracts: files.length,
    allMs: of('allMs'),
    typeErrors: Math.max(...rounds.map(({ errors }) => errors)),
    docsMs: of('docsMs'),
    docsCpuMs: of('docsCpuMs'),
  };
  return { figures, ...held(figures, bars) };
}

/** Each client by a process of its own, as a script would make them, then one check of all. */
function clients(files: readonly string[]): { ms: number; errors: number } {
  const folder = mkdtempSync(path.join(tmpdir(), 'plinth-bench-clients-'));
  try {
    const started = performance.now();
    for (const [index, file] of files.entries())
      timed([plinth, 'generate', 'client', path.join(data, file), '--out', path.join(folder, String(index))]);
    writeFileSync(path.join(folder, 'package.json'), '{ "type": "module" }');
    writeFileSync(path.join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, include: ['**/*.ts'] }));
    const { stdout } = spawnSync(path.join(root, 'node_modules/.bin/tsc'), ['-p', folder], { encoding: 'utf8' });
    return {
      ms: performance.now() - started,
      errors: stdout.split('\n').filter((line) => line.includes('error TS')).length,
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function docs(file: string): Spent {
  const folder = mkdtempSync(path.join(tmpdir(), 'plinth-bench-docs-'));
  try {
    return timed([plinth, 'docs', file, '--out', folder]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

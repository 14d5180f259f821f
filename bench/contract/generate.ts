// Clients of all public contracts, type-checked together under the strictest settings, and the pages of the synthetic one.
// Adyen publishes 126 contracts, of which some are at hand, its largest among them: they are taken over and over until
// there are 126 clients.

import { globSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { BenchOptions, BenchResult } from '../run.ts';
import { data, ended, held, missing, plinth, medianMs, root, runsOf, type Spent, timed } from './processes.ts';
import { syntheticFiles } from './synthetic.ts';

const bars = { adyenMs: { atMost: 60_000 }, typeErrors: { atMost: 0 }, docsMs: { atMost: 5000 } };
const adyenContracts = 126;

const compilerOptions = {
  module: 'nodenext',
  target: 'esnext',
  lib: ['esnext', 'dom', 'dom.iterable'],
  types: [],
  noEmit: true,
  // The declarations of the language itself are not ours.
  skipLibCheck: true,
  strict: true,
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
  erasableSyntaxOnly: true,
  verbatimModuleSyntax: true,
  allowImportingTsExtensions: true,
};

/**
 * Milliseconds of 126 clients from text to checked, once, since it takes most of a minute; of the other contracts and of
 * the pages the median of `--runs N` (5). Type errors of all.
 */
export async function run(options: BenchOptions): Promise<BenchResult> {
  if (missing(options, [data])) return { figures: {}, failed: [] };
  const files = globSync('**/*.{json,yaml}', { cwd: data }).toSorted();
  const adyen = files.filter((file) => file.startsWith('adyen'));
  const own = clients(Array.from({ length: adyenContracts }, (_, index) => adyen[index % adyen.length] as string));
  options.say(`generate, ${adyenContracts} clients of Adyen: ${shown(own)}, ${own.errors} type errors`);
  const others: Checked[] = [];
  const pages: Spent[] = [];
  for (let round = 1; round <= runsOf(options); round++) {
    others.push(clients(files.filter((file) => !adyen.includes(file))));
    pages.push(docs(syntheticFiles().yaml));
    options.say(`generate, round ${round}: others ${shown(others.at(-1))}, pages ${shown(pages.at(-1))}`);
  }
  const figures = {
    adyenClients: adyenContracts,
    adyenMs: Math.round(medianMs([own])),
    others: files.length - adyen.length,
    othersMs: Math.round(medianMs(others)),
    typeErrors: Math.max(own.errors, ...others.map(({ errors }) => errors)),
    docsMs: Math.round(medianMs(pages)),
  };
  return { figures, ...held(figures, bars) };
}

interface Checked extends Spent {
  errors: number;
}

function shown(spent: Spent | undefined): string {
  return `${spent?.ms.toFixed(0)} ms (CPU ${spent?.cpuMs})`;
}

/** Each client by a process of its own, as a script would make them, then one check of all. */
function clients(files: readonly string[]): Checked {
  const folder = mkdtempSync(path.join(tmpdir(), 'plinth-bench-clients-'));
  let said = '';
  try {
    const spent = timed(() => {
      for (const [index, file] of files.entries())
        ended(process.execPath, [
          plinth,
          'generate',
          'client',
          path.join(data, file),
          '--out',
          path.join(folder, String(index)),
        ]);
      writeFileSync(path.join(folder, 'package.json'), '{ "type": "module" }');
      writeFileSync(path.join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, include: ['**/*.ts'] }));
      said = ended(path.join(root, 'node_modules/.bin/tsc'), ['-p', folder], 2);
    });
    return { ...spent, errors: said.split('\n').filter((line) => line.includes('error TS')).length };
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

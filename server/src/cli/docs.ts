// `plinth docs FILE…`: contracts as a static site.

import { emitDocs } from '@plinth/contract/making';
import { buildMoment } from '../environment.ts';
import type { AddCommand } from './commands.ts';
import { addContractOptions, type ContractFlags, readOverlaid } from './contract-file.ts';
import { exit } from './failure.ts';
import { narrow } from './generate.ts';
import { note } from './printer.ts';
import { reportFiles, writeFiles } from './write-files.ts';

interface DocsFlags extends ContractFlags {
  out: string;
  title?: string;
  audience?: string;
}

export const addDocs: AddCommand = (program, done) => {
  addContractOptions(program.command('docs <file...>'))
    .description('write contracts as a static site')
    .option('--out <folder>', 'where to write', 'site')
    .option('--title <text>', 'heading of the site')
    .option('--audience <name>', 'only operations for this audience')
    .action((files: string[], flags: DocsFlags) => done(docs(files, flags)));
};

async function docs(files: readonly string[], flags: DocsFlags): Promise<number> {
  const started = performance.now();
  const contracts = [];
  for (const file of files) {
    const { contract } = await readOverlaid(file, flags);
    contracts.push(narrow(contract, flags.audience === undefined ? {} : { audience: flags.audience }));
  }
  const site = emitDocs(contracts, { now: buildMoment(), ...(flags.title ? { title: flags.title } : {}) });
  reportFiles(await writeFiles(flags.out, site, { check: false }), flags.out, { check: false });
  note(`Open ${flags.out}/index.html, ${((performance.now() - started) / 1000).toFixed(1)} s`);
  return exit.done;
}

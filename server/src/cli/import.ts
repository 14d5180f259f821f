// `plinth import GLOB…`: many contracts → one catalogue, and for each contract a proposal of what it leaves unsaid.

import { existsSync } from 'node:fs';
import path from 'node:path';
import {
  type Catalogue,
  catalogue,
  catalogueReport,
  type Contract,
  load,
  overlayText,
  propose,
  type Unread,
} from '@plinth/contract';
import type { AddCommand } from './commands.ts';
import { addOutputOption, collect } from './contract-file.ts';
import { CliFailure, exit } from './failure.ts';
import { candidates, claimsToBeContract } from './import-sources.ts';
import { note, out } from './printer.ts';
import { reportFiles, writeFiles } from './write-files.ts';

interface ImportFlags {
  out?: string;
  overlayOut?: string;
  minSimilarity: string;
  format: string;
  strict?: boolean;
  allowRemote: string[];
}

/** Rows of each table where they may be long. */
const reportRows = 100;
const formats: Readonly<Record<string, (made: Catalogue, unread: readonly Unread[]) => string>> = {
  text: (made, unread) => catalogueReport(made, { format: 'text', unread }),
  markdown: (made, unread) => catalogueReport(made, { format: 'markdown', unread }),
  html: (made, unread) => catalogueReport(made, { format: 'html', unread, rows: reportRows }),
  json: (made, unread) => JSON.stringify({ ...made, unread }, undefined, 2),
};

export const addImport: AddCommand = (program, done) => {
  addOutputOption(program.command('import <glob...>'))
    .description('read many contracts into one catalogue')
    .option('--out <folder>', 'also write catalogue.json and catalogue.md there')
    .option('--overlay-out <folder>', 'write a proposed Overlay for each contract there')
    .option('--min-similarity <share>', 'from which on two things are called alike, above 0 to 1', '0.8')
    .option('--format <name>', Object.keys(formats).join(', '), 'text')
    .option('--allow-remote <host>', 'references may lead to this host; repeatable', collect, [])
    .option('--strict', 'end with 3 when a contract, or a part of one, could not be read')
    .action((globs: string[], flags: ImportFlags) => done(importAll(globs, flags)));
};

async function importAll(globs: readonly string[], flags: ImportFlags): Promise<number> {
  const started = performance.now();
  const print = formats[flags.format];
  if (!print) throw wrong(`--format ${flags.format} is unknown`, `use ${Object.keys(formats).join(', ')}`);
  const minSimilarity = Number(flags.minSimilarity);
  if (!(minSimilarity > 0 && minSimilarity <= 1))
    throw wrong(
      `--min-similarity ${flags.minSimilarity} is no share`,
      'use a number above 0 and at most 1, such as 0.8',
    );
  const { contracts, unread, others } = await readAll(globs, flags.allowRemote);
  if (contracts.length === 0)
    throw new CliFailure('No contract could be read', {
      why: unread.map(({ file, line, column, message }) => `${file}:${line}:${column} ${message}`).join('\n'),
      advice: 'name files, folders, zip archives or globs with OpenAPI documents: plinth import contracts/',
      code: exit.input,
    });
  const made = catalogue(contracts, { minSimilarity });
  out(print(made, unread).trimEnd());
  if (flags.out !== undefined) await writeCatalogue(flags.out, made, unread);
  if (flags.overlayOut !== undefined) await writeProposals(flags.overlayOut, contracts);
  const ms = (performance.now() - started).toFixed(0);
  note(`${contracts.length} contracts read, ${unread.length} faults, ${others} other files passed over, ${ms} ms`);
  return flags.strict && unread.length > 0 ? exit.input : exit.done;
}

interface ReadAll {
  contracts: Contract[];
  unread: Unread[];
  /** Files that are no contracts and do not claim to be. */
  others: number;
}

async function readAll(globs: readonly string[], remote: readonly string[]): Promise<ReadAll> {
  const found: ReadAll = { contracts: [], unread: [], others: 0 };
  for (const { isNamed, open, text } of candidates(globs, remote)) {
    if (!isNamed && !claimsToBeContract(text())) {
      found.others += 1;
      continue;
    }
    const { entry, read, companions } = await open();
    const { contract, findings } = await load(entry, { read, companions });
    if (contract) found.contracts.push(contract);
    const errors = findings.filter(({ severity }) => severity === 'error');
    for (const { file, line, column, message } of errors)
      found.unread.push({ file, line, column, whole: contract === undefined, message });
  }
  return found;
}

async function writeCatalogue(folder: string, made: Catalogue, unread: readonly Unread[]): Promise<void> {
  const files = {
    'catalogue.json': `${JSON.stringify({ ...made, unread }, undefined, 2)}\n`,
    'catalogue.md': catalogueReport(made, { format: 'markdown', rows: reportRows, unread }),
  };
  reportFiles(await writeFiles(folder, files, { check: false }), folder, { check: false });
}

/** One file for each contract, named after it and its version. */
async function writeProposals(folder: string, contracts: readonly Contract[]): Promise<void> {
  const files: Record<string, string> = {};
  for (const contract of contracts) {
    const proposal = propose(contract);
    const { file } = proposal;
    // What stands in an archive or came from standard input cannot be named.
    const text = overlayText(proposal, existsSync(file) ? { extends: encodeURI(path.relative(folder, file)) } : {});
    if (text === undefined) {
      note(`${file}: nothing is sure enough to propose`);
      continue;
    }
    const base = `${contract.id}-${contract.version.replaceAll(/[^\w.-]+/g, '-')}`;
    let name = `${base}.overlay.yaml`;
    for (let count = 2; files[name] !== undefined; count++) name = `${base}-${count}.overlay.yaml`;
    files[name] = text;
  }
  reportFiles(await writeFiles(folder, files, { check: false }), folder, { check: false });
}

function wrong(what: string, advice: string): CliFailure {
  return new CliFailure(what, { why: '', advice, code: exit.usage });
}

// `plinth import GLOB…`: many contracts → one catalogue, and for each contract a proposal of what it leaves unsaid.

import { globSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import {
  type Catalogue,
  catalogue,
  catalogueReport,
  type Contract,
  overlayText,
  propose,
  type Unread,
} from '@plinth/contract';
import { loadFile } from '../contracts/read.ts';
import type { AddCommand } from './commands.ts';
import { CliFailure, exit } from './failure.ts';
import { note, out } from './printer.ts';
import { reportFiles, writeFiles } from './write-files.ts';

interface ImportFlags {
  out?: string;
  overlayOut?: string;
  minSimilarity: string;
  format: string;
  strict?: boolean;
}

/** Files of one run at most. */
const mostFiles = 2000;
const formats: Readonly<Record<string, (made: Catalogue, unread: readonly Unread[]) => string>> = {
  text: (made, unread) => catalogueReport(made, { format: 'text', unread }),
  markdown: (made, unread) => catalogueReport(made, { format: 'markdown', unread }),
  json: (made, unread) => JSON.stringify({ ...made, unread }, undefined, 2),
};

export const addImport: AddCommand = (program, done) => {
  program
    .command('import <glob...>')
    .description('read many contracts into one catalogue')
    .option('--out <folder>', 'also write catalogue.json and catalogue.md there')
    .option('--overlay-out <folder>', 'write a proposed Overlay for each contract there')
    .option('--min-similarity <share>', 'from which on two things are called alike, above 0 to 1', '0.8')
    .option('--format <name>', Object.keys(formats).join(', '), 'text')
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
  const { contracts, unread, others } = await readAll(globs);
  if (contracts.length === 0)
    throw new CliFailure('No contract could be read', {
      why: unread.map(({ file, line, column, message }) => `${file}:${line}:${column} ${message}`).join('\n'),
      advice: 'name files, folders or globs with OpenAPI documents: plinth import contracts/',
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

async function readAll(globs: readonly string[]): Promise<ReadAll> {
  const found: ReadAll = { contracts: [], unread: [], others: 0 };
  for (const { file, isNamed } of filesOf(globs)) {
    if (!isNamed && !claimsToBeContract(file)) {
      found.others += 1;
      continue;
    }
    const { contract, findings } = await loadFile(file);
    if (contract) found.contracts.push(contract);
    const errors = findings.filter(({ severity }) => severity === 'error');
    for (const { file: place, line, column, message } of errors)
      found.unread.push({ file: place, line, column, whole: contract === undefined, message });
  }
  return found;
}

/** What the words of the command line name: files as they are, folders with all below them, globs. Sorted, each once. */
function filesOf(globs: readonly string[]): { file: string; isNamed: boolean }[] {
  const named = new Map<string, boolean>();
  for (const glob of globs) {
    if (/\.(zip|tar|gz|tgz)$/i.test(glob))
      throw wrong(`${glob} is an archive`, `unpack it first and name the folder:\nunzip ${glob} -d contracts`);
    const kind = statSync(glob, { throwIfNoEntry: false });
    if (kind?.isFile()) named.set(shown(glob), true);
    const pattern = kind?.isDirectory() ? path.join(glob, '**/*.{yaml,yml,json}') : glob;
    const files = kind?.isFile()
      ? []
      : globSync(pattern, { exclude: (name) => /(^|\/)(node_modules|\.[^./][^/]*)$/.test(name) });
    if (kind === undefined && files.length === 0)
      throw new CliFailure(`${glob} names no file`, { why: '', advice: 'check the path', code: exit.input });
    for (const file of files) {
      if (statSync(file, { throwIfNoEntry: false })?.isFile() && !named.has(shown(file))) named.set(shown(file), false);
    }
  }
  if (named.size > mostFiles)
    throw wrong(`${named.size} files are named, ${mostFiles} is the most`, 'name fewer folders, or narrow the globs');
  return [...named].map(([file, isNamed]) => ({ file, isNamed })).toSorted((a, b) => (a.file < b.file ? -1 : 1));
}

/** What is larger is left to loading, which refuses it by name. */
const mostLookedAt = 32 * 1024 * 1024;

/** True when a member says so, wherever it stands. What cannot be looked at is left to loading, which says why. */
function claimsToBeContract(file: string): boolean {
  try {
    if (statSync(file).size > mostLookedAt) return true;
    return /(?:^|[{,])\s*["']?(?:openapi|swagger)["']?\s*:\s*["']?[23]\b/m.test(readFileSync(file, 'utf8'));
  } catch {
    return true;
  }
}

function shown(file: string): string {
  return path.relative(process.cwd(), path.resolve(file));
}

const reportRows = 100;

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
    const text = overlayText(proposal, { extends: encodeURI(path.relative(folder, proposal.file)) });
    if (text === undefined) {
      note(`${proposal.file}: nothing is sure enough to propose`);
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

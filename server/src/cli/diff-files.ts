// The work of `plinth diff`: read both sides, compare, print. A side that cannot be read is a failed comparison in every
// format, never an empty one.

import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import {
  type Approval,
  type Contract,
  diff,
  diffAsGithub,
  diffAsJson,
  diffAsJunit,
  diffAsMarkdown,
  diffAsSarif,
  diffAsText,
  type DiffFinding,
  type DiffLevel,
  diffLevels,
  type DiffResult,
  failedDiff,
  formatFindings,
  Origins,
  parseText,
  readApprovals,
  readUsage,
  type Usage,
} from '@plinth/contract';
import { type ContractFlags, fileOptions, readContractFile } from './contract-file.ts';
import { sourceExists } from './contract-source.ts';
import { CliFailure, exit } from './failure.ts';
import { gitFile } from './git-file.ts';
import { note, out } from './printer.ts';

export interface DiffFlags extends ContractFlags {
  failOn: string;
  baseOptional?: boolean;
  only?: string;
  usage?: string;
  approvals?: string;
  checkVersion?: boolean;
  format: string;
}

const shown = (file: string): string => path.relative(process.cwd(), path.resolve(file));

const formats: Record<string, (result: DiffResult) => string> = {
  text: (result) => diffAsText(result, shown),
  json: diffAsJson,
  markdown: diffAsMarkdown,
  sarif: (result) => diffAsSarif(result, shown),
  github: (result) => diffAsGithub(result, shown),
  junit: (result) => diffAsJunit(result, shown),
};

function wrong(what: string, advice: string): CliFailure {
  return new CliFailure(what, { why: '', advice, code: exit.usage });
}

/** Gives 0; 1 when a finding is at or above `--fail-on`; 3 when a side cannot be read or compared. Throws CliFailure (2). */
export async function diffFiles(base: string, revision: string, flags: DiffFlags): Promise<number> {
  const level = diffLevels.indexOf(flags.failOn as DiffLevel);
  if (level < 0) throw wrong(`--fail-on ${flags.failOn} is no level`, `use ${diffLevels.join(', ')}`);
  const print = Object.hasOwn(formats, flags.format) ? formats[flags.format] : undefined;
  if (print === undefined) throw wrong(`--format ${flags.format} is unknown`, `use ${Object.keys(formats).join(', ')}`);
  if (flags.baseOptional && !(await sourceExists(base))) {
    note(`${base} does not exist: the contract is new, and nothing is compared`);
    return exit.done;
  }
  const started = performance.now();
  const result = await compare(base, revision, flags);
  if (result.status !== 'failed') note(`compared in ${(performance.now() - started).toFixed(0)} ms`);
  out(print(result).trimEnd());
  if (result.status === 'failed') return exit.input;
  const counts = ({ severity, approved }: DiffFinding): boolean => !approved && diffLevels.indexOf(severity) <= level;
  return result.findings.some(counts) ? exit.findings : exit.done;
}

async function compare(base: string, revision: string, flags: DiffFlags): Promise<DiffResult> {
  let sides: [Contract, Contract];
  try {
    sides = [await readSide(base, flags), await readSide(revision, flags)];
  } catch (error) {
    if (!(error instanceof CliFailure)) throw error;
    return failedDiff([error.message, error.why].filter((text) => text !== '').join('\n'));
  }
  return diff(sides[0], sides[1], {
    today: new Date().toISOString().slice(0, 10),
    checkVersion: flags.checkVersion === true,
    approvals: approvalsFor(revision, flags.approvals),
    ...(flags.usage === undefined ? {} : { usage: usageFrom(flags.usage) }),
    ...(flags.only === undefined ? {} : { only: namesIn(flags.only, sides) }),
  });
}

function namesIn(list: string, sides: readonly Contract[]): string[] {
  const known = new Set(sides.flatMap(({ operations, webhooks }) => [...operations, ...webhooks].map(({ id }) => id)));
  const names = list.split(',').map((name) => name.trim());
  for (const name of names)
    if (!known.has(name)) throw wrong(`--only ${name} is no operation of either side`, `use ${[...known].join(', ')}`);
  return names;
}

function usageFrom(file: string): Usage {
  if (!existsSync(file)) throw wrong(`${file} does not exist`, 'check --usage');
  const { usage, faults } = readUsage(readFileSync(file, 'utf8'));
  if (faults.length > 0) throw unusable(file, faults);
  return usage;
}

/** The approvals beside the revision, else in the working folder. */
function approvalsFor(revision: string, given: string | undefined): Approval[] {
  const name = 'plinth.diff.yaml';
  const inGit = gitFile(revision);
  const beside = path.join(path.dirname(inGit?.path ?? revision), name);
  const found = (given === undefined ? [beside, name] : [given]).find((place) => existsSync(place));
  if (given !== undefined && found === undefined) throw wrong(`${given} does not exist`, 'check --approvals');
  if (found === undefined) return [];
  try {
    const { approvals, faults } = readApprovals(parseText(readFileSync(found, 'utf8'), found, new Origins()));
    if (faults.length === 0) return approvals;
    throw unusable(found, faults);
  } catch (error) {
    if (error instanceof CliFailure) throw error;
    throw unusable(found, [(error as Error).message]);
  }
}

function unusable(file: string, faults: readonly string[]): CliFailure {
  const why = faults.slice(0, 20).join('\n');
  return new CliFailure(`${shown(file)} cannot be used`, {
    why,
    advice: 'docs/guides/diff.md shows one',
    code: exit.usage,
  });
}

/** What loading found wrong was left out of the model, so a comparison would not see it. */
async function readSide(given: string, flags: ContractFlags): Promise<Contract> {
  const { contract, findings } = await readContractFile(given, fileOptions(flags));
  const errors = findings.filter(({ severity }) => severity === 'error');
  if (contract !== undefined && errors.length === 0) return contract;
  throw new CliFailure(`${given} cannot be compared`, {
    why: formatFindings(errors, shown).trim(),
    advice: `npm run plinth -- lint ${given}`,
    code: exit.input,
  });
}

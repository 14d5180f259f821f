// The work of `plinth diff`: read both sides, compare, print. A side that cannot be read is a failed comparison in every
// format, never an empty one.

import { existsSync } from 'node:fs';
import path from 'node:path';
import {
  type Contract,
  diff,
  diffAsJson,
  diffAsText,
  type DiffLevel,
  diffLevels,
  type DiffResult,
  failedDiff,
  type Finding,
  formatFindings,
} from '@plinth/contract';
import { readContractFile } from './contract-file.ts';
import { CliFailure, exit } from './failure.ts';
import { gitFile, isInGit, loadFromGit } from './git-file.ts';
import { note, out } from './printer.ts';

export interface DiffFlags {
  failOn: string;
  baseOptional?: boolean;
  only?: string;
  format: string;
}

const shown = (file: string): string => path.relative(process.cwd(), path.resolve(file));

const formats: Record<string, (result: DiffResult) => string> = {
  text: (result) => diffAsText(result, shown),
  json: diffAsJson,
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
  if (flags.baseOptional && !(await exists(base))) {
    note(`${base} does not exist: the contract is new, and nothing is compared`);
    return exit.done;
  }
  const started = performance.now();
  const result = await compare(base, revision, flags);
  note(`compared in ${(performance.now() - started).toFixed(0)} ms`);
  out(print(result).trimEnd());
  if (result.status === 'failed') return exit.input;
  return result.findings.some(({ severity }) => diffLevels.indexOf(severity) <= level) ? exit.findings : exit.done;
}

async function exists(given: string): Promise<boolean> {
  const inGit = gitFile(given);
  return inGit === undefined ? existsSync(given) : isInGit(inGit);
}

async function compare(base: string, revision: string, flags: DiffFlags): Promise<DiffResult> {
  let sides: [Contract, Contract];
  try {
    sides = [await readSide(base), await readSide(revision)];
  } catch (error) {
    if (!(error instanceof CliFailure)) throw error;
    return failedDiff([error.message, error.why].filter((text) => text !== '').join('\n'));
  }
  const only = flags.only?.split(',').map((id) => id.trim());
  for (const id of only ?? [])
    if (!sides.some(({ operations, webhooks }) => [...operations, ...webhooks].some((one) => one.id === id)))
      throw wrong(
        `--only ${id} is no operation of either side`,
        `it has ${sides[1].operations.map((one) => one.id).join(', ')}`,
      );
  return diff(sides[0], sides[1], { today: new Date().toISOString().slice(0, 10), ...(only ? { only } : {}) });
}

/** What loading found wrong was left out of the model, so a comparison would not see it. */
async function readSide(given: string): Promise<Contract> {
  const { contract, findings } = await readAny(given);
  const errors = findings.filter(({ severity }) => severity === 'error');
  if (contract !== undefined && errors.length === 0) return contract;
  throw new CliFailure(`${given} cannot be compared`, {
    why: formatFindings(errors, shown).trim(),
    advice: `npm run plinth -- lint ${given}`,
    code: exit.input,
  });
}

async function readAny(given: string): Promise<{ contract?: Contract; findings: Finding[] }> {
  const inGit = gitFile(given);
  if (inGit === undefined) return readContractFile(given);
  let found: boolean;
  try {
    found = await isInGit(inGit);
  } catch {
    throw unreadable(given, `There is no revision ${inGit.revision} in this repository.`);
  }
  if (!found) throw unreadable(given, `${inGit.revision} holds no file ${inGit.path}.`);
  return loadFromGit(inGit);
}

function unreadable(given: string, why: string): CliFailure {
  return new CliFailure(`${given} cannot be read`, { why, advice: 'check revision and path', code: exit.input });
}

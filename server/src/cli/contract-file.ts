// Reading a contract a command was given, with failures in words.

import { existsSync } from 'node:fs';
import path from 'node:path';
import { type Contract, type Finding, formatFindings, load } from '@plinth/contract/serving';
import type { Command } from 'commander';
import type { FileOptions } from '../contracts/read.ts';
import { type ContractSource, openSource } from './contract-source.ts';
import { CliFailure, exit } from './failure.ts';
import { note, styled } from './printer.ts';

export interface ReadContract {
  contract: Contract;
  findings: Finding[];
}

/** Options of every command that reads a contract. */
export interface ContractFlags {
  overlay?: string[];
  strict?: boolean;
  allowRemote?: string[];
}

/** Adds them. Repeatable instead of lists: a list would swallow the contract's own name. */
export function addContractOptions(command: Command): Command {
  return command
    .option('--overlay <file>', 'change the contract by an overlay first; repeatable', collect, [])
    .option('--strict', 'an overlay action that meets nothing is an error')
    .option('--allow-remote <host>', 'references may lead to this host; repeatable', collect, []);
}

/** For commands that print data. */
export function addOutputOption(command: Command): Command {
  return command.option('--output <file>', 'write the data there instead of stdout');
}

export function collect(value: string, before: string[]): string[] {
  return [...before, value];
}

/** What `readContractFile` needs of the flags. */
export function fileOptions({
  overlay = [],
  strict = false,
  allowRemote = [],
}: ContractFlags): Pick<FileOptions, 'overlays' | 'strict' | 'remote'> {
  return { overlays: overlay, strict, remote: allowRemote };
}

/**
 * For commands that make something of a contract: what its overlays did wrong is told here, the other findings are given
 * back. Throws CliFailure (exit 3), also when an overlay cannot be applied.
 */
export async function readOverlaid(
  given: string,
  flags: ContractFlags,
  options: FileOptions = {},
): Promise<ReadContract> {
  const gone = flags.overlay?.find((file) => !existsSync(file));
  if (gone !== undefined)
    throw new CliFailure(`The overlay ${gone} does not exist`, { why: '', advice: 'check the path', code: exit.input });
  const read = await readContractFile(given, { ...options, ...fileOptions(flags) });
  const files = new Set((flags.overlay ?? []).map((file) => path.normalize(file)));
  const told = read.findings.filter(({ rule, file }) => rule === 'overlay-no-match' || files.has(path.normalize(file)));
  const errors = told.filter(({ severity }) => severity === 'error');
  if (errors.length > 0)
    throw new CliFailure('An overlay cannot be applied', {
      why: formatFindings(errors).trim(),
      advice: errors[0]?.fix ?? 'mend it and run it again',
      code: exit.input,
    });
  for (const { file, line, column, message } of told)
    note(`${styled('yellow', '!')} ${file}:${line}:${column} ${message}`);
  return { ...read, findings: read.findings.filter((finding) => !told.includes(finding)) };
}

/** Throws CliFailure (exit 3) when there is nothing to work with. */
export async function readContractFile(given: string, options: FileOptions = {}): Promise<ReadContract> {
  return readSource(await openSource(given, options), options);
}

/** The same of what is open already. */
export async function readSource(source: ContractSource, options: FileOptions = {}): Promise<ReadContract> {
  const { entry, read, companions } = source;
  const { contract, findings } = await load(entry, { ...options, read, companions });
  if (!contract) throw unreadable(entry, findings);
  return { contract, findings };
}

/** A file that nothing can be made of, with what was found in it. */
export function unreadable(file: string, findings: readonly Finding[]): CliFailure {
  const [first] = findings;
  return new CliFailure(`${file} cannot be read`, {
    why: formatFindings(findings).trim(),
    advice: first?.fix ?? `mend line ${first?.line ?? 1} and run it again`,
    code: exit.input,
  });
}

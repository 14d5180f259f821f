// Reading a contract a command was given, with failures in words.

import { accessSync, constants, existsSync, statSync } from 'node:fs';
import path from 'node:path';
import { type Contract, type Finding, formatFindings } from '@plinth/contract/serving';
import type { Command } from 'commander';
import { contractFile, type FileOptions, loadFile } from '../contracts/read.ts';
import { CliFailure, exit, fileFailure } from './failure.ts';
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

/** The contract a file or folder is. Throws CliFailure (exit 3) when there is none. */
export function contractPath(given: string): string {
  if (!existsSync(given))
    throw new CliFailure(`${given} does not exist`, { why: '', advice: 'check the path', code: exit.input });
  const file = statSync(given).isDirectory() ? contractFile(given) : given;
  if (!file)
    throw new CliFailure(`${given} holds no contract`, {
      why: 'Looked for contract.yaml, contract.json, openapi.yaml and openapi.json.',
      advice: 'name the file',
      code: exit.input,
    });
  mustBeReadable(file);
  return file;
}

/** Throws CliFailure (exit 3) for a file that this user may not read. */
export function mustBeReadable(file: string): void {
  try {
    accessSync(file, constants.R_OK);
  } catch (error) {
    throw fileFailure(error, 'read') ?? error;
  }
}

/** Throws CliFailure (exit 3) when there is nothing to work with. */
export async function readContractFile(given: string, options: FileOptions = {}): Promise<ReadContract> {
  const file = contractPath(given);
  const { contract, findings } = await loadFile(file, options);
  if (!contract) throw unreadable(file, findings);
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

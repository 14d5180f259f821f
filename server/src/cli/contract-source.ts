// What a command may be given for a contract: a file, a folder, `-` (standard input) or `git:REV:path`.

import { accessSync, constants, existsSync, statSync } from 'node:fs';
import path from 'node:path';
import { companionsOf, contractFile, contractNames, type FileOptions, readBelow } from '../contracts/read.ts';
import { CliFailure, exit, fileFailure } from './failure.ts';
import { folderInGit, gitFile, type GitFile, isInGit, readInGit } from './git-file.ts';
import { standardInput } from './standard-input.ts';

/** Where a contract and what it refers to is read. */
export interface ContractSource {
  /** Path that findings show and that references and configuration are beside; `-` for standard input. */
  entry: string;
  read: (name: string) => Promise<string>;
  companions: { events?: string; problems?: string };
  /** It can be mended and watched. */
  isFile: boolean;
}

type SourceOptions = Pick<FileOptions, 'overlays' | 'remote' | 'root'>;

/** Throws CliFailure (exit 3) when there is nothing of that name, or it may not be read. */
export function openSource(given: string, options: SourceOptions = {}): Promise<ContractSource> {
  const inGit = gitFile(given);
  if (inGit !== undefined) return openInGit(given, inGit, options);
  return Promise.resolve(given === '-' ? openInput(options) : openFile(contractPath(given), options));
}

/** False only for a file, or a file of an existing revision, that is not there. */
export async function sourceExists(given: string): Promise<boolean> {
  const inGit = gitFile(given);
  if (inGit !== undefined) return isInGit(inGit).catch(() => true);
  return given === '-' || existsSync(given);
}

function openFile(entry: string, options: SourceOptions): ContractSource {
  return { entry, read: readBelow(entry, options), companions: companionsOf(entry), isFile: true };
}

/** Its references are relative to the working folder. */
function openInput(options: SourceOptions): ContractSource {
  const below = readBelow('-', options);
  const read = (name: string): Promise<string> => (name === '-' ? standardInput() : below(name));
  return { entry: '-', read, companions: {}, isFile: false };
}

/** All it refers to stands in the same revision; overlays are files, and hosts are asked where they were named. */
async function openInGit(given: string, asked: GitFile, options: SourceOptions): Promise<ContractSource> {
  const file = await fileInGit(given, asked);
  const here = readBelow(file.path, options);
  const overlays = new Set((options.overlays ?? []).map((name) => path.resolve(name)));
  const read = (name: string): Promise<string> =>
    /^[a-z][a-z0-9+.-]+:/i.test(name) || overlays.has(path.resolve(name))
      ? here(name)
      : readInGit({ ...file, path: name });
  const companions: ContractSource['companions'] = {};
  for (const name of ['events', 'problems'] as const) {
    const place = path.join(path.dirname(file.path), `${name}.yaml`);
    if (place !== file.path && (await isInGit({ ...file, path: place }))) companions[name] = place;
  }
  return { entry: file.path, read, companions, isFile: false };
}

async function fileInGit(given: string, asked: GitFile): Promise<GitFile> {
  let names: string[] | undefined;
  try {
    if (await isInGit(asked)) return asked;
    names = await folderInGit(asked);
  } catch {
    throw unreadable(given, `There is no revision ${asked.revision} in this repository.`);
  }
  const name = contractNames.find((each) => names?.includes(each));
  if (name !== undefined) return { ...asked, path: path.join(asked.path, name) };
  throw unreadable(given, `${asked.revision} holds no ${names === undefined ? 'file' : 'contract in'} ${asked.path}.`);
}

function unreadable(given: string, why: string): CliFailure {
  return new CliFailure(`${given} cannot be read`, { why, advice: 'check revision and path', code: exit.input });
}

/** The contract file a file or folder is. */
function contractPath(given: string): string {
  if (!existsSync(given))
    throw new CliFailure(`${given} does not exist`, { why: '', advice: 'check the path', code: exit.input });
  const file = statSync(given).isDirectory() ? contractFile(given) : given;
  if (!file)
    throw new CliFailure(`${given} holds no contract`, {
      why: `Looked for ${contractNames.join(', ')}.`,
      advice: 'name the file',
      code: exit.input,
    });
  try {
    accessSync(file, constants.R_OK);
  } catch (error) {
    throw fileFailure(error, 'read') ?? error;
  }
  return file;
}

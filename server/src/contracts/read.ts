// Contracts from folders: `contract.yaml` (or .json) with `events.yaml` and `problems.yaml` beside it.

import { existsSync } from 'node:fs';
import { readFile, realpath, stat } from 'node:fs/promises';
import path from 'node:path';
import { type Contract, type Finding, load, type Loaded } from '@plinth/contract/serving';
import { fetchText } from './fetch-text.ts';

/** Names of a folder's contract, in the order they are looked for. */
export const contractNames = [
  'contract.yaml',
  'contract.yml',
  'contract.json',
  'openapi.yaml',
  'openapi.json',
] as const;

/** The contract file of a folder; undefined when there is none. */
export function contractFile(folder: string): string | undefined {
  return contractNames.map((name) => path.join(folder, name)).find((file) => existsSync(file));
}

export interface FileOptions {
  foreign?: boolean;
  /** Overlay files, applied in this order. */
  overlays?: readonly string[];
  /** An overlay action that meets nothing is an error. */
  strict?: boolean;
  /** References lead to files below this folder. Default: the working folder where the contract lies in it, else its own. */
  root?: string;
  /** Hosts that references may lead to. Default: none. */
  remote?: readonly string[];
}

const maxFileBytes = 32 * 1024 * 1024;

/**
 * Reads files below the root only, links followed: a contract of somebody else must not pull in what its references name
 * elsewhere on the machine. The network is read only from hosts that were named.
 */
export function readBelow(file: string, options: FileOptions): (name: string) => Promise<string> {
  const [entry, here] = [path.resolve(file), process.cwd()];
  const root = options.root ?? (isBelow(entry, here) ? here : path.dirname(entry));
  const given = new Set([file, ...(options.overlays ?? [])].map((name) => path.resolve(name)));
  return async (name) => {
    if (/^[a-z][a-z0-9+.-]+:/i.test(name)) return fetchText(name, options.remote ?? []);
    const place = path.resolve(name);
    // What the user named on the command line may lie anywhere.
    if (!given.has(place) && !isBelow(await realpath(place), await realpath(root)))
      throw new Error(`it lies outside of ${root}; run the command from a folder that holds both`);
    // Beyond this the load refuses the text; a larger file need not be in memory first.
    if ((await stat(place)).size > maxFileBytes) throw new Error('it is larger than 32 MiB');
    return readFile(place, 'utf8');
  };
}

function isBelow(file: string, folder: string): boolean {
  const way = path.relative(folder, file);
  return way !== '..' && !way.startsWith(`..${path.sep}`) && !path.isAbsolute(way);
}

/** The files of a capability beside its contract. */
export function companionsOf(file: string): { events?: string; problems?: string } {
  const companion = (name: string): string | undefined =>
    [path.join(path.dirname(file), name)].find((entry) => entry !== file && existsSync(entry));
  const events = companion('events.yaml');
  const problems = companion('problems.yaml');
  return { ...(events ? { events } : {}), ...(problems ? { problems } : {}) };
}

/** Loads a contract file with its companions. What is wrong stands in the findings. */
export async function loadFile(file: string, options: FileOptions = {}): Promise<Loaded> {
  return load(file, { ...options, read: readBelow(file, options), companions: companionsOf(file) });
}

/** A contract of our own that must load: its findings are defects of this build. */
export class ContractBroken extends Error {
  override readonly name = 'ContractBroken';
  readonly findings: readonly Finding[];

  constructor(file: string, findings: readonly Finding[]) {
    super(`${file} cannot be used`);
    this.findings = findings;
  }
}

/** Throws ContractBroken on any error finding. References lead to files below `root`. */
export async function loadOwn(folder: string, root = path.dirname(path.resolve(folder))): Promise<Contract> {
  const file = contractFile(folder) ?? path.join(folder, 'contract.yaml');
  const { contract, findings } = await loadFile(file, { foreign: false, root });
  const errors = findings.filter((finding) => finding.severity === 'error');
  if (!contract || errors.length > 0) throw new ContractBroken(file, errors);
  return contract;
}

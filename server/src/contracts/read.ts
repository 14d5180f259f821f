// Contracts from folders: `contract.yaml` (or .json) with `events.yaml` and `problems.yaml` beside it.

import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { type Contract, type Finding, load, type Loaded } from '@plinth/contract';

const names = ['contract.yaml', 'contract.yml', 'contract.json', 'openapi.yaml', 'openapi.json'] as const;

/** The contract file of a folder; undefined when there is none. */
export function contractFile(folder: string): string | undefined {
  return names.map((name) => path.join(folder, name)).find((file) => existsSync(file));
}

export interface FileOptions {
  foreign?: boolean;
}

/** Loads a contract file with its companions. What is wrong stands in the findings. */
export async function loadFile(file: string, options: FileOptions = {}): Promise<Loaded> {
  const folder = path.dirname(file);
  const companion = (name: string): string | undefined =>
    [path.join(folder, name)].find((entry) => entry !== file && existsSync(entry));
  const events = companion('events.yaml');
  const problems = companion('problems.yaml');
  return load(file, {
    read: (name) => readFile(name, 'utf8'),
    companions: { ...(events ? { events } : {}), ...(problems ? { problems } : {}) },
    ...(options.foreign === undefined ? {} : { foreign: options.foreign }),
  });
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

/** Throws ContractBroken on any error finding. */
export async function loadOwn(folder: string): Promise<Contract> {
  const file = contractFile(folder) ?? path.join(folder, 'contract.yaml');
  const { contract, findings } = await loadFile(file, { foreign: false });
  const errors = findings.filter((finding) => finding.severity === 'error');
  if (!contract || errors.length > 0) throw new ContractBroken(file, errors);
  return contract;
}

// Reading a contract a command was given, with failures in words.

import { existsSync, statSync } from 'node:fs';
import { type Contract, type Finding, formatFindings } from '@plinth/contract';
import { contractFile, loadFile } from '../contracts/read.ts';
import { CliFailure, exit } from './failure.ts';

export interface ReadContract {
  contract: Contract;
  findings: Finding[];
}

/** Throws CliFailure (exit 3) when there is nothing to work with. */
export async function readContractFile(given: string, options: { foreign?: boolean } = {}): Promise<ReadContract> {
  if (!existsSync(given))
    throw new CliFailure(`${given} does not exist`, { why: '', advice: 'check the path', code: exit.input });
  const file = statSync(given).isDirectory() ? contractFile(given) : given;
  if (!file)
    throw new CliFailure(`${given} holds no contract`, {
      why: 'Looked for contract.yaml, contract.json, openapi.yaml and openapi.json.',
      advice: 'name the file',
      code: exit.input,
    });
  const { contract, findings } = await loadFile(file, options);
  if (!contract) {
    const [first] = findings;
    throw new CliFailure(`${file} cannot be read`, {
      why: formatFindings(findings).trim(),
      advice: first?.fix ?? `mend line ${first?.line ?? 1} and run it again`,
      code: exit.input,
    });
  }
  return { contract, findings };
}

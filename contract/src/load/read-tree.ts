// One file as a tree; what is wrong with it is a finding.

import type { Finding, JsonValue } from '../model/contract.ts';
import type { Origins } from './origin.ts';
import { parseText, SyntaxFailure } from './parse.ts';

export interface Reading {
  read: (path: string) => Promise<string>;
  origins: Origins;
  findings: Finding[];
}

/** Undefined, and a finding, when the file cannot be read or is neither YAML nor JSON. */
export async function readTree(file: string, { read, origins, findings }: Reading): Promise<JsonValue | undefined> {
  let text: string;
  try {
    text = await read(file);
  } catch (error) {
    findings.push({
      file,
      pointer: '',
      line: 1,
      column: 1,
      rule: 'syntax',
      severity: 'error',
      message: `${file} cannot be read: ${(error as Error).message}`,
    });
    return undefined;
  }
  try {
    return parseText(text, file, origins);
  } catch (error) {
    if (!(error instanceof SyntaxFailure)) throw error;
    findings.push(error.finding);
    return undefined;
  }
}

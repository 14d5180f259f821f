// `--state FILE`: what a mock holds, kept over restarts. Written beside the file and renamed, so that it is whole at any
// moment; at most every 250 ms, and once more at the end.

import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { isObject, type JsonObject } from '@plinth/contract/serving';

const format = 'plinth-mock-state/1';
const quietMs = 250;

/** State by contract id; {} when there is no file yet. Throws a TypeError when the file holds something else. */
export function readStateFile(file: string): JsonObject {
  if (!existsSync(file)) return {};
  let content: unknown;
  try {
    content = JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    content = undefined;
  }
  if (!isObject(content) || content['format'] !== format || !isObject(content['contracts']))
    throw new TypeError(`${file} was not written by plinth mock --state.`);
  return content['contracts'];
}

export class StateFile {
  readonly #file: string;
  readonly #state: () => JsonObject;
  #timer: NodeJS.Timeout | undefined;

  constructor(file: string, state: () => JsonObject) {
    this.#file = file;
    this.#state = state;
  }

  /** Something may have changed: it is written soon. */
  touch(): void {
    this.#timer ??= setTimeout(() => this.flush(), quietMs);
  }

  /** Writes at once. */
  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const beside = `${this.#file}.new`;
    writeFileSync(beside, `${JSON.stringify({ format, contracts: this.#state() })}\n`);
    renameSync(beside, this.#file);
  }
}

// What a mock was asked and what it said, for tests that want to know. Bounded: the oldest entries leave.

import type { JsonObject } from '@plinth/contract';

/** Entries kept at most, and bytes of a body that are kept. */
export const mostEntries = 1000;
export const mostBodyBytes = 16_384;

export interface JournalEntry {
  /** 1, 2, 3, … since the start or the last reset. */
  number: number;
  /** By the mock's clock. */
  at: string;
  method: string;
  /** Path and query as sent. */
  target: string;
  operation?: string;
  /** Typed parameters and body, as far as the request was understood. */
  input?: JsonObject;
  status: number;
  /** How the connection was broken, when it was. */
  fault?: string;
  /** True when another server answered (`--real`). */
  real?: true;
  /** What was wrong with the request, or with the answer of a real server. */
  findings: unknown[];
  /** Text of the answer; long ones are cut. */
  body: string;
}

export class Journal {
  #entries: JournalEntry[] = [];

  add(entry: JournalEntry): void {
    this.#entries.push(entry);
    if (this.#entries.length > mostEntries) this.#entries.shift();
  }

  /** Oldest first. */
  entries(operation?: string): readonly JournalEntry[] {
    return operation === undefined ? this.#entries : this.#entries.filter((entry) => entry.operation === operation);
  }

  clear(): void {
    this.#entries = [];
  }
}

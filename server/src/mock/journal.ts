// What a mock was asked and what it said, for tests that want to know. Bounded: the oldest entries leave.

import type { JsonObject } from '@plinth/contract/serving';
import { bytesOf, type HeldAnswer } from './held-answer.ts';

/** Entries kept at most, and bytes of a body that are kept. */
const mostEntries = 1000;
const mostBodyBytes = 16_384;

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

/** An exchange as it is noted: made readable only when somebody reads it. */
export type Noted = {
  [Part in keyof Omit<JournalEntry, 'at' | 'body'>]-?: JournalEntry[Part] | undefined;
} & { at: Temporal.Instant; body: HeldAnswer['body'] };

export class Journal {
  #noted: Noted[] = [];

  add(noted: Noted): void {
    const isLong = noted.body.length > mostBodyBytes;
    const kept = (): Buffer => Buffer.from(bytesOf(noted.body).subarray(0, mostBodyBytes));
    this.#noted.push(isLong ? { ...noted, body: kept() } : noted);
    if (this.#noted.length > mostEntries) this.#noted.shift();
  }

  /** Oldest first. */
  entries(operation?: string): JournalEntry[] {
    return this.#noted
      .filter((noted) => operation === undefined || noted.operation === operation)
      .map(({ at, body, ...noted }) => {
        const said = Object.entries(noted).filter(([, value]) => value !== undefined);
        const text = bytesOf(body).toString('utf8');
        return { at: at.toString(), body: text, ...Object.fromEntries(said) } as unknown as JournalEntry;
      });
  }

  clear(): void {
    this.#noted = [];
  }
}

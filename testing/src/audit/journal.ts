// What a client did and was told, in a file that outlives every process: each line is on disk (fsync) before the next act.
// Lines written meanwhile share one fsync, so that the disk bounds the delay and not the rate.

import { open, readFile } from 'node:fs/promises';

/** An act and its key, before it is sent. */
export interface Attempted {
  state: 'attempted';
  /** Client-made; the business reference of the effect. */
  id: string;
  kind: WishKind;
  method: string;
  path: string;
  body: unknown;
  /** Another body for the same key: must be refused. */
  other: unknown;
  key: string;
  /** Who asks: subject and customer of the token. */
  subject: string;
  customerId?: string;
  /** What the act is about: accounts, amounts. */
  about: Readonly<Record<string, string | number>>;
}

/** The end of an act as its client knows it. */
export interface Ended {
  state: 'acked' | 'refused' | 'unknown';
  id: string;
  status: number;
  /** Body as received. */
  body: string;
  /** How often it was sent. */
  sent: number;
  /** Milliseconds from the first sending to the end. */
  tookMs: number;
}

export type JournalLine = Attempted | Ended;

export type WishKind = 'transfer' | 'accrual' | 'payment' | 'capture' | 'refund' | 'order' | 'reservation';

export interface Journal {
  /** Resolves when the line is on disk. */
  write(line: JournalLine): Promise<void>;
  close(): Promise<void>;
}

/** Appends to `file`, which is made when it is not there. */
export async function openJournal(file: string): Promise<Journal> {
  const handle = await open(file, 'a');
  let waiting: { text: string; done: PromiseWithResolvers<void> }[] = [];
  let flushing: Promise<void> | undefined;
  const flush = async (): Promise<void> => {
    while (waiting.length > 0) {
      const batch = waiting;
      waiting = [];
      try {
        await handle.write(batch.map(({ text }) => text).join(''));
        await handle.datasync();
        for (const { done } of batch) done.resolve();
      } catch (error) {
        for (const { done } of batch) done.reject(error);
      }
    }
  };
  return {
    write(line) {
      const done = Promise.withResolvers<void>();
      waiting.push({ text: `${JSON.stringify(line)}\n`, done });
      flushing ??= flush().finally(() => {
        flushing = undefined;
      });
      return done.promise;
    },
    async close() {
      await flushing;
      await handle.close();
    },
  };
}

export interface Act extends Attempted {
  /** undefined = the client itself did not learn it, or died. Counts as unknown. */
  end: Ended | undefined;
}

/** All acts of a journal, in the order they were begun. A half last line (the client was killed) is left out. */
export async function readJournal(file: string): Promise<Act[]> {
  const acts = new Map<string, Act>();
  for (const text of (await readFile(file, 'utf8')).split('\n')) {
    if (!text.endsWith('}')) continue;
    const line = JSON.parse(text) as JournalLine;
    if (line.state === 'attempted') acts.set(line.id, { ...line, end: undefined });
    else {
      const act = acts.get(line.id);
      if (act) act.end = line;
    }
  }
  return [...acts.values()];
}

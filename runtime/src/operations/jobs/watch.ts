// Waiting for jobs to change: at once for those of this process, within 250 ms for others. While anybody waits, one query
// asks for all of them; nothing runs otherwise.

import { later, type Principal } from '../../kernel/index.ts';
import type { Db } from '../../ports/index.ts';
import { readRevisions } from './rows.ts';

const everyMs = 250;

/** Waits of one process; more are not waited for. */
const mostWaits = 2000;

interface Wait {
  revision: number;
  whose: Principal;
  wake: () => void;
}

export class JobWatch {
  readonly #db: Db;
  readonly #waits = new Map<string, Set<Wait>>();
  #count = 0;
  #isClosed = false;
  #stopAsking: (() => void) | undefined;

  constructor(db: Db) {
    this.#db = db;
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** True when the job is no longer at `revision` or `waitMs` have passed; false = not waited: too many do, or closed. */
  async changed(job: { id: string; revision: number }, waitMs: number, whose: Principal): Promise<boolean> {
    if (this.#count >= mostWaits || this.#isClosed) return false;
    await new Promise<void>((resolve) => {
      const wait: Wait = { revision: job.revision, whose, wake: () => this.#end(job.id, wait, resolve) };
      const stop = later(waitMs, wait.wake);
      const { wake } = wait;
      wait.wake = () => {
        stop();
        wake();
      };
      const waits = this.#waits.get(job.id) ?? new Set();
      this.#waits.set(job.id, waits.add(wait));
      this.#count += 1;
      this.#stopAsking ??= later(everyMs, () => void this.#ask());
    });
    return !this.#isClosed;
  }

  /** The row of a job has changed: whoever waits for it reads it anew. */
  touch(id: string): void {
    for (const { wake } of this.#waits.get(id) ?? []) wake();
  }

  /** Ends the waits of some callers. */
  wake(whose: (principal: Principal) => boolean): void {
    for (const waits of this.#waits.values()) for (const wait of waits) if (whose(wait.whose)) wait.wake();
  }

  /** Ends all waits. */
  close(): void {
    this.#isClosed = true;
    for (const id of this.#waits.keys()) this.touch(id);
    this.#stopAsking?.();
  }

  #end(id: string, wait: Wait, resolve: () => void): void {
    const waits = this.#waits.get(id);
    if (waits?.delete(wait) !== true) return;
    this.#count -= 1;
    if (waits.size === 0) this.#waits.delete(id);
    resolve();
  }

  async #ask(): Promise<void> {
    try {
      for (const { id, revision } of await readRevisions(this.#db, [...this.#waits.keys()]))
        for (const wait of this.#waits.get(id) ?? []) if (wait.revision !== revision) wait.wake();
    } catch {
      // The database is away: waits end by their time.
    }
    this.#stopAsking = this.#count === 0 ? undefined : later(everyMs, () => void this.#ask());
  }
}

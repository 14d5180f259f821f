// Deadlines of requests under way. One timer for all of them, because a timer per request costs more than most stages;
// it fires every 50 ms while anything is waiting, so a deadline is met within that.

import { elapsedMs } from '../kernel/index.ts';
import type { Exchange } from './exchange.ts';

const everyMs = 50;

/**
 * An intrusive list whose links are cut on removal. A Set would do the same, but its outgrown tables point to their
 * successors: one of them in the old generation keeps every later exchange alive until a full collection.
 */
export class Deadlines {
  readonly #expire: (x: Exchange) => void;
  #first: Exchange | undefined = undefined;
  #armed = false;

  constructor(expire: (x: Exchange) => void) {
    this.#expire = expire;
  }

  add(x: Exchange): void {
    x.isTimed = true;
    x.later = this.#first;
    if (this.#first !== undefined) this.#first.earlier = x;
    this.#first = x;
    if (!this.#armed) this.#arm();
  }

  /** Without effect for an exchange that was not added or has been removed. */
  remove(x: Exchange): void {
    if (!x.isTimed) return;
    x.isTimed = false;
    if (x.earlier === undefined) this.#first = x.later;
    else x.earlier.later = x.later;
    if (x.later !== undefined) x.later.earlier = x.earlier;
    x.earlier = undefined;
    x.later = undefined;
  }

  #sweep(): void {
    this.#armed = false;
    const nowMs = elapsedMs();
    let next = this.#first;
    while (next !== undefined) {
      const x = next;
      next = x.later;
      if (x.deadlineMs > nowMs) continue;
      this.remove(x);
      this.#expire(x);
    }
    if (this.#first !== undefined) this.#arm();
  }

  #arm(): void {
    this.#armed = true;
    setTimeout(() => this.#sweep(), everyMs);
  }
}

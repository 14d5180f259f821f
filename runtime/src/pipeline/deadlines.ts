// Deadlines of requests under way. One timer for all of them, because a timer per request costs more than most stages;
// it fires every 50 ms while anything is waiting, so a deadline is met within that.

import { elapsedMs } from '../kernel/index.ts';
import type { Exchange } from './exchange.ts';

const everyMs = 50;

export class Deadlines {
  readonly #waiting = new Set<Exchange>();
  readonly #expire: (x: Exchange) => void;
  #armed = false;

  constructor(expire: (x: Exchange) => void) {
    this.#expire = expire;
  }

  add(x: Exchange): void {
    this.#waiting.add(x);
    if (!this.#armed) this.#arm();
  }

  remove(x: Exchange): void {
    this.#waiting.delete(x);
  }

  #sweep(): void {
    this.#armed = false;
    const nowMs = elapsedMs();
    for (const x of this.#waiting) {
      if (x.deadlineMs > nowMs) continue;
      this.#waiting.delete(x);
      this.#expire(x);
    }
    if (this.#waiting.size > 0) this.#arm();
  }

  #arm(): void {
    this.#armed = true;
    setTimeout(() => this.#sweep(), everyMs);
  }
}

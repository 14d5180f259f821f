// How many calls of one operation may be at an upstream at once: one more after each round without trouble, a tenth less
// when it is slow or refuses (AIMD). As many again may wait; more are refused at once, so a stuck upstream cannot gather
// this process's memory and its callers' time.

const start = 16;
const least = 4;
const most = 256;
const decrease = 0.9;
/** Weight of one call in the slow average. */
const weight = 0.01;
/** Calls before latency is judged: the first ones open connections. */
const warmUp = 20;
const slowFactor = 2;
/** Below this much more than usual it is noise of this process, not a slow upstream. */
const noiseMs = 10;

export class AdaptiveLimit {
  #limit = start;
  #underWay = 0;
  #samples = 0;
  #averageMs = 0;
  #lastDecreaseMs = -Infinity;
  readonly #waiters: (() => void)[] = [];

  get limit(): number {
    return Math.floor(this.#limit);
  }

  get underWay(): number {
    return this.#underWay;
  }

  get waiting(): number {
    return this.#waiters.length;
  }

  /** True: go. False: as many wait as may. A promise: go when it resolves; `leave` takes a waiter out again. */
  enter(): boolean | Promise<void> {
    if (this.#underWay < this.limit) {
      this.#underWay += 1;
      return true;
    }
    if (this.#waiters.length >= this.limit) return false;
    return new Promise((resolve) => this.#waiters.push(resolve));
  }

  /** Ends a call that `enter` let go. `trouble`: timeout or 503. `latencyMs` undefined = says nothing about latency. */
  exit(nowMs: number, { trouble, latencyMs }: { trouble: boolean; latencyMs?: number | undefined }): void {
    this.#adapt(nowMs, trouble, latencyMs);
    const isBusy = this.#underWay >= this.limit / 2;
    this.#underWay -= 1;
    if (!trouble && latencyMs !== undefined && isBusy) this.#limit = Math.min(most, this.#limit + 1 / this.#limit);
    while (this.#underWay < this.limit) {
      const next = this.#waiters.shift();
      if (next === undefined) return;
      this.#underWay += 1;
      next();
    }
  }

  #adapt(nowMs: number, trouble: boolean, latencyMs: number | undefined): void {
    const usualMs = this.#samples < warmUp ? 0 : this.#averageMs;
    const isSlow =
      latencyMs !== undefined && usualMs > 0 && latencyMs > Math.max(slowFactor * usualMs, usualMs + noiseMs);
    if (latencyMs !== undefined && !trouble) {
      this.#samples += 1;
      this.#averageMs += (latencyMs - this.#averageMs) * Math.max(weight, 1 / this.#samples);
    }
    // Once per round trip: calls that went out together report the same trouble.
    if ((!trouble && !isSlow) || nowMs - this.#lastDecreaseMs < this.#averageMs) return;
    this.#lastDecreaseMs = nowMs;
    this.#limit = Math.max(least, this.#limit * decrease);
  }
}

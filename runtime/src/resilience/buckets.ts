// Counts of the last seconds, one bucket a second: what breaker and budget judge by. Old buckets are emptied when time
// comes by, so nothing runs while nobody calls.

export class Buckets {
  readonly #first: number[];
  readonly #second: number[];
  #atS = 0;

  constructor(seconds: number) {
    this.#first = Array.from({ length: seconds }, () => 0);
    this.#second = Array.from({ length: seconds }, () => 0);
  }

  /** Adds to the present second. What `first` and `second` mean is the owner's. */
  add(nowMs: number, first: number, second: number): void {
    const at = this.#move(nowMs);
    this.#first[at] = (this.#first[at] as number) + first;
    this.#second[at] = (this.#second[at] as number) + second;
  }

  sums(nowMs: number): { first: number; second: number } {
    this.#move(nowMs);
    return { first: sum(this.#first), second: sum(this.#second) };
  }

  clear(): void {
    this.#first.fill(0);
    this.#second.fill(0);
  }

  #move(nowMs: number): number {
    const nowS = Math.floor(nowMs / 1000);
    const passed = Math.min(nowS - this.#atS, this.#first.length);
    for (let step = 0; step < passed; step++) {
      const at = (nowS - step) % this.#first.length;
      this.#first[at] = 0;
      this.#second[at] = 0;
    }
    this.#atS = Math.max(this.#atS, nowS);
    return this.#atS % this.#first.length;
  }
}

function sum(values: readonly number[]): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}

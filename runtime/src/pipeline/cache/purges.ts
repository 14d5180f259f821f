// When which tag was purged, counted in purges. An answer is good only as of the count read *before* its dispatch: one
// that was read before a change and arrives after the purge is recognised by that, whatever the order of their ends.

const mostTags = 10_000;

export class Purges {
  /** Tag → count at its last purge, oldest first. */
  readonly #at = new Map<string, number>();
  readonly #most: number;
  #count = 0;
  /** Nothing older is good: raised when a tag's purge is forgotten. */
  #floor = 0;

  constructor(most = mostTags) {
    this.#most = most;
  }

  /** Purges so far. */
  get now(): number {
    return this.#count;
  }

  purge(tag: string): void {
    this.#at.delete(tag);
    this.#at.set(tag, ++this.#count);
    if (this.#at.size <= this.#most) return;
    const [oldest, at] = this.#at.entries().next().value as [string, number];
    this.#at.delete(oldest);
    this.#floor = at;
  }

  /** Ends everything. */
  purgeAll(): void {
    this.#floor = ++this.#count;
    this.#at.clear();
  }

  /** True when none of the tags was purged since `asOf`. */
  isGood(asOf: number, tags: readonly string[]): boolean {
    return asOf >= this.#floor && tags.every((tag) => (this.#at.get(tag) ?? 0) <= asOf);
  }
}

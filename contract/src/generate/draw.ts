// Seeded draws of the one generator: the same seed and place give the same values in any process.

/** FNV-1a, 32 bit, with the avalanche of MurmurHash3, so that `…/1` and `…/2` do not look alike. */
export function hashText(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) {
    hash ^= text.charCodeAt(index);
    hash = Math.imul(hash, 0x01000193);
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

/** A stream of draws. Streams of other places (`at`) do not depend on how much was drawn here. */
export class Draw {
  readonly #seed: number;
  #state: number;

  constructor(seed: number) {
    this.#seed = seed >>> 0;
    this.#state = this.#seed;
  }

  /** The stream of a named place inside this one: adding a property does not change its neighbours' values. */
  at(place: string | number): Draw {
    return new Draw(hashText(`${this.#seed}/${place}`));
  }

  /** Uniform in [0, 1). Generator: mulberry32. */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  }

  /** Whole number in [low, high]. */
  int(low: number, high: number): number {
    return low + Math.floor(this.next() * (high - low + 1));
  }

  /** One of `items`, which must not be empty. */
  pick<T>(items: readonly T[]): T {
    return items[Math.floor(this.next() * items.length)] as T;
  }

  chance(share: number): boolean {
    return this.next() < share;
  }

  letters(count: number, alphabet = 'abcdefghjkmnpqrstvwxyz'): string {
    let text = '';
    for (let index = 0; index < count; index++) text += alphabet[this.int(0, alphabet.length - 1)];
    return text;
  }
}

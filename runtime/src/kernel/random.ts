// Seeded streams by name: adding a draw to one stream does not shift any other.

/** A deterministic stream of numbers. */
export interface Random {
  /** Uniform in [0, 1). */
  next(): number;
  /** Whole number in [0, below). */
  int(below: number): number;
  /** One of a non-empty list. */
  pick<T>(items: readonly T[]): T;
  /** A stream of its own, known by name. */
  stream(name: string): Random;
}

/** FNV-1a, 32 bit. Source: Fowler, Noll, Vo. */
export function fnv1a(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) {
    hash ^= text.charCodeAt(index);
    hash = Math.imul(hash, 0x01000193);
  }
  return hash >>> 0;
}

/** Stream number `seed`. Generator: mulberry32; good enough for worlds and jitter, never for secrets. */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
  const int = (below: number): number => Math.floor(next() * below);
  return {
    next,
    int,
    pick: (items) => items[int(items.length)] as (typeof items)[number],
    stream: (name) => seededRandom(fnv1a(`${seed}/${name}`)),
  };
}

// The cache of one edge: answers, purges, and at most one dispatch under way per key. What is kept ends with the process;
// other processes learn of a purge by the feed (purge-feed.ts).

import type { Exchange } from '../exchange.ts';
import { AnswerStore, type Kept } from './answer-store.ts';
import { Purges } from './purges.ts';

/** A dispatch that fills a key, and who waits for it (at most as many as are admitted at once). */
export interface Flight {
  readonly key: string;
  readonly tags: readonly string[];
  readonly asOf: number;
  readonly startedMs: number;
  /** True when an answer was there, but no longer fresh. */
  readonly isStale: boolean;
  readonly waiting: Exchange[];
}

export interface CacheEvents {
  /** `plinth.cache`: what became of a request. */
  count: (result: 'hit' | 'stale' | 'miss' | 'collapsed' | 'stale-if-error') => void;
  /** A dispatch failed and callers did not notice. */
  failed: (flight: Exchange, code: string | undefined) => void;
}

export class EdgeCache {
  readonly events: CacheEvents;
  readonly #answers: AnswerStore;
  readonly #purges = new Purges();
  readonly #flights = new Map<string, Flight>();

  constructor(events: CacheEvents, mostBytes?: number) {
    this.events = events;
    this.#answers = new AnswerStore(mostBytes);
  }

  get bytes(): number {
    return this.#answers.bytes;
  }

  /** A kept answer that no purge has ended, fresh or not. */
  find(key: string): Kept | undefined {
    const kept = this.#answers.get(key);
    if (kept === undefined || this.#purges.isGood(kept.asOf, kept.tags)) return kept;
    this.#answers.delete(key);
    return undefined;
  }

  /** False: a purge came between dispatch and answer. */
  keep(key: string, kept: Kept): boolean {
    if (!this.#purges.isGood(kept.asOf, kept.tags)) return false;
    this.#answers.put(key, kept);
    return true;
  }

  /** The flight of this key, unless a purge has come since it began: a writer must read its own write. */
  flightOf(key: string): Flight | undefined {
    const flight = this.#flights.get(key);
    return flight !== undefined && this.#purges.isGood(flight.asOf, flight.tags) ? flight : undefined;
  }

  depart(flight: Omit<Flight, 'asOf' | 'waiting'>): Flight {
    const made: Flight = { ...flight, asOf: this.#purges.now, waiting: [] };
    this.#flights.set(flight.key, made);
    return made;
  }

  land(flight: Flight): void {
    if (this.#flights.get(flight.key) === flight) this.#flights.delete(flight.key);
  }

  purge(tags: readonly string[]): void {
    for (const tag of tags) this.#purges.purge(tag);
  }

  /** For other contracts or handlers: what is under way is not kept either. */
  clear(): void {
    this.#purges.purgeAll();
    this.#answers.clear();
  }
}

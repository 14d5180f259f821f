// Requests of one criticality that wait: bounded, fair between callers, and turned round when the wait becomes a standing
// one, because then those who came last are the ones who still wait for their answer.
// Source: Nichols and Jacobson, Controlling Queue Delay (2012), for when a wait is a standing one.

import type { Exchange } from '../exchange.ts';

/** A head older than this … */
export const goodDelayMs = 10;
/** … for this long turns the queue round. */
export const patienceMs = 100;
/** Part of the room that one caller may hold. */
export const mostOfOne = 0.25;

interface Entry {
  x: Exchange;
  who: number;
  sinceMs: number;
}

export class ClassQueue {
  readonly #room: number;
  readonly #ownRoom: number;
  /** Oldest first. A few hundred entries at most, so that taking the first by copying is cheaper than a ring is to read. */
  #entries: Entry[] = [];
  readonly #heldBy = new Map<number, number>();
  /** Since when the head has been older than `goodDelayMs`. */
  #lateSinceMs = Infinity;
  /** Least wait of those taken since the last `delayMs`. */
  #leastWaitMs = Infinity;

  /** @param room most entries, ≥ 4. */
  constructor(room: number) {
    this.#room = room;
    this.#ownRoom = Math.floor(room * mostOfOne);
  }

  get size(): number {
    return this.#entries.length;
  }

  get isFull(): boolean {
    return this.#entries.length >= this.#room;
  }

  /** False when `who` holds its part of the room already. The caller has asked `isFull`. */
  push(x: Exchange, who: number): boolean {
    const held = this.#heldBy.get(who) ?? 0;
    if (held >= this.#ownRoom) return false;
    this.#heldBy.set(who, held + 1);
    this.#entries.push({ x, who, sinceMs: x.startedMs });
    return true;
  }

  /** The next one to work on: the first, or the last of a queue that was turned round. */
  take(nowMs: number): Exchange | undefined {
    const entry = this.#isTurned(nowMs) ? this.#entries.pop() : this.#entries.shift();
    if (entry === undefined) return undefined;
    this.#leastWaitMs = Math.min(this.#leastWaitMs, nowMs - entry.sinceMs);
    this.#letGo(entry);
    return entry.x;
  }

  /** Removes those for which `isLost` holds, and gives them. */
  sweep(isLost: (x: Exchange) => boolean): Exchange[] {
    const lost = this.#entries.filter(({ x }) => isLost(x));
    if (lost.length === 0) return none;
    this.#entries = this.#entries.filter((entry) => !lost.includes(entry));
    lost.forEach((entry) => this.#letGo(entry));
    return lost.map(({ x }) => x);
  }

  /** How long one has to wait here: the least wait of those taken since the last call, or the age of the head. */
  delayMs(nowMs: number): number {
    this.#isTurned(nowMs);
    const least = this.#leastWaitMs;
    this.#leastWaitMs = Infinity;
    if (least !== Infinity) return least;
    const head = this.#entries[0];
    return head === undefined ? 0 : nowMs - head.sinceMs;
  }

  #isTurned(nowMs: number): boolean {
    const head = this.#entries[0];
    if (head === undefined || nowMs - head.sinceMs <= goodDelayMs) this.#lateSinceMs = Infinity;
    else this.#lateSinceMs = Math.min(this.#lateSinceMs, nowMs);
    return nowMs - this.#lateSinceMs >= patienceMs;
  }

  #letGo({ who }: Entry): void {
    const held = (this.#heldBy.get(who) ?? 1) - 1;
    if (held === 0) this.#heldBy.delete(who);
    else this.#heldBy.set(who, held);
  }
}

const none: Exchange[] = [];

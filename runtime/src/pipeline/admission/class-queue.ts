// Requests of one criticality that wait: bounded, fair between callers, and turned round when the wait becomes a standing
// one, because then those who came last are the ones who still wait for their answer. Callers who were never seen to take
// an answer stand in a line of their own, so that thousands who ask and do not read keep nobody else waiting.
// Source: Nichols and Jacobson, Controlling Queue Delay (2012), for when a wait is a standing one.

import type { Exchange } from '../exchange.ts';

/** A head older than this … */
export const goodDelayMs = 10;
/** … for this long turns the line round. */
export const patienceMs = 100;
/** How often in a row, every `patienceMs`, a wait has to be seen to be a standing one. */
const looks = 3;
/** Part of the room that one caller may hold. */
export const mostOfOne = 0.25;
/** Part of the room that all unproven callers together may hold. */
export const mostOfUnproven = 0.5;

/** How long one has had to wait in each line, for a while. */
export interface Delays {
  proven: number;
  unproven: number;
}

interface Entry {
  x: Exchange;
  who: number;
  sinceMs: number;
}

export class ClassQueue {
  readonly #room: number;
  readonly #ownRoom: number;
  readonly #unprovenRoom: number;
  readonly #proven = new Line();
  readonly #unproven = new Line();
  readonly #heldBy = new Map<number, number>();
  /** The line that was served last. */
  #last = this.#proven;

  /** @param room most entries, ≥ 4. */
  constructor(room: number) {
    this.#room = room;
    this.#ownRoom = Math.floor(room * mostOfOne);
    this.#unprovenRoom = Math.floor(room * mostOfUnproven);
  }

  get size(): number {
    return this.#proven.size + this.#unproven.size;
  }

  get isFull(): boolean {
    return this.size >= this.#room;
  }

  /** False when `who`, or all who are unproven, hold their part of the room already. The caller has asked `isFull`. */
  push(x: Exchange, who: number, isUnproven: boolean): boolean {
    const held = this.#heldBy.get(who) ?? 0;
    if (held >= this.#ownRoom || (isUnproven && this.#unproven.size >= this.#unprovenRoom)) return false;
    this.#heldBy.set(who, held + 1);
    (isUnproven ? this.#unproven : this.#proven).push({ x, who, sinceMs: x.startedMs });
    return true;
  }

  /** The next one to work on, by turns of the two lines: the first, or the last of a line that was turned round. */
  take(nowMs: number): Exchange | undefined {
    const other = this.#last === this.#proven ? this.#unproven : this.#proven;
    if (other.size > 0) this.#last = other;
    const entry = this.#last.take(nowMs);
    if (entry === undefined) return undefined;
    this.#letGo(entry);
    return entry.x;
  }

  /** Removes those for which `isLost` holds, and gives them. */
  sweep(isLost: (x: Exchange) => boolean): Exchange[] {
    const lost = [...this.#proven.sweep(isLost), ...this.#unproven.sweep(isLost)];
    lost.forEach((entry) => this.#letGo(entry));
    return lost.map(({ x }) => x);
  }

  delaysMs(nowMs: number): Delays {
    return { proven: this.#proven.delayMs(nowMs), unproven: this.#unproven.delayMs(nowMs) };
  }

  #letGo({ who }: Entry): void {
    const held = (this.#heldBy.get(who) ?? 1) - 1;
    if (held === 0) this.#heldBy.delete(who);
    else this.#heldBy.set(who, held);
  }
}

class Line {
  /** Oldest first. A few hundred entries at most, so that taking the first by copying is cheaper than a ring is to read. */
  #entries: Entry[] = [];
  /** Since when the head has been older than `goodDelayMs`. */
  #lateSinceMs = Infinity;
  /** Least wait of those taken since the last look. */
  #leastWaitMs = Infinity;
  /** Waits seen by the last looks, the newest first. */
  #seenMs: readonly number[] = [];
  #lookedMs = -Infinity;

  get size(): number {
    return this.#entries.length;
  }

  push(entry: Entry): void {
    this.#entries.push(entry);
  }

  take(nowMs: number): Entry | undefined {
    const entry = this.#isTurned(nowMs) ? this.#entries.pop() : this.#entries.shift();
    if (entry !== undefined) this.#leastWaitMs = Math.min(this.#leastWaitMs, nowMs - entry.sinceMs);
    return entry;
  }

  sweep(isLost: (x: Exchange) => boolean): readonly Entry[] {
    const lost = this.#entries.filter(({ x }) => isLost(x));
    if (lost.length === 0) return none;
    this.#entries = this.#entries.filter((entry) => !lost.includes(entry));
    return lost;
  }

  /**
   * The wait that stands: the least one of all seen by the looks of the last 200 ms. One pause of the process, for which
   * nobody can be blamed and which is over, makes all who came in it wait; those who come next are no reason to refuse.
   */
  delayMs(nowMs: number): number {
    this.#isTurned(nowMs);
    if (nowMs - this.#lookedMs > 2 * patienceMs) this.#seenMs = [];
    this.#lookedMs = nowMs;
    this.#seenMs = [this.#waitMs(nowMs), ...this.#seenMs.slice(0, looks - 1)];
    return this.#seenMs.length < looks ? 0 : Math.min(...this.#seenMs);
  }

  /** The least wait of those taken since the last look, or the age of the head. */
  #waitMs(nowMs: number): number {
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
}

const none: readonly Entry[] = [];

// What an explanation collects while a value is judged. Where a fault stands is written down only once there is one,
// and its words are made once for each rule, however many values break it.

import type { Node } from './ir.ts';

/** What is said of every value that breaks one rule of one node. */
export interface Wording {
  rule: string;
  /** Undefined for an unknown property: it depends on the name. */
  message: string | undefined;
  expected: unknown;
  /** Where in the schema the rule stands. */
  schema: string;
  /** Whether the value is repeated. */
  repeats: boolean;
  node: Node;
  /** Kinds that are wanted, where the kind is wrong; else 0. */
  types: number;
}

/** One value that breaks a rule. */
export interface Fault {
  wording: Wording;
  pointer: string;
  /** Parts of the pointer. */
  depth: number;
  value: unknown;
  /** The branch of a choice that was nearest. */
  branch: string | undefined;
}

/** Whether two faults would read the same. */
export type Alike = (left: Fault, right: Fault) => boolean;

export class Faults {
  #list: Fault[] = [];
  #max: number;
  #depth = 0;
  readonly #parts: (string | number)[] = [];
  /** Pointers of the places on the way; those up to `#written` are right. */
  readonly #pointers: string[] = [''];
  #written = 0;
  readonly #isAlike: Alike;

  constructor(max: number, isAlike: Alike) {
    this.#max = max;
    this.#isAlike = isAlike;
  }

  get list(): readonly Fault[] {
    return this.#list;
  }

  get count(): number {
    return this.#list.length;
  }

  get depth(): number {
    return this.#depth;
  }

  /** Nothing more is taken. */
  get isFull(): boolean {
    return this.#list.length >= this.#max;
  }

  /** Goes to an item, or to a member by its step (`stepOf`). */
  enter(part: string | number): void {
    if (this.#written > this.#depth) this.#written = this.#depth;
    this.#parts[this.#depth++] = part;
  }

  leave(): void {
    this.#depth -= 1;
  }

  /** A fault of the value at the place reached. */
  add(wording: Wording, value: unknown): void {
    if (this.isFull) return;
    this.#list.push({ wording, pointer: this.place, depth: this.#depth, value, branch: undefined });
  }

  /** A fault of a member of it. */
  addAt(wording: Wording, value: unknown, step: string): void {
    if (this.isFull) return;
    this.enter(step);
    this.add(wording, value);
    this.leave();
  }

  /** The pointer of the place reached. */
  get place(): string {
    while (this.#written < this.#depth) {
      const part = this.#parts[this.#written] as string | number;
      const before = this.#pointers[this.#written] as string;
      this.#pointers[++this.#written] = typeof part === 'number' ? `${before}/${part}` : before + part;
    }
    return this.#pointers[this.#depth] as string;
  }

  /** From now on faults are those of an attempt; gives what `end` needs. */
  begin(): Fault[] {
    const told = this.#list;
    this.#list = [];
    this.#max -= told.length;
    return told;
  }

  /** Ends an attempt; gives its faults, which are not told yet. */
  end(told: Fault[]): Fault[] {
    const found = this.#list;
    this.#list = told;
    this.#max += told.length;
    return found;
  }

  /** Tells the faults of an attempt at a branch. */
  take(found: readonly Fault[], branch: string): void {
    for (const fault of found) {
      if (this.isFull) return;
      fault.branch ??= branch;
      this.#list.push(fault);
    }
  }

  /** Copies of what was told from `start` on. */
  since(start: number): Fault[] {
    return this.#list.slice(start).map((fault) => ({ ...fault }));
  }

  /** Tells again what another way to the same schema told. */
  again(faults: readonly Fault[]): void {
    for (const fault of faults) if (!this.isFull) this.#list.push({ ...fault });
  }

  /** Drops from `middle` on what was told from `start` to there: two schemas say the same of one value. */
  dropRepeated(start: number, middle: number): void {
    const list = this.#list;
    let kept = middle;
    for (let index = middle; index < list.length; index++) {
      const fault = list[index] as Fault;
      let before = start;
      while (before < middle && !this.#isAlike(list[before] as Fault, fault)) before += 1;
      if (before === middle) list[kept++] = fault;
    }
    list.length = kept;
  }
}

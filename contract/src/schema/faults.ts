// What an explanation collects while a value is judged. Words are found afterwards, for the faults that are told.

import type { Node } from './ir.ts';

/** One fault: a rule of a node that the value at `path` breaks. */
export interface Fault {
  path: readonly string[];
  rule: string;
  node: Node;
  expected?: unknown;
  value?: unknown;
  /** Place of the rule below the node. */
  keyword?: string;
  /** The branch of a choice that was nearest. */
  branch?: string;
}

export class Faults {
  readonly list: Fault[] = [];
  readonly #max: number;
  readonly #path: string[];

  constructor(max: number, path: readonly string[] = []) {
    this.#max = max;
    this.#path = [...path];
  }

  /** Nothing more is taken. */
  get isFull(): boolean {
    return this.list.length >= this.#max;
  }

  get path(): readonly string[] {
    return this.#path;
  }

  get room(): number {
    return this.#max - this.list.length;
  }

  enter(part: string | number): void {
    this.#path.push(String(part));
  }

  leave(): void {
    this.#path.pop();
  }

  /** A fault of the value at the path reached, or of its member `name`. */
  add(fault: Omit<Fault, 'path'>, name?: string): void {
    if (this.isFull) return;
    const path = this.#path.slice();
    if (name !== undefined) path.push(name);
    this.list.push({ ...fault, path });
  }

  take(faults: readonly Fault[], branch: string): void {
    for (const fault of faults.slice(0, this.room)) this.list.push({ ...fault, branch: fault.branch ?? branch });
  }
}

// What emitted code knows to be evaluated of one value: names and items, some only when a branch applied.

import type { Matcher, Node } from './ir.ts';

/** What one schema evaluates when all variables in `when` are true. */
export interface Fact {
  when: readonly string[];
  names: readonly string[];
  matchers: readonly Matcher[];
  allNames: boolean;
  /** Items before this index. */
  prefix: number;
  allItems: boolean;
}

export class Facts {
  readonly list: Fact[] = [];
  /** Variables that say which branches applied; they begin false where the outermost facts begin. */
  readonly variables: string[] = [];
  readonly #outer: Facts | undefined;

  constructor(outer: Facts | undefined) {
    this.#outer = outer;
  }

  declare(variable: string): void {
    if (this.#outer) this.#outer.declare(variable);
    else this.variables.push(variable);
  }

  get isOutermost(): boolean {
    return this.#outer === undefined;
  }

  /** What was evaluated for an inner schema was evaluated for this one. */
  absorb(inner: Facts, when: readonly string[]): void {
    for (const fact of inner.list) this.list.push({ ...fact, when: [...when, ...fact.when] });
  }

  add(node: Node, when: readonly string[]): void {
    const { members, items } = node;
    this.list.push({
      when,
      names: [...(members?.properties.keys() ?? [])],
      matchers: members?.patterns.map(({ matcher }) => matcher) ?? [],
      allNames: members?.additional !== undefined || node.unevaluatedProperties !== undefined,
      prefix: items?.prefix.length ?? 0,
      allItems: items?.items !== undefined || node.unevaluatedItems !== undefined,
    });
  }

  get always(): Fact[] {
    return this.list.filter(({ when }) => when.length === 0);
  }

  get sometimes(): Fact[] {
    return this.list.filter(({ when }) => when.length > 0);
  }
}

// Where a mock keeps its things. In memory by default; another Store may outlive the mock (a contract edited while it
// runs) or be written to a file. Bounded: the oldest things leave.

import type { JsonObject } from '../model/contract.ts';

export interface Thing {
  id: string;
  /** Customer (or partner) whose thing it is; undefined = nobody's in particular. */
  owner?: string;
  /** Path variables it was made under: parents by name. */
  under: Record<string, string>;
  /** Since when it stands in its state (RFC 3339). */
  since: string;
  /** Removed: reading it is 404, and it is not conjured again. */
  gone?: true;
  item: JsonObject;
}

export interface Store {
  get(resource: string, id: string): Thing | undefined;
  /** Adds, or replaces what has the same id. */
  put(resource: string, thing: Thing): void;
  /** In order of first being put; those that are gone included. */
  all(resource: string): readonly Thing[];
  /** True the first time a mark is set. */
  mark(mark: string): boolean;
  /** 1, 2, 3, … */
  next(): number;
  /** Plain data; `restore` of it gives the same answers again. */
  snapshot(): JsonObject;
  restore(state: JsonObject): void;
}

/** Things of one resource, and marks, kept at most. */
const most = 10_000;

interface State {
  count: number;
  marks: string[];
  things: Record<string, Thing[]>;
}

export class MemoryStore implements Store {
  #count = 0;
  #marks = new Set<string>();
  #things = new Map<string, Map<string, Thing>>();

  get(resource: string, id: string): Thing | undefined {
    return this.#things.get(resource)?.get(id);
  }

  put(resource: string, thing: Thing): void {
    let things = this.#things.get(resource);
    if (!things) this.#things.set(resource, (things = new Map()));
    things.set(thing.id, thing);
    dropOldest(things);
  }

  all(resource: string): readonly Thing[] {
    return [...(this.#things.get(resource)?.values() ?? [])];
  }

  mark(mark: string): boolean {
    if (this.#marks.has(mark)) return false;
    this.#marks.add(mark);
    dropOldest(this.#marks);
    return true;
  }

  next(): number {
    return ++this.#count;
  }

  snapshot(): JsonObject {
    const things = Object.fromEntries([...this.#things].map(([name, map]) => [name, [...map.values()]]));
    const state: State = { count: this.#count, marks: [...this.#marks], things };
    return structuredClone(state) as unknown as JsonObject;
  }

  restore(state: JsonObject): void {
    const { count, marks, things } = structuredClone(state) as unknown as State;
    this.#count = count;
    this.#marks = new Set(marks);
    this.#things = new Map(
      Object.entries(things).map(([name, list]) => [name, new Map(list.map((thing) => [thing.id, thing]))]),
    );
  }
}

function dropOldest(kept: Map<string, unknown> | Set<string>): void {
  if (kept.size <= most) return;
  const oldest = kept.keys().next().value;
  if (oldest !== undefined) kept.delete(oldest);
}

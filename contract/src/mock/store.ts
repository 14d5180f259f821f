// Where a mock keeps its things. In memory by default; another Store may outlive the mock (a contract edited while it
// runs) or be written to a file. Bounded: the oldest things leave.

import { isObject } from '../load/pointer.ts';
import type { JsonObject, JsonValue } from '../model/contract.ts';

export interface Thing {
  id: string;
  /** Customer (or partner) whose thing it is; undefined = nobody's in particular. */
  owner?: string;
  /** Path variables it was made under: parents by name. */
  under: Record<string, string>;
  /** Since when it stands in its state (RFC 3339). */
  since: string;
  /** It was there from the beginning; no caller made it. */
  seeded?: true;
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
  /** Takes a thing away as if it had never been. */
  forget(resource: string, id: string): void;
  /** Names of resources that have things. */
  resources(): readonly string[];
  /** Plain data; `restore` of it gives the same answers again. */
  snapshot(): JsonObject;
  /** Throws a TypeError when it is no snapshot; nothing is changed then. */
  restore(state: JsonObject): void;
}

/** The state before the first call. */
export const emptyState: JsonObject = { count: 0, marks: [], things: {} };

/** Things of one resource, and marks, kept at most. */
const most = 10_000;
/** The oldest leave together: finding the oldest of a map is slow behind many that left one by one. */
const atOnce = 500;

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

  forget(resource: string, id: string): void {
    this.#things.get(resource)?.delete(id);
  }

  resources(): readonly string[] {
    return [...this.#things.keys()];
  }

  snapshot(): JsonObject {
    const things = Object.fromEntries([...this.#things].map(([name, map]) => [name, [...map.values()]]));
    const state: State = { count: this.#count, marks: [...this.#marks], things };
    return structuredClone(state) as unknown as JsonObject;
  }

  restore(state: JsonObject): void {
    const { count, marks, things } = readState(state);
    this.#count = count;
    this.#marks = new Set(marks);
    this.#things = new Map(
      Object.entries(things).map(([name, list]) => [name, new Map(list.map((thing) => [thing.id, thing]))]),
    );
  }
}

/** Somebody may have edited the file, or sent another one. */
function readState(state: JsonObject): State {
  const { count, marks, things } = state;
  const isWhole =
    typeof count === 'number' &&
    Array.isArray(marks) &&
    marks.every((mark) => typeof mark === 'string') &&
    isObject(things) &&
    Object.values(things).every((list) => Array.isArray(list) && list.every(isThing));
  if (!isWhole) throw new TypeError('This is no snapshot of a mock: it needs count, marks and things by resource.');
  return structuredClone(state) as unknown as State;
}

function isThing(value: JsonValue): boolean {
  return (
    isObject(value) &&
    typeof value['id'] === 'string' &&
    typeof value['since'] === 'string' &&
    isObject(value['under']) &&
    isObject(value['item'])
  );
}

function dropOldest(kept: Map<string, unknown> | Set<string>): void {
  if (kept.size <= most + atOnce) return;
  for (const oldest of kept.keys()) {
    if (kept.size <= most) return;
    kept.delete(oldest);
  }
}

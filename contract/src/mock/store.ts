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
  /** What has the id, under these parents as far as they are known. One id under two parents is two things. */
  get(resource: string, id: string, under?: Thing['under']): Thing | undefined;
  /** Adds, or replaces what has the same id and parents. */
  put(resource: string, thing: Thing): void;
  /** In order of first being put; those that are gone included. */
  all(resource: string): readonly Thing[];
  /** True the first time a mark is set. */
  mark(mark: string): boolean;
  /** 1, 2, 3, … */
  next(): number;
  /** Takes a thing away as if it had never been. */
  forget(resource: string, thing: Thing): void;
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

/** Things of one resource. */
class Shelf {
  readonly #byKey = new Map<string, Thing>();
  /** Keys of the things that have an id, where that is not one key that is the id: ids may stand under several parents. */
  readonly #keysOf = new Map<string, Set<string>>();

  get(id: string, under: Thing['under']): Thing | undefined {
    const wanted = keyOf(id, under);
    const exact = this.#byKey.get(wanted);
    if (exact) return exact;
    const keys = this.#keysOf.get(id) ?? (wanted === id ? [] : [id]);
    for (const key of keys) {
      const thing = this.#byKey.get(key);
      if (thing && isUnder(thing, under)) return thing;
    }
    return undefined;
  }

  put(thing: Thing): void {
    const { id } = thing;
    const key = keyOf(id, thing.under);
    const keys = this.#keysOf.get(id);
    if (keys) keys.add(key);
    else if (key !== id) this.#keysOf.set(id, new Set(this.#byKey.has(id) ? [id, key] : [key]));
    this.#byKey.set(key, thing);
    for (const oldest of surplus(this.#byKey)) this.#drop(oldest);
  }

  forget({ id, under }: Thing): void {
    this.#drop(keyOf(id, under));
  }

  all(): Thing[] {
    return [...this.#byKey.values()];
  }

  #drop(key: string): void {
    const id = this.#byKey.get(key)?.id ?? '';
    this.#byKey.delete(key);
    const keys = this.#keysOf.get(id);
    keys?.delete(key);
    if (keys?.size === 0) this.#keysOf.delete(id);
  }
}

function keyOf(id: string, under: Thing['under']): string {
  const parents = Object.entries(under);
  if (parents.length === 0) return id;
  return JSON.stringify([id, ...parents.toSorted(([one], [other]) => (one < other ? -1 : 1))]);
}

/** True unless another parent is known. */
export function isUnder(thing: Thing, under: Readonly<Record<string, string>>): boolean {
  return Object.entries(under).every(([name, id]) => {
    const known = thing.under[name] ?? thing.item[name];
    return known === undefined || typeof known === 'object' || String(known) === id;
  });
}

export class MemoryStore implements Store {
  #count = 0;
  #marks = new Set<string>();
  #things = new Map<string, Shelf>();

  get(resource: string, id: string, under: Thing['under'] = {}): Thing | undefined {
    return this.#things.get(resource)?.get(id, under);
  }

  put(resource: string, thing: Thing): void {
    let things = this.#things.get(resource);
    if (!things) this.#things.set(resource, (things = new Shelf()));
    things.put(thing);
  }

  all(resource: string): readonly Thing[] {
    return this.#things.get(resource)?.all() ?? [];
  }

  mark(mark: string): boolean {
    if (this.#marks.has(mark)) return false;
    this.#marks.add(mark);
    for (const oldest of surplus(this.#marks)) this.#marks.delete(oldest);
    return true;
  }

  next(): number {
    return ++this.#count;
  }

  forget(resource: string, thing: Thing): void {
    this.#things.get(resource)?.forget(thing);
  }

  resources(): readonly string[] {
    return [...this.#things.keys()];
  }

  snapshot(): JsonObject {
    const things = Object.fromEntries([...this.#things].map(([name, shelf]) => [name, shelf.all()]));
    const state: State = { count: this.#count, marks: [...this.#marks], things };
    return structuredClone(state) as unknown as JsonObject;
  }

  restore(state: JsonObject): void {
    const { count, marks, things } = readState(state);
    this.#count = count;
    this.#marks = new Set(marks);
    this.#things = new Map();
    for (const [name, list] of Object.entries(things)) for (const thing of list) this.put(name, thing);
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

/** What has to leave when there is too much. */
function surplus(kept: { size: number; keys(): Iterable<string> }): string[] {
  if (kept.size <= most + atOnce) return [];
  const leaving: string[] = [];
  for (const oldest of kept.keys()) {
    if (kept.size - leaving.length <= most) break;
    leaving.push(oldest);
  }
  return leaving;
}

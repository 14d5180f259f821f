// A value without what its reader may not see: undeclared properties (`drop`) and those marked for the other side. What a
// schema names is looked up once; a value of which nothing is left out is given back itself, not copied.

import { follow, isObject } from '../load/pointer.ts';
import { childSchemas } from '../load/schemas.ts';
import type { JsonObject, JsonValue, Schema } from '../model/contract.ts';
import { type Direction, markOf } from './build.ts';
import { declaredMembers, isMarked } from './members.ts';

export interface ProjectionOptions {
  direction: Direction;
  /** Leave out what is neither declared nor allowed. */
  drop: boolean;
}

/** The identity when no schema in reach carries a mark and nothing is dropped. The value itself is never changed. */
export function compileProjection(
  schema: Schema,
  document: JsonObject,
  options: ProjectionOptions,
): (value: unknown) => unknown {
  let projector: Projector | undefined;
  let needed: boolean | undefined;
  return (value) => {
    needed ??= options.drop || reaches(schema, document, markOf(options.direction));
    if (!needed) return value;
    projector ??= new Projector(document, options);
    return projector.kept(value as JsonValue, schema, 0);
  };
}

/** What becomes of the members of one object. */
interface Fates {
  /** By name: what is kept by its schema, what as it is, and what is left out. */
  byName: ReadonlyMap<string, Schema | 'whole' | 'out'>;
  /** Of all other names. */
  others: 'whole' | 'out';
  /** Nothing is named, so nothing is left out. */
  isFree: boolean;
  items: Schema | undefined;
}

/** Deeper values are kept as they are: no body that was accepted is. */
const deepest = 64;

class Projector {
  readonly #document: JsonObject;
  readonly #options: ProjectionOptions;
  readonly #fates = new Map<Schema, Fates>();

  constructor(document: JsonObject, options: ProjectionOptions) {
    this.#document = document;
    this.#options = options;
  }

  kept(value: JsonValue, schema: Schema, depth: number): JsonValue {
    if (typeof value !== 'object' || value === null || depth > deepest) return value;
    const fates = this.#fatesOf(schema);
    if (Array.isArray(value)) return fates.items === undefined ? value : this.#keptItems(value, fates.items, depth);
    return fates.isFree ? value : this.#keptMembers(value, fates, depth);
  }

  #keptItems(list: JsonValue[], schema: Schema, depth: number): JsonValue[] {
    let copy: JsonValue[] | undefined;
    for (let index = 0; index < list.length; index++) {
      const item = list[index] as JsonValue;
      const kept = this.kept(item, schema, depth + 1);
      if (copy !== undefined) copy.push(kept);
      else if (kept !== item) copy = [...list.slice(0, index), kept];
    }
    return copy ?? list;
  }

  #keptMembers(object: JsonObject, { byName, others }: Fates, depth: number): JsonObject {
    let copy: JsonObject | undefined;
    const names = Object.keys(object);
    for (let index = 0; index < names.length; index++) {
      const name = names[index] as string;
      const child = object[name] as JsonValue;
      const fate = byName.get(name) ?? (name === '__proto__' ? 'out' : others);
      const isOut = fate === 'out';
      const kept = isOut || fate === 'whole' ? child : this.kept(child, fate, depth + 1);
      if (copy === undefined && (isOut || kept !== child)) copy = firstOf(object, names, index);
      if (copy !== undefined && !isOut) copy[name] = kept;
    }
    return copy ?? object;
  }

  #fatesOf(schema: Schema): Fates {
    let fates = this.#fates.get(schema);
    if (fates === undefined) this.#fates.set(schema, (fates = this.#look(schema)));
    return fates;
  }

  #look(schema: Schema): Fates {
    const { direction, drop } = this.#options;
    const { properties, several, items, open } = declaredMembers(schema, this.#document);
    const mark = markOf(direction);
    const byName = new Map<string, Schema | 'whole' | 'out'>();
    for (const [name, property] of properties) {
      const isOut = isMarked(property, mark, this.#document);
      byName.set(name, isOut ? 'out' : this.#inner(several.get(name) ?? property));
    }
    return { byName, others: open || !drop ? 'whole' : 'out', isFree: properties.size === 0, items };
  }

  /** Most members are plain values: nothing in them is ever left out. */
  #inner(schema: Schema): Schema | 'whole' {
    const { properties, items } = declaredMembers(schema, this.#document);
    return properties.size === 0 && items === undefined ? 'whole' : schema;
  }
}

/** The members before one that is not kept as it is. */
function firstOf(object: JsonObject, names: readonly string[], count: number): JsonObject {
  const first: JsonObject = {};
  for (let index = 0; index < count; index++)
    first[names[index] as string] = object[names[index] as string] as JsonValue;
  return first;
}

/** Whether a marked schema can be met from here. Each schema is looked at once. */
function reaches(schema: Schema, document: JsonObject, mark: 'readOnly' | 'writeOnly'): boolean {
  const seen = new Set<object>();
  const queue: JsonValue[] = [schema];
  for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
    if (!isObject(next) || seen.has(next)) continue;
    seen.add(next);
    if (next[mark] === true) return true;
    if (typeof next['$ref'] === 'string') {
      const target = follow(document, next);
      if (target !== undefined) queue.push(target);
    }
    for (const child of childSchemas(next)) queue.push(child.schema);
  }
  return false;
}

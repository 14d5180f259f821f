// Mappings as functions: compiled once from the manifest's pointers, one closure per entry. They are synchronous; ids,
// which stand in a table, are collected on the way and filled in together at the end.

import { isObject } from '@plinth/contract';
import type { Entry, IdMap, Mapping, StateMap } from './manifest.ts';

/** An id that is looked up after the mapping. `source` is the thing it stands in. */
export interface IdLink {
  object: string;
  value: string;
  source: unknown;
  put: (id: string) => void;
}

/** A value that the manifest's words do not cover: theirs broke their contract, or ours did. */
export class Unmapped extends Error {
  override readonly name = 'Unmapped';
}

/** Fills one value from a source. `links` collects ids. */
export type Mapper = (source: unknown, links: IdLink[]) => unknown;

export interface MappingParts {
  states: Readonly<Record<string, StateMap>>;
  ids: Readonly<Record<string, IdMap>>;
  shapes: Readonly<Record<string, Mapping>>;
  /** `out` = request: our words become theirs. `in` = response. */
  direction: 'in' | 'out';
}

const nothing = Symbol('nothing');

/** A mapping whose targets are pointers into one body, or names of parameters. */
export function compileMapping(mapping: Mapping, parts: MappingParts): Mapper {
  const shapes = new Map<string, Mapper>();
  return compileObject(mapping, parts, shapes, 0);
}

/** A whole body in one shape. */
export function compileShape(name: string, parts: MappingParts): Mapper {
  return shapeOf(name, parts, new Map(), 0);
}

function compileObject(mapping: Mapping, parts: MappingParts, shapes: Map<string, Mapper>, depth: number): Mapper {
  const members = Object.entries(mapping).map(([target, entry]) => ({
    way: target.startsWith('/') ? tokensOf(target) : [target],
    read: compileEntry(entry, parts, shapes, depth),
    object: typeof entry === 'object' && 'id' in entry ? entry.id : undefined,
  }));
  return (source, links) => {
    const result: Record<string, unknown> = {};
    for (const { way, read, object } of members) {
      const value = read(source, links);
      if (value === nothing) continue;
      let holder = result;
      for (let at = 0; at < way.length - 1; at++) {
        holder = (holder[way[at] as string] ??= {}) as Record<string, unknown>;
      }
      const key = way.at(-1) as string;
      holder[key] = value;
      if (object !== undefined && value !== null) {
        if (typeof value !== 'string' && typeof value !== 'number')
          throw new Unmapped(`the id of ${object} is no text`);
        links.push({ object, value: String(value), source, put: (id) => (holder[key] = id) });
      }
    }
    return result;
  };
}

function compileEntry(entry: Entry, parts: MappingParts, shapes: Map<string, Mapper>, depth: number): Mapper {
  if (typeof entry === 'string') return compileEntry({ from: entry }, parts, shapes, depth);
  if ('constant' in entry) {
    const { constant } = entry;
    return () => (isPlain(constant) ? constant : structuredClone(constant));
  }
  const { from, or, state, as, each, shape } = entry;
  const ways = (or === undefined ? [from] : [from, or]).map(tokensOf);
  const convert = state === undefined ? converter(as) : stateReader(state, parts);
  const inner = shape ?? each;
  const map = inner === undefined ? undefined : shapeOf(inner, parts, shapes, depth + 1);
  const fallback = 'default' in entry ? entry.default : nothing;
  return (source, links) => {
    let found: unknown;
    for (const way of ways) {
      found = valueAlong(source, way);
      if (found !== undefined) break;
    }
    if (found === undefined || (found === null && fallback !== nothing)) return fallback;
    if (map === undefined) return convert(found);
    if (each === undefined) return map(found, links);
    if (!Array.isArray(found)) throw new Unmapped(`${from} is no list`);
    return found.map((item: unknown) => map(item, links));
  };
}

/** A shape may hold itself: the second meeting finds the function that is being made. */
function shapeOf(name: string, parts: MappingParts, shapes: Map<string, Mapper>, depth: number): Mapper {
  const made = shapes.get(name);
  if (made !== undefined) return made;
  const late: { map?: Mapper } = {};
  shapes.set(name, (source, links) => (late.map as Mapper)(source, links));
  late.map = compileObject(parts.shapes[name] ?? {}, parts, shapes, depth);
  return late.map;
}

function stateReader(name: string, { states, direction }: MappingParts): (value: unknown) => unknown {
  const words = new Map(Object.entries(states[name]?.[direction] ?? {}));
  return (value) => {
    const word = typeof value === 'string' ? words.get(value) : undefined;
    if (word === undefined) throw new Unmapped(`a state is not in the map ${name}`);
    return word;
  };
}

function converter(as: 'integer' | 'text' | undefined): (value: unknown) => unknown {
  if (as === undefined) return (value) => value;
  if (as === 'text')
    return (value) => {
      if (value === null || typeof value === 'string') return value;
      if (typeof value !== 'number' && typeof value !== 'boolean') throw new Unmapped('a text is an object or a list');
      return String(value);
    };
  return (value) => {
    if (value === null || Number.isSafeInteger(value)) return value;
    const number = typeof value === 'string' && /^-?\d{1,16}$/.test(value) ? Number(value) : Number.NaN;
    if (!Number.isSafeInteger(number)) throw new Unmapped('a whole number is none, or is too large');
    return number;
  };
}

/** The value at a pointer; undefined = none. */
export function valueUnder(source: unknown, pointer: string): unknown {
  return valueAlong(source, tokensOf(pointer));
}

function valueAlong(source: unknown, way: readonly string[]): unknown {
  let found = source;
  for (const token of way) found = step(found, token);
  return found;
}

function step(value: unknown, token: string): unknown {
  if (Array.isArray(value)) return /^\d{1,6}$/.test(token) ? (value[Number(token)] as unknown) : undefined;
  return isObject(value) && Object.hasOwn(value, token) ? value[token] : undefined;
}

export function tokensOf(pointer: string): string[] {
  return pointer
    .split('/')
    .slice(1)
    .map((token) => token.replaceAll('~1', '/').replaceAll('~0', '~'));
}

function isPlain(value: unknown): boolean {
  return typeof value !== 'object' || value === null;
}

// JSONPath (RFC 9535): where in a tree a path leads. Gives places instead of values, so that whoever asked can change them.

import type { JsonValue } from '../model/contract.ts';
import {
  type Call,
  type Operand,
  type Operator,
  parsePath,
  PathFailure,
  type Query,
  type Segment,
  type Selector,
  type Test,
} from './jsonpath-parse.ts';
import { isObject } from './pointer.ts';

export { PathFailure } from './jsonpath-parse.ts';

/** A value and the way to it; the root has no `up`. */
export interface Location {
  value: JsonValue;
  key: string | number;
  up?: Location;
}

/** Most places one path may visit, those of its filters included. */
const maxVisits = 10_000_000;

/** Compiles a path. Throws PathFailure for a text that is none; the result throws it beyond 10,000,000 visited places. */
export function compilePath(text: string): (root: JsonValue) => Location[] {
  const query = parsePath(text);
  return (root) => new Search(root).find(query, { value: root, key: '' });
}

/** The place as a normalized path (RFC 9535 2.7): `$['paths']['/orders'][0]`. */
export function normalizedPath(location: Location): string {
  if (!location.up) return '$';
  const key = typeof location.key === 'number' ? location.key : `'${quotedKey(location.key)}'`;
  return `${normalizedPath(location.up)}[${key}]`;
}

function quotedKey(key: string): string {
  const json = JSON.stringify(key).slice(1, -1).replaceAll('\\"', '"');
  return json.replaceAll("'", String.raw`\'`);
}

/** What a comparison sees where there is nothing. */
const nothing = Symbol('nothing');
type Value = JsonValue | typeof nothing;

class Search {
  readonly #root: Location;
  readonly #patterns = new Map<string, RegExp | undefined>();
  #visits = 0;

  constructor(root: JsonValue) {
    this.#root = { value: root, key: '' };
  }

  find(query: Query, current: Location): Location[] {
    let found = [query.relative ? current : this.#root];
    for (const segment of query.segments) found = found.flatMap((place) => this.#segment(segment, place));
    return found;
  }

  #segment({ descendants, selectors }: Segment, place: Location): Location[] {
    const found: Location[] = [];
    const visit = (here: Location): void => {
      for (const selector of selectors) this.#select(selector, here, found);
      if (descendants) for (const child of this.#children(here)) visit(child);
    };
    visit(place);
    return found;
  }

  #children(place: Location): Location[] {
    const { value } = place;
    if (typeof value !== 'object' || value === null) return [];
    const children = Array.isArray(value)
      ? value.map((item, key): Location => ({ value: item, key, up: place }))
      : Object.entries(value).map(([key, item]): Location => ({ value: item, key, up: place }));
    this.#visits += children.length;
    if (this.#visits > maxVisits) throw new PathFailure('The path visits more than 10,000,000 places.', 0);
    return children;
  }

  #select(selector: Selector, place: Location, found: Location[]): void {
    const { value } = place;
    switch (selector.is) {
      case 'name':
        if (isObject(value) && Object.hasOwn(value, selector.name))
          found.push({ value: value[selector.name] as JsonValue, key: selector.name, up: place });
        return;
      case 'wildcard':
        found.push(...this.#children(place));
        return;
      case 'index':
        if (Array.isArray(value)) pushItem(value, selector.index, place, found);
        return;
      case 'slice':
        if (Array.isArray(value))
          for (const index of sliced(value.length, selector)) pushItem(value, index, place, found);
        return;
      case 'filter':
        for (const child of this.#children(place)) if (this.#holds(selector.test, child)) found.push(child);
    }
  }

  #holds(test: Test, current: Location): boolean {
    switch (test.is) {
      case 'or':
        return test.parts.some((part) => this.#holds(part, current));
      case 'and':
        return test.parts.every((part) => this.#holds(part, current));
      case 'not':
        return !this.#holds(test.of, current);
      case 'compare':
        return compare(test.operator, this.#value(test.left, current), this.#value(test.right, current));
      case 'query':
        return this.find(test, current).length > 0;
      default:
        return this.#call(test, current) === true;
    }
  }

  #value(operand: Operand, current: Location): Value {
    if (operand.is === 'literal') return operand.value;
    if (operand.is === 'call') return this.#call(operand, current);
    return this.#only(operand, current);
  }

  #only(operand: Operand | undefined, current: Location): Value {
    const [first, ...more] = operand?.is === 'query' ? this.find(operand, current) : [];
    return first === undefined || more.length > 0 ? nothing : first.value;
  }

  #call({ name, args }: Call, current: Location): Value {
    const [first, second] = args;
    if (name === 'count') return first?.is === 'query' ? this.find(first, current).length : nothing;
    if (name === 'value') return this.#only(first, current);
    const value = first ? this.#value(first, current) : nothing;
    if (name === 'length') return lengthOf(value);
    const pattern = second ? this.#value(second, current) : nothing;
    if (typeof value !== 'string' || typeof pattern !== 'string') return false;
    return this.#pattern(pattern, name === 'match')?.test(value) ?? false;
  }

  #pattern(text: string, whole: boolean): RegExp | undefined {
    const key = `${whole ? '^' : ''}${text}`;
    if (!this.#patterns.has(key)) this.#patterns.set(key, iRegexp(text, whole));
    return this.#patterns.get(key);
  }
}

function pushItem(list: JsonValue[], index: number, up: Location, found: Location[]): void {
  const key = index < 0 ? list.length + index : index;
  if (key >= 0 && key < list.length) found.push({ value: list[key] as JsonValue, key, up });
}

/** RFC 9535 2.3.4.2.2. */
function sliced(length: number, { start, end, step }: Extract<Selector, { is: 'slice' }>): number[] {
  if (step === 0) return [];
  const at = (index: number): number => (index >= 0 ? index : length + index);
  const found: number[] = [];
  if (step > 0) {
    const upper = clamp(at(end ?? length), 0, length);
    for (let index = clamp(at(start ?? 0), 0, length); index < upper; index += step) found.push(index);
  } else {
    const lower = end === undefined ? -1 : clamp(at(end), -1, length - 1);
    for (let index = clamp(start === undefined ? length - 1 : at(start), -1, length - 1); index > lower; index += step)
      found.push(index);
  }
  return found;
}

function clamp(index: number, low: number, high: number): number {
  return Math.min(Math.max(index, low), high);
}

function lengthOf(value: Value): Value {
  // Characters are counted, not code units.
  if (typeof value === 'string') return Array.from(value).length;
  if (Array.isArray(value)) return value.length;
  return typeof value === 'object' && value !== null ? Object.keys(value).length : nothing;
}

function compare(operator: Operator, left: Value, right: Value): boolean {
  switch (operator) {
    case '==':
      return isEqual(left, right);
    case '!=':
      return !isEqual(left, right);
    case '<':
      return isLess(left, right);
    case '>':
      return isLess(right, left);
    case '<=':
      return isLess(left, right) || isEqual(left, right);
    default:
      return isLess(right, left) || isEqual(left, right);
  }
}

function isEqual(left: Value, right: Value): boolean {
  if (left === right) return true;
  if (Array.isArray(left) && Array.isArray(right))
    return left.length === right.length && left.every((item, index) => isEqual(item, right[index] as JsonValue));
  if (!isObject(left) || !isObject(right)) return false;
  const keys = Object.keys(left);
  return (
    keys.length === Object.keys(right).length &&
    keys.every((key) => Object.hasOwn(right, key) && isEqual(left[key] as JsonValue, right[key] as JsonValue))
  );
}

function isLess(left: Value, right: Value): boolean {
  if (typeof left === 'number' && typeof right === 'number') return left < right;
  if (typeof left !== 'string' || typeof right !== 'string') return false;
  const [a, b] = [Array.from(left), Array.from(right)];
  const at = a.findIndex((letter, index) => letter !== b[index]);
  if (at < 0) return a.length < b.length;
  return at < b.length && (a[at]?.codePointAt(0) ?? 0) < (b[at]?.codePointAt(0) ?? 0);
}

/** RFC 9485 → a regular expression; undefined for what it does not know (look-around, back-references, lazy counts). */
function iRegexp(text: string, whole: boolean): RegExp | undefined {
  if (/\\[^pP(-+\-.?*[-^nrt{|}\\]|\(\?|[*+?}]\?/.test(text.replaceAll('\\\\', ''))) return undefined;
  // A dot is any character but line feed and carriage return.
  const source = text.replaceAll(/\\.|\[(?:\\.|[^\]])*\]|\./gs, (part) => (part === '.' ? '[^\\n\\r]' : part));
  try {
    return new RegExp(whole ? `^(?:${source})$` : source, 'u');
  } catch {
    return undefined;
  }
}

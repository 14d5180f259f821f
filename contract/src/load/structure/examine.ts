// Reads a tree by the table of its standard: what is built wrongly becomes a finding, and every reference is handed over
// with the kind of object that belongs there. What the table calls `any` is somebody's data and is not looked into.

import type { Finding, JsonObject, JsonValue } from '../../model/contract.ts';
import { nearest } from '../../schema/distance.ts';
import type { Origins } from '../origin.ts';
import { isObject } from '../pointer.ts';
import { type Kind, type Shape, shapeIn, type Table } from './shape.ts';

export interface Reference {
  /** Holds the reference below `key`. */
  node: JsonObject;
  key: string;
  /** Kind of object that belongs there. */
  kind: string;
  /** What the reference is relative to: the nearest `$id` around it, else the file's own. */
  base: string;
}

export interface Examined {
  origins: Origins;
  findings: Finding[];
  /** What references are relative to. */
  base?: string;
  /** Called for every `$ref`, and every discriminator's mapping. */
  refer?: (reference: Reference) => void;
  /** Called for every schema that names itself by `$id`; gives what is relative to what inside it. */
  identified?: (node: JsonObject, base: string) => string;
  /** Called for every schema that names its dialect by `$schema`. */
  dialect?: (node: JsonObject) => void;
  /** Objects that were read; each is read once. */
  seen: WeakSet<object>;
}

/** Most `spec-structure` findings of one load: who has more has another kind of document. */
const maxFaults = 100;

/** Examines `value` as an object of this kind. */
export function examine(value: JsonValue, name: string, table: Table, to: Examined): void {
  const examiner = new Examiner(table, to);
  // What a reference leads to may be a reference again, unless objects of this kind hold `$ref` beside their own keys.
  const reference = !shapeIn(table, name).keys.has('$ref');
  examiner.value(
    value,
    { is: 'object', name, reference },
    { parent: isObject(value) ? value : {}, where: '', base: to.base ?? '' },
  );
}

interface Place {
  /** The object that findings about a value without position point at. */
  parent: object;
  /** The key, for messages. */
  where: string;
  base: string;
}

class Examiner {
  readonly #table: Table;
  readonly #to: Examined;
  #faults: number;

  constructor(table: Table, to: Examined) {
    this.#table = table;
    this.#to = to;
    this.#faults = to.findings.reduce((sum, { rule }) => sum + (rule === 'spec-structure' ? 1 : 0), 0);
  }

  #object(value: JsonValue, name: string, place: Place): void {
    if (!isObject(value)) return this.#fault(place.parent, `${called(place)} must be ${anObject(name)}.`);
    if (this.#to.seen.has(value)) return;
    this.#to.seen.add(value);
    const base = this.#enter(value, name, place.base);
    let shape = shapeIn(this.#table, name);
    if (shape.variants) shape = this.#variant(value, shape);
    for (const key of Object.keys(value)) {
      const kind = shape.keys.get(key) ?? shape.patterns.find(([pattern]) => pattern.test(key))?.[1];
      if (kind) this.value(value[key] as JsonValue, kind, { parent: value, where: key, base });
      else if (!shape.open && (shape.closed || !key.startsWith('x-'))) this.#unknown(value, key, shape);
    }
    this.#combined(value, shape);
  }

  /** Tells of references, and gives what is relative to what from here on. */
  #enter(value: JsonObject, name: string, base: string): string {
    const { refer, dialect, identified } = this.#to;
    let inner = base;
    if (name === 'Schema') {
      if (identified && typeof value['$id'] === 'string') inner = identified(value, base);
      if (dialect && typeof value['$schema'] === 'string') dialect(value);
    }
    if (refer && typeof value['$ref'] === 'string') refer({ node: value, key: '$ref', kind: name, base: inner });
    const mapping = refer && name === 'Discriminator' && isObject(value['mapping']) ? value['mapping'] : {};
    for (const key of Object.keys(mapping)) refer?.({ node: mapping, key, kind: 'Schema', base: inner });
    return inner;
  }

  #variant(value: JsonObject, shape: Shape): Shape {
    const { by, shapes } = shape.variants ?? { by: '', shapes: new Map<string, Shape>() };
    const word = value[by];
    return (typeof word === 'string' ? shapes.get(word) : undefined) ?? { ...shape, open: true };
  }

  value(value: JsonValue, kind: Kind, place: Place): void {
    switch (kind.is) {
      case 'any':
        return;
      case 'words':
        if (typeof value !== 'string' || !kind.words.includes(value))
          this.#fault(place.parent, `${called(place)} must be ${listed(kind.words, 'or')}.`);
        return;
      case 'list':
        return this.#list(value, kind, place);
      case 'map':
        return this.#map(value, kind, place);
      case 'either':
        return this.#either(value, kind.of, place);
      case 'object':
        return this.#isReference(value, kind)
          ? this.#reference(value, kind.name, place)
          : this.#object(value, kind.name, place);
      default:
        if (!isScalar(value, kind.is)) this.#fault(place.parent, `${called(place)} must be ${scalars[kind.is]}.`);
    }
  }

  #isReference(value: JsonValue, kind: { reference: boolean }): value is JsonObject {
    return (
      kind.reference && isObject(value) && Object.hasOwn(value, shapeIn(this.#table, 'Reference').required[0] ?? '')
    );
  }

  #reference(value: JsonObject, name: string, place: Place): void {
    const { refer, ...to } = this.#to;
    if (this.#to.seen.has(value)) return;
    new Examiner(this.#table, to).#object(value, 'Reference', place);
    if (typeof value['$ref'] === 'string') refer?.({ node: value, key: '$ref', kind: name, base: place.base });
  }

  #list(value: JsonValue, { of, least, different }: Extract<Kind, { is: 'list' }>, place: Place): void {
    if (!Array.isArray(value)) return this.#fault(place.parent, `${called(place)} must be a list.`);
    if (value.length < least) this.#fault(value, `${called(place)} must not be empty.`);
    if (different && new Set(value.map((item) => JSON.stringify(item))).size < value.length)
      this.#fault(value, `${called(place)} holds the same entry twice.`);
    for (const [index, item] of value.entries())
      this.value(item, of, { ...place, parent: value, where: `${place.where}[${index}]` });
  }

  #map(value: JsonValue, { of, plain }: Extract<Kind, { is: 'map' }>, place: Place): void {
    if (!isObject(value)) return this.#fault(place.parent, `${called(place)} must be a map.`);
    for (const key of Object.keys(value)) {
      if (plain && !/^[a-zA-Z0-9._-]+$/.test(key))
        this.#fault(value, `The name "${key}" may consist of letters, digits, dots, hyphens and underscores only.`);
      this.value(value[key] as JsonValue, of, { ...place, parent: value, where: key });
    }
  }

  /** The kind that fits the value's JSON type; none: the first one's complaint. */
  #either(value: JsonValue, kinds: readonly Kind[], place: Place): void {
    const fitting = kinds.find((kind) => {
      if (kind.is === 'list') return Array.isArray(value);
      if (kind.is === 'map' || kind.is === 'object') return isObject(value);
      if (kind.is === 'words') return typeof value === 'string';
      return kind.is === 'any' || (kind.is !== 'either' && isScalar(value, kind.is));
    });
    const kind = fitting ?? kinds[0];
    if (kind) this.value(value, kind, place);
  }

  #unknown(node: JsonObject, key: string, shape: Shape): void {
    const near = nearest(key, [...shape.keys.keys()]);
    const hint = near === undefined ? '' : ` Did you mean \`${near}\`?`;
    const fix = shape.closed ? 'Remove it.' : 'Remove it, or begin its name with x-.';
    const child = node[key];
    const at = typeof child === 'object' && child !== null ? child : node;
    this.#fault(at, `\`${key}\` is no key of ${anObject(shape.name)}.${hint}`, fix);
  }

  #combined(node: JsonObject, shape: Shape): void {
    const has = (key: string): boolean => Object.hasOwn(node, key);
    for (const key of shape.required)
      if (!has(key)) this.#fault(node, `${capital(anObject(shape.name))} needs \`${key}\`.`, `Add  ${key}:`);
    for (const keys of shape.never ?? [])
      if (keys.filter(has).length > 1) this.#fault(node, `${quoted(keys)} exclude each other.`, 'Keep one of them.');
    for (const keys of shape.one ?? []) {
      const count = keys.filter(has).length;
      if (count > 1) this.#fault(node, `${quoted(keys)} exclude each other.`, 'Keep one of them.');
      if (count === 0) this.#fault(node, `${capital(anObject(shape.name))} needs one of ${quoted(keys, 'or')}.`);
    }
    if (shape.some && !shape.some.some(has))
      this.#fault(node, `${capital(anObject(shape.name))} needs at least one of ${quoted(shape.some, 'or')}.`);
    const wrong = shape.check?.(node);
    if (wrong !== undefined) this.#fault(node, wrong);
  }

  #fault(node: object, message: string, fix?: string): void {
    if (++this.#faults > maxFaults) return;
    const { origins, findings } = this.#to;
    findings.push({
      ...origins.at(node),
      rule: 'spec-structure',
      severity: 'error',
      message,
      ...(fix === undefined ? {} : { fix }),
    });
  }
}

const scalars: Record<string, string> = {
  string: 'a text',
  boolean: 'true or false',
  number: 'a number',
  integer: 'a whole number',
};

function isScalar(value: JsonValue, type: string): boolean {
  return type === 'integer' ? Number.isInteger(value) : typeof value === type;
}

function called({ where }: Place): string {
  return where === '' ? 'The document' : `\`${where}\``;
}

/** `a Path Item Object` */
function anObject(name: string): string {
  if (name === 'Document') return 'the document';
  const words = name.replaceAll(/([a-z])([A-Z])/g, '$1 $2');
  return `${/^[AEIOU]/.test(words) ? 'an' : 'a'} ${words} Object`;
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function quoted(keys: readonly string[], last: 'and' | 'or' = 'and'): string {
  return listed(
    keys.map((key) => `\`${key}\``),
    last,
  );
}

function listed(words: readonly string[], last: 'and' | 'or'): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} ${last} ${String(words.at(-1))}`;
}

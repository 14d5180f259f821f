// What an object schema names, through references and compositions: used for closing, projection and for words.

import { follow, isObject } from '../load/pointer.ts';
import type { JsonObject, Schema } from '../model/contract.ts';

export interface Members {
  properties: ReadonlyMap<string, Schema>;
  /** Of the same, those that several schemas describe, each in its way: what any of them says. */
  several: ReadonlyMap<string, Schema>;
  items?: Schema;
  /** Other properties are allowed by name (`additionalProperties`, `patternProperties`) or the object is free-form. */
  open: boolean;
}

const inPlaceLists = ['allOf', 'anyOf', 'oneOf'] as const;
const inPlaceSingles = ['if', 'then', 'else'] as const;
const nothing: Members = { properties: new Map(), several: new Map(), open: false };
/** References and compositions inside each other that are followed. */
const deepest = 1000;

interface Known {
  members: WeakMap<object, Members>;
  /** Numbers of schemas, and by several numbers the schema that stands for all of them: there is one of each set. */
  numbers: Map<Schema, number>;
  unions: Map<string, Schema>;
}

const known = new WeakMap<object, Known>();

/** All properties a schema names, whatever branch they stand in. Remembered per document and schema. */
export function declaredMembers(schema: Schema, document: JsonObject): Members {
  if (!isObject(schema)) return nothing;
  let ofDocument = known.get(document);
  if (!ofDocument)
    known.set(document, (ofDocument = { members: new WeakMap(), numbers: new Map(), unions: new Map() }));
  let members = ofDocument.members.get(schema);
  if (!members) {
    const collector = new Collector(document);
    const items = collector.visit(schema, 0);
    const { properties, open } = collector;
    const several = new Map([...collector.others].map(([name, list]) => [name, unionOf(ofDocument, [...list])]));
    members = items === undefined ? { properties, several, open } : { properties, several, items, open };
    ofDocument.members.set(schema, members);
  }
  return members;
}

function unionOf({ numbers, unions }: Known, schemas: readonly Schema[]): Schema {
  const numberOf = (schema: Schema): number => {
    if (!numbers.has(schema)) numbers.set(schema, numbers.size);
    return numbers.get(schema) ?? 0;
  };
  const key = schemas
    .map(numberOf)
    .toSorted((left, right) => left - right)
    .join();
  let union = unions.get(key);
  if (union === undefined) unions.set(key, (union = { anyOf: [...schemas] }));
  return union;
}

/** Gathers what schemas of one value name. Each schema adds once, however many ways lead to it. */
class Collector {
  readonly properties = new Map<string, Schema>();
  /** All schemas of names that have more than one. */
  readonly others = new Map<string, Set<Schema>>();
  open = false;
  readonly #document: JsonObject;
  readonly #items = new Map<JsonObject, Schema | undefined>();

  constructor(document: JsonObject) {
    this.#document = document;
  }

  /** Gives the schema of items: its own, else the first of those it applies. */
  visit(schema: Schema, depth: number): Schema | undefined {
    if (!isObject(schema) || depth > deepest) return undefined;
    if (this.#items.has(schema)) return this.#items.get(schema);
    this.#items.set(schema, undefined);
    const inner = this.#applied(schema).map((next) => this.visit(next, depth + 1));
    for (const [name, property] of Object.entries(isObject(schema['properties']) ? schema['properties'] : {}))
      this.#name(name, property as Schema);
    const extra = schema['additionalProperties'];
    this.open ||= extra === true || isObject(extra) || isObject(schema['patternProperties']);
    this.open ||= schema['unevaluatedProperties'] === true || isObject(schema['unevaluatedProperties']);
    const items = (schema['items'] as Schema | undefined) ?? inner.find((found) => found !== undefined);
    this.#items.set(schema, items);
    return items;
  }

  #name(name: string, property: Schema): void {
    const before = this.properties.get(name);
    if (before !== undefined && before !== property)
      this.others.set(name, (this.others.get(name) ?? new Set([before])).add(property));
    this.properties.set(name, property);
  }

  /** Schemas of the same value; one of several that allows anything opens the whole. */
  #applied(schema: JsonObject): Schema[] {
    const applied: Schema[] = [];
    const target = typeof schema['$ref'] === 'string' ? follow(this.#document, schema) : undefined;
    if (isObject(target) && target !== schema) applied.push(target);
    for (const key of inPlaceLists) {
      const list = schema[key];
      if (!Array.isArray(list)) continue;
      applied.push(...(list as Schema[]));
      this.open ||= key !== 'allOf' && list.some((branch) => isFreeForm(branch as Schema, this.#document));
    }
    for (const key of inPlaceSingles) if (isObject(schema[key])) applied.push(schema[key]);
    if (isObject(schema['dependentSchemas'])) applied.push(...(Object.values(schema['dependentSchemas']) as Schema[]));
    return applied;
  }
}

/** `{ type: object }` that names nothing, or no schema at all: any object is meant. */
function isFreeForm(schema: Schema, document: JsonObject): boolean {
  const node = follow(document, schema);
  if (node === true) return true;
  if (!isObject(node)) return false;
  const type = node['type'];
  const objects = type === undefined || type === 'object' || (Array.isArray(type) && type.includes('object'));
  const speaks = ['$ref', 'enum', 'const', 'not', 'allOf', 'anyOf', 'oneOf', 'additionalProperties'];
  const named = isObject(node['properties']) ? Object.keys(node['properties']).length : 0;
  return objects && named === 0 && !speaks.some((key) => key in node);
}

/** True when the property carries `readOnly` or `writeOnly`, beside its reference or behind it. */
export function isMarked(property: Schema, mark: 'readOnly' | 'writeOnly', document: JsonObject): boolean {
  if (!isObject(property)) return false;
  if (property[mark] === true) return true;
  const target = follow(document, property);
  return isObject(target) && target[mark] === true;
}

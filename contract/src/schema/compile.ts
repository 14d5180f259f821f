// JSON Schema 2020-12 → validators. Ajv stands behind this face; nothing else in the repository knows it.
// A schema's `$ref`s point into its document; validators are compiled on first use and kept with it.

import addFormats from 'ajv-formats';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import { follow, isObject } from '../load/pointer.ts';
import { childSchemas } from '../load/schemas.ts';
import type { JsonObject, JsonValue, Schema } from '../model/contract.ts';
import { explainErrors, type Violation } from './explain.ts';
import { addOwnFormats } from './formats.ts';

export type { Violation } from './explain.ts';

export type Direction = 'request' | 'response';

export interface Validator {
  check(value: unknown): boolean;
  /** What is wrong and how to mend it; at most `max` (50). Empty when valid. Slower than `check`. */
  explain(value: unknown, max?: number): Violation[];
}

export interface SchemaOptions {
  /** Root that `#/…` references point into; default: the schema itself. */
  document?: JsonObject;
  /** `assert` (default) checks formats; `annotate` ignores them. */
  formats?: 'assert' | 'annotate';
  /** readOnly properties are not required in requests, writeOnly ones not in responses. */
  direction?: Direction;
  /** Refuse properties that the schema neither names nor allows, wherever an object is complete. */
  closed?: boolean;
}

/** Compiles lazily: the first `check` costs milliseconds, the next microseconds. Throws on a schema that is none. */
export function compileSchema(schema: Schema, options: SchemaOptions = {}): Validator {
  const engine = engineFor(options);
  let fast: ValidateFunction | undefined;
  let thorough: ValidateFunction | undefined;
  return {
    check: (value) => (fast ??= engine.compile(schema, false))(value) as boolean,
    explain(value, max = 50) {
      thorough ??= engine.compile(schema, true);
      return thorough(value) ? [] : explainErrors(thorough.errors ?? [], { value, max });
    },
  };
}

interface Engine {
  compile(schema: Schema, allErrors: boolean): ValidateFunction;
}

const engines = new WeakMap<object, Map<string, Engine>>();

function engineFor(options: SchemaOptions): Engine {
  const document = options.document ?? {};
  const key = `${options.formats ?? 'assert'} ${options.direction ?? ''} ${options.closed ?? false}`;
  let perDocument = engines.get(document);
  if (!perDocument) engines.set(document, (perDocument = new Map()));
  let engine = perDocument.get(key);
  if (!engine) perDocument.set(key, (engine = createEngine(document, options)));
  return engine;
}

function createEngine(document: JsonObject, options: SchemaOptions): Engine {
  const root = prepareRoot(document, options);
  const instances = new Map<boolean, Ajv2020>();
  return {
    compile(schema, allErrors) {
      let ajv = instances.get(allErrors);
      if (!ajv) {
        instances.set(allErrors, (ajv = newAjv(options.formats ?? 'assert', allErrors)));
        ajv.addSchema(root, 'contract');
      }
      if (typeof schema === 'boolean') return ajv.compile(schema);
      const prepared = prepare(schema, { ...options, open: openComponents(document) });
      return ajv.compile(pointAt(prepared) as object);
    },
  };
}

function newAjv(formats: 'assert' | 'annotate', allErrors: boolean): Ajv2020 {
  const ajv = new Ajv2020({
    strict: false,
    allErrors,
    verbose: allErrors,
    validateSchema: false,
    validateFormats: formats === 'assert',
    logger: false,
    code: { regExp: Object.assign(lenientRegExp, { code: 'lenientRegExp' }) },
  });
  // The package is CommonJS: its default export arrives as a property under some loaders.
  const add = (addFormats as unknown as { default?: typeof addFormats }).default ?? addFormats;
  (add as unknown as (target: unknown) => void)(ajv);
  addOwnFormats(ajv);
  return ajv;
}

/** ECMA-262 with `u`; retried without; a pattern that is none under either matches everything (lint names it). */
function lenientRegExp(pattern: string, flags: string): RegExp {
  for (const attempt of [flags, '']) {
    try {
      return new RegExp(pattern, attempt);
    } catch {
      // The next attempt is more lenient.
    }
  }
  return /(?:)/;
}

/** What references may point into: the components (examples elsewhere could look like schemas), or all of it. */
function prepareRoot(document: JsonObject, options: SchemaOptions): JsonObject {
  const components = document['components'];
  if (!isObject(components)) return document;
  const open = openComponents(document);
  const schemas = Object.fromEntries(
    Object.entries(isObject(components['schemas']) ? components['schemas'] : {}).map(([name, schema]) => [
      name,
      prepare(schema as Schema, { ...options, open, inAllOf: open.has(name) }),
    ]),
  );
  return {
    ...(hasPathReferences(document) ? document : {}),
    components: { ...components, schemas: schemas as JsonObject },
  };
}

const pathReferences = new WeakMap<object, boolean>();

function hasPathReferences(document: JsonObject): boolean {
  let known = pathReferences.get(document);
  if (known === undefined) pathReferences.set(document, (known = JSON.stringify(document).includes('"$ref":"#/paths')));
  return known;
}

interface Preparation extends SchemaOptions {
  open: ReadonlySet<string>;
  inAllOf?: boolean;
}

/** A copy fit for one direction and strictness; the same object when nothing changes. */
function prepare(schema: Schema, options: Preparation): Schema {
  if (!isObject(schema) || (!options.direction && !options.closed)) return schema;
  const copy: JsonObject = { ...schema };
  for (const key of ['allOf', 'anyOf', 'oneOf', 'prefixItems'] as const) {
    if (Array.isArray(copy[key])) copy[key] = [...copy[key]];
  }
  for (const key of ['properties', 'patternProperties', '$defs', 'dependentSchemas'] as const) {
    if (isObject(copy[key])) copy[key] = { ...copy[key] };
  }
  for (const child of childSchemas(copy)) {
    const key = child.key as never;
    const composed =
      child.parent === copy['allOf'] ||
      child.parent === copy['anyOf'] ||
      child.parent === copy['oneOf'] ||
      child.key === 'if' ||
      child.key === 'then' ||
      child.key === 'else' ||
      child.key === 'not';
    (child.parent as Record<string, JsonValue>)[key] = prepare(child.schema, {
      ...options,
      inAllOf: composed && child.parent !== copy['properties'],
    });
  }
  if (options.direction) relaxRequired(copy, options.direction);
  if (options.closed && !options.inAllOf) close(copy);
  return copy;
}

function relaxRequired(schema: JsonObject, direction: Direction): void {
  const properties = schema['properties'];
  if (!Array.isArray(schema['required']) || !isObject(properties)) return;
  const mark = direction === 'request' ? 'readOnly' : 'writeOnly';
  schema['required'] = schema['required'].filter((name) => {
    const property = properties[String(name)];
    return !(isObject(property) && property[mark] === true);
  });
}

/** An object that names its properties and does not speak of others refuses them. */
function close(schema: JsonObject): void {
  const speaks = 'additionalProperties' in schema || 'unevaluatedProperties' in schema || 'patternProperties' in schema;
  const composes = Array.isArray(schema['allOf']);
  if (!speaks && (isObject(schema['properties']) || composes)) schema['unevaluatedProperties'] = false;
}

const opens = new WeakMap<object, Set<string>>();

/** Components used as a branch of allOf, anyOf or oneOf: closing them would refuse the other branches' properties. */
function openComponents(document: JsonObject): ReadonlySet<string> {
  const known = opens.get(document);
  if (known) return known;
  const found = new Set<string>();
  const text = JSON.stringify(document);
  for (const [, list] of text.matchAll(/"(?:allOf|anyOf|oneOf)":\[(.*?)\]/g)) {
    for (const [, name] of (list ?? '').matchAll(/"\$ref":"#\/components\/schemas\/([^"]+)"/g))
      if (name) found.add(name);
  }
  opens.set(document, found);
  return found;
}

/** `#/components/…` → `contract#/components/…`, in a copy. */
function pointAt(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map(pointAt);
  if (!isObject(value)) return value;
  const copy: JsonObject = {};
  for (const [key, child] of Object.entries(value)) {
    if (key === '$ref' && typeof child === 'string' && child.startsWith('#')) copy[key] = `contract${child}`;
    else if (
      key === 'examples' ||
      key === 'example' ||
      key === 'default' ||
      key === 'enum' ||
      key === 'const' ||
      key === 'x-plinth'
    )
      copy[key] = child;
    else copy[key] = pointAt(child);
  }
  return copy;
}

/** A body reader: verdict, words, and the value as business code may see it. */
export interface BodyReader extends Validator {
  /** Without what was neither declared nor allowed (`unknown: drop`), and without readOnly values. */
  project(value: unknown): unknown;
}

export interface BodyOptions {
  unknown: 'refuse' | 'drop' | 'pass';
  direction: Direction;
}

/** Compiles a request or response body. Under `refuse` an undeclared property is a violation (`unknown-property`). */
export function compileBody(schema: Schema, document: JsonObject, options: BodyOptions): BodyReader {
  const closed = options.unknown === 'refuse' && options.direction === 'request';
  const validator = compileSchema(schema, { document, direction: options.direction, closed });
  const drop = options.unknown === 'drop' && options.direction === 'request';
  return {
    ...validator,
    project: drop ? (value) => projectValue(value as JsonValue, schema, document, 0) : (value) => value,
  };
}

function projectValue(value: JsonValue, schema: Schema, document: JsonObject, depth: number): JsonValue {
  if (typeof value !== 'object' || value === null || depth > 64) return value;
  const declared = declaredMembers(schema, document, 0);
  if (Array.isArray(value)) {
    const { items } = declared;
    return items === undefined ? value : value.map((item) => projectValue(item, items, document, depth + 1));
  }
  if (declared.open || declared.properties.size === 0) return value;
  const kept: JsonObject = {};
  for (const [name, child] of Object.entries(value)) {
    const property = declared.properties.get(name);
    if (property === undefined || (isObject(property) && property['readOnly'] === true)) continue;
    kept[name] = projectValue(child, property, document, depth + 1);
  }
  return kept;
}

interface Members {
  properties: Map<string, Schema>;
  items?: Schema;
  open: boolean;
}

/** All properties a schema names, through references and compositions. */
export function declaredMembers(schema: Schema, document: JsonObject, depth: number): Members {
  const members: Members = { properties: new Map(), open: false };
  const node = follow(document, schema as JsonValue);
  if (!isObject(node) || depth > 16) return members;
  if (isObject(node['properties'])) {
    for (const [name, property] of Object.entries(node['properties'])) members.properties.set(name, property as Schema);
  }
  if (node['items'] !== undefined) members.items = node['items'] as Schema;
  const extra = node['additionalProperties'];
  members.open = extra === true || isObject(extra) || isObject(node['patternProperties']);
  for (const key of ['allOf', 'anyOf', 'oneOf'] as const) {
    for (const branch of Array.isArray(node[key]) ? node[key] : []) {
      const inner = declaredMembers(branch as Schema, document, depth + 1);
      for (const [name, property] of inner.properties) members.properties.set(name, property);
      members.items ??= inner.items as Schema;
      members.open ||= inner.open;
    }
  }
  if (members.items === undefined) delete members.items;
  return members;
}

// Addresses of schemas: `$id`, `$anchor`, `$dynamicAnchor`, references between documents, and dialects.
// A document is searched for identifiers only when a reference needs one: contracts use plain pointers.

import { isObject, segmentsOf } from '../load/pointer.ts';
import { childSchemas } from '../load/schemas.ts';
import type { JsonObject, JsonValue, Schema } from '../model/contract.ts';
import { metaSchema } from './meta-schema.ts';

/** A schema that cannot be compiled; the message names the place and the reason. */
export class SchemaError extends Error {
  override readonly name = 'SchemaError';
}

/** Which groups of keywords count. */
export interface Dialect {
  applicator: boolean;
  validation: boolean;
  unevaluated: boolean;
  formatAssertion: boolean;
}

/** A schema with an address, and what its anchors name. */
export interface Resource {
  /** Distinguishes resources of one document set; counts from 0. */
  id: number;
  uri: string;
  root: Schema;
  /** Pointer of `root` in its document, for messages. */
  at: string;
  dialect: Dialect;
  anchors: Map<string, Place>;
  dynamicAnchors: Map<string, Place>;
}

/** A schema and where it stands. */
export interface Place {
  schema: Schema;
  resource: Resource;
  at: string;
}

export interface ResourceOptions {
  document: JsonObject;
  base?: string | undefined;
  resolve?: ((uri: string) => Schema | undefined) | undefined;
}

const standard: Dialect = { applicator: true, validation: true, unevaluated: true, formatAssertion: false };
const standardDialects = new Set([
  'https://json-schema.org/draft/2020-12/schema',
  'https://spec.openapis.org/oas/3.1/dialect/base',
  'https://spec.openapis.org/oas/3.1/dialect/2024-11-10',
  'https://spec.openapis.org/oas/3.2/dialect/2025-09-17',
]);
const vocabulary = 'https://json-schema.org/draft/2020-12/vocab/';
const knownVocabularies = ['core', 'applicator', 'unevaluated', 'validation', 'meta-data', 'content'];
const anonymous = 'schema:///';
const notSchemas = new Set(['example', 'examples', 'x-plinth', 'enum', 'const', 'default']);

export class Resources {
  readonly main: Resource;
  readonly #options: ResourceOptions;
  readonly #byUri = new Map<string, Resource>();
  readonly #byRoot = new WeakMap<object, Resource>();
  readonly #indexed = new Set<Resource>();
  #count = 0;

  constructor(options: ResourceOptions) {
    this.#options = options;
    this.main = this.#add(options.document, options.base ?? anonymous, '#', standard);
    this.#declareDialect(this.main);
  }

  /** The place of a sub-schema: its `$id` begins a new resource. */
  within(schema: Schema, around: Resource, at: string): Place {
    if (!isObject(schema) || typeof schema['$id'] !== 'string') return { schema, resource: around, at };
    let resource = this.#byRoot.get(schema);
    if (!resource) this.#declareDialect((resource = this.#add(schema, around.uri, at, around.dialect)));
    return { schema, resource, at };
  }

  /** What a reference names. Throws `SchemaError` when that is nothing. */
  resolve(reference: string, from: Place): Place {
    const hash = reference.indexOf('#');
    const address = hash < 0 ? reference : reference.slice(0, hash);
    const fragment = hash < 0 ? '' : reference.slice(hash + 1);
    const resource = address === '' ? from.resource : this.#find(absolute(address, from.resource.uri));
    const place = resource && this.#inside(resource, fragment);
    if (!place) throw new SchemaError(`${from.at}: the reference \`${reference}\` leads nowhere.`);
    return place;
  }

  /** The dynamic anchors of a resource. */
  dynamicAnchors(resource: Resource): ReadonlyMap<string, Place> {
    this.#index(resource);
    return resource.dynamicAnchors;
  }

  #find(uri: string): Resource | undefined {
    const known = this.#byUri.get(uri);
    if (known) return known;
    this.#index(this.main);
    const found = this.#byUri.get(uri);
    if (found) return found;
    const loaded = metaSchema(uri) ?? this.#options.resolve?.(uri);
    if (loaded === undefined) return undefined;
    const resource = this.#add(loaded, uri, `${uri}#`, standard);
    if (!metaSchema(uri)) this.#declareDialect(resource);
    // A document may say another address than the one it was asked for by; both name it.
    this.#byUri.set(uri, resource);
    this.#index(resource);
    return resource;
  }

  #inside(resource: Resource, fragment: string): Place | undefined {
    if (fragment === '') return { schema: resource.root, resource, at: resource.at };
    if (fragment.startsWith('/')) return this.#atPointer(resource, fragment);
    this.#index(resource);
    return resource.anchors.get(decodeURIComponent(fragment));
  }

  #atPointer(start: Resource, pointer: string): Place | undefined {
    let resource = start;
    let current: JsonValue | undefined = start.root;
    let at = start.at;
    for (const segment of segmentsOf(pointer)) {
      if (Array.isArray(current)) current = current[Number(segment)];
      else if (isObject(current) && Object.hasOwn(current, segment)) current = current[segment];
      else return undefined;
      at = `${at}/${escapePointer(segment)}`;
      if (isObject(current)) resource = this.within(current, resource, at).resource;
    }
    return isObject(current) || typeof current === 'boolean' ? { schema: current, resource, at } : undefined;
  }

  #add(root: Schema, base: string, at: string, inherited: Dialect): Resource {
    const id = isObject(root) ? root['$id'] : undefined;
    const uri = typeof id === 'string' ? absolute(id, base) : base;
    const resource: Resource = {
      id: this.#count++,
      uri,
      root,
      at,
      dialect: inherited,
      anchors: new Map(),
      dynamicAnchors: new Map(),
    };
    if (isObject(root)) this.#byRoot.set(root, resource);
    if (!this.#byUri.has(uri)) this.#byUri.set(uri, resource);
    return resource;
  }

  #declareDialect(resource: Resource): void {
    const { root, at } = resource;
    const declared = isObject(root) ? root['$schema'] : undefined;
    if (typeof declared === 'string') resource.dialect = this.#dialect(declared, at);
  }

  #dialect(uri: string, at: string): Dialect {
    const name = uri.replace(/#$/, '');
    if (standardDialects.has(name)) return standard;
    const found = this.#find(name);
    const meta = found?.root;
    const above = isObject(meta) ? meta['$schema'] : undefined;
    if (!isObject(meta) || typeof above !== 'string' || !standardDialects.has(above.replace(/#$/, '')))
      throw new SchemaError(`${at}: the dialect \`${uri}\` is not known; only JSON Schema 2020-12 is.`);
    const used = meta['$vocabulary'];
    if (!isObject(used)) return standard;
    for (const [address, needed] of Object.entries(used)) {
      const known = [...knownVocabularies, 'format-annotation', 'format-assertion'];
      if (needed === true && !known.some((word) => address === vocabulary + word))
        throw new SchemaError(`${at}: the vocabulary \`${address}\`, which its dialect needs, is not known.`);
    }
    const has = (word: string): boolean => Object.hasOwn(used, vocabulary + word);
    return {
      applicator: has('applicator'),
      validation: has('validation'),
      unevaluated: has('unevaluated'),
      formatAssertion: has('format-assertion'),
    };
  }

  /** Finds identifiers below a resource, once; sub-resources are found with it. */
  #index(resource: Resource): void {
    if (this.#indexed.has(resource)) return;
    this.#indexed.add(resource);
    const { root } = resource;
    const isContract = isObject(root) && resource === this.main && ('openapi' in root || 'components' in root);
    if (isContract) this.#indexContract(root, resource, resource.at);
    else this.#indexSchema(root, resource, resource.at);
  }

  #indexContract(value: JsonValue | undefined, resource: Resource, at: string): void {
    if (Array.isArray(value)) value.forEach((item, index) => this.#indexContract(item, resource, `${at}/${index}`));
    if (!isObject(value)) return;
    for (const [key, child] of Object.entries(value)) {
      const below = `${at}/${escapePointer(key)}`;
      if (key === 'schema' || key === 'itemSchema') this.#indexSchema(child, resource, below);
      else if (key === 'schemas' && at === '#/components')
        for (const [name, schema] of Object.entries(isObject(child) ? child : {}))
          this.#indexSchema(schema, resource, `${below}/${escapePointer(name)}`);
      else if (!notSchemas.has(key)) this.#indexContract(child, resource, below);
    }
  }

  #indexSchema(schema: JsonValue | undefined, around: Resource, at: string): void {
    if (!isObject(schema)) return;
    const place = schema === around.root ? { schema, resource: around, at } : this.within(schema, around, at);
    const { resource } = place;
    this.#indexed.add(resource);
    const { $anchor: anchor, $dynamicAnchor: dynamicAnchor } = schema;
    for (const name of [anchor, dynamicAnchor])
      if (typeof name === 'string' && !resource.anchors.has(name)) resource.anchors.set(name, place);
    if (typeof dynamicAnchor === 'string') resource.dynamicAnchors.set(dynamicAnchor, place);
    for (const child of childSchemas(schema)) {
      const map = child.parent === schema ? '' : keyOf(schema, child.parent);
      this.#indexSchema(child.schema, resource, `${at}${map}/${escapePointer(String(child.key))}`);
    }
  }
}

function keyOf(schema: JsonObject, parent: JsonValue): string {
  const key = Object.keys(schema).find((name) => schema[name] === parent);
  return key === undefined ? '' : `/${escapePointer(key)}`;
}

function absolute(reference: string, base: string): string {
  try {
    return new URL(reference, base).href.replace(/#$/, '');
  } catch {
    return reference;
  }
}

export function escapePointer(name: string): string {
  return name.includes('~') || name.includes('/') ? name.replaceAll('~', '~0').replaceAll('/', '~1') : name;
}

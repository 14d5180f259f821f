// What one reader may see of a value: properties marked for other audiences or scopes, for purposes nobody agreed to, or
// as secret are left out. What could be described by several schemas is withheld when any of them says so.

import { follow, isObject } from '../load/pointer.ts';
import { childSchemas } from '../load/schemas.ts';
import type { JsonObject, JsonValue, Schema } from '../model/contract.ts';
import type { Audience } from '../model/policy.ts';

export interface Viewer {
  audience: Audience;
  /** `*` among them: all. */
  scopes: ReadonlySet<string>;
  /** Purposes agreed to. */
  consents: ReadonlySet<string>;
}

export interface View {
  /** Purposes that properties in reach need a consent to. */
  readonly purposes: readonly string[];
  /** True when a secret stands in it that is shown this once: whoever keeps the answer must seal it. */
  readonly reveals: boolean;
  /** The value without what the viewer may not see; the very same value when nothing is left out. */
  show(value: unknown, viewer: Viewer): unknown;
  /** JSON Pointers of what is there and not for the viewer, at most 50: a caller may not send it either. */
  foreign(value: unknown, viewer: Viewer): string[];
}

export interface ViewOptions {
  /** True for an answer that makes something: what is revealed once stands in it. */
  reveals: boolean;
}

interface Marks {
  audience: readonly string[][];
  scopes: readonly string[][];
  purposes: readonly string[];
  isSecret: boolean;
  isRevealed: boolean;
}

const deepest = 64;
const mostForeign = 50;

/** undefined when nothing in reach of the schema is for some readers only. */
export function compileView(schema: Schema, document: JsonObject, options: ViewOptions): View | undefined {
  const walker = new Walker(document, options);
  const reach = walker.reachOf(schema);
  if (!reach.isMarked) return undefined;
  return {
    purposes: [...reach.purposes].toSorted(),
    reveals: reach.reveals,
    show: (value, viewer) => walker.show(value as JsonValue, [schema], viewer, 0),
    foreign(value, viewer) {
      const found: string[] = [];
      walker.foreign(value as JsonValue, [schema], { viewer, found, pointer: '' });
      return found;
    },
  };
}

/** True when something personal or secret may stand in a value of the schema: whoever keeps one must seal it. */
export function holdsSensitive(schema: Schema, document: JsonObject): boolean {
  if (!isObject(schema)) return false;
  const seen = new Set([schema]);
  for (const node of seen) {
    const extension = node['x-plinth'];
    if (isObject(extension) && (extension['sensitivity'] === 'pii' || extension['sensitivity'] === 'secret'))
      return true;
    for (const next of neighboursOf(node, document)) seen.add(next);
  }
  return false;
}

class Walker {
  readonly #document: JsonObject;
  readonly #options: ViewOptions;
  readonly #nodes = new WeakMap<object, readonly JsonObject[]>();
  readonly #marks = new WeakMap<object, Marks>();

  constructor(document: JsonObject, options: ViewOptions) {
    this.#document = document;
    this.#options = options;
  }

  show(value: JsonValue, schemas: readonly Schema[], viewer: Viewer, depth: number): JsonValue {
    if (typeof value !== 'object' || value === null || depth > deepest) return value;
    const nodes = schemas.flatMap((each) => this.#nodesOf(each));
    if (Array.isArray(value)) {
      const shown = value.flatMap((item, index) => {
        const inner = itemSchemas(nodes, index);
        return this.#isHidden(inner, viewer) ? [] : [this.show(item, inner, viewer, depth + 1)];
      });
      return shown.length === value.length && shown.every((item, index) => item === value[index]) ? value : shown;
    }
    const kept: JsonObject = {};
    let isSame = true;
    for (const [name, child] of Object.entries(value)) {
      const inner = propertySchemas(nodes, name);
      if (this.#isHidden(inner, viewer)) {
        isSame = false;
        continue;
      }
      const shown = this.show(child, inner, viewer, depth + 1);
      if (shown !== child) isSame = false;
      kept[name] = shown;
    }
    return isSame ? value : kept;
  }

  foreign(
    value: JsonValue,
    schemas: readonly Schema[],
    at: { viewer: Viewer; found: string[]; pointer: string },
    depth = 0,
  ): void {
    const { viewer, found, pointer } = at;
    if (typeof value !== 'object' || value === null || depth > deepest || found.length >= mostForeign) return;
    const nodes = schemas.flatMap((each) => this.#nodesOf(each));
    for (const [name, child] of Object.entries<JsonValue>(value as JsonObject)) {
      const inner = Array.isArray(value) ? itemSchemas(nodes, Number(name)) : propertySchemas(nodes, name);
      const place = `${pointer}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`;
      if (this.#marksOf(inner).some((marks) => !isFor(marks, viewer))) found.push(place);
      else this.foreign(child, inner, { viewer, found, pointer: place }, depth + 1);
    }
  }

  /** What of all this the schemas say that can be met from here. Each is looked at once. */
  reachOf(schema: Schema): { purposes: Set<string>; reveals: boolean; isMarked: boolean } {
    const purposes = new Set<string>();
    if (!isObject(schema)) return { purposes, reveals: false, isMarked: false };
    const seen = new Set([schema]);
    let [isMarked, reveals] = [false, false];
    // A set is walked in the order in which it grows.
    for (const node of seen) {
      const marks = this.#read(node);
      reveals ||= marks.isRevealed;
      isMarked ||=
        reveals || marks.isSecret || [marks.audience, marks.scopes, marks.purposes].some(({ length }) => length > 0);
      for (const each of marks.purposes) purposes.add(each);
      for (const next of neighboursOf(node, this.#document)) seen.add(next);
    }
    return { purposes, reveals, isMarked };
  }

  #isHidden(schemas: readonly Schema[], viewer: Viewer): boolean {
    return this.#marksOf(schemas).some(
      (marks) =>
        marks.isSecret || !isFor(marks, viewer) || marks.purposes.some((purpose) => !viewer.consents.has(purpose)),
    );
  }

  #marksOf(schemas: readonly Schema[]): Marks[] {
    return schemas.flatMap((each) => this.#nodesOf(each)).map((node) => this.#read(node));
  }

  #read(node: JsonObject): Marks {
    let marks = this.#marks.get(node);
    if (marks !== undefined) return marks;
    const extension = isObject(node['x-plinth']) ? node['x-plinth'] : {};
    const mayReveal = this.#options.reveals && extension['reveal'] === 'once';
    const isSecret =
      node['writeOnly'] === true || extension['sensitivity'] === 'secret' || extension['reveal'] === 'once';
    marks = {
      audience: some(textsOf(extension['audience'])),
      scopes: some(textsOf(extension['scopes'])),
      purposes: textsOf(extension['purpose']),
      isRevealed: mayReveal,
      isSecret: !mayReveal && isSecret,
    };
    this.#marks.set(node, marks);
    return marks;
  }

  /** The schema with everything that describes the same value: what it refers to, its parts and alternatives. */
  #nodesOf(schema: Schema): readonly JsonObject[] {
    if (!isObject(schema)) return [];
    const known = this.#nodes.get(schema);
    if (known !== undefined) return known;
    const nodes = new Set<JsonObject>();
    const queue: (JsonValue | undefined)[] = [schema];
    for (let next = queue.pop(); next !== undefined || queue.length > 0; next = queue.pop()) {
      if (!isObject(next) || nodes.has(next)) continue;
      nodes.add(next);
      if (typeof next['$ref'] === 'string') queue.push(follow(this.#document, next));
      for (const key of ['allOf', 'anyOf', 'oneOf']) if (Array.isArray(next[key])) queue.push(...next[key]);
      queue.push(next['if'], next['then'], next['else']);
      if (isObject(next['dependentSchemas'])) queue.push(...Object.values(next['dependentSchemas']));
    }
    const all = [...nodes];
    this.#nodes.set(schema, all);
    return all;
  }
}

/** By document: many operations reach the same schemas. Documents do not change once they are read. */
const neighbours = new WeakMap<JsonObject, WeakMap<JsonObject, readonly JsonObject[]>>();

/** Object schemas that stand in a schema, and the one it refers to. */
function neighboursOf(node: JsonObject, document: JsonObject): readonly JsonObject[] {
  let known = neighbours.get(document);
  if (known === undefined) neighbours.set(document, (known = new WeakMap()));
  let found = known.get(node);
  if (found === undefined) {
    const target = typeof node['$ref'] === 'string' ? follow(document, node) : undefined;
    found = [target, ...childSchemas(node).map(({ schema }) => schema)].filter(isObject);
    known.set(node, found);
  }
  return found;
}

function isFor({ audience, scopes }: Marks, viewer: Viewer): boolean {
  return (
    audience.every((list) => list.includes(viewer.audience)) &&
    (viewer.scopes.has('*') || scopes.every((list) => list.some((scope) => viewer.scopes.has(scope))))
  );
}

function textsOf(value: JsonValue | undefined): string[] {
  return Array.isArray(value) ? (value as string[]) : [];
}

/** Schemas of a property by name; those for any name where none names it. */
function propertySchemas(nodes: readonly JsonObject[], name: string): Schema[] {
  const named = nodes.flatMap(({ properties }) =>
    isObject(properties) && Object.hasOwn(properties, name) ? [properties[name] as Schema] : [],
  );
  if (named.length > 0) return named;
  return nodes.flatMap((node) => [
    ...(isObject(node['patternProperties']) ? (Object.values(node['patternProperties']) as Schema[]) : []),
    ...schemasAt(node, ['additionalProperties', 'unevaluatedProperties']),
  ]);
}

function itemSchemas(nodes: readonly JsonObject[], index: number): Schema[] {
  return nodes.flatMap((node) => {
    const first = Array.isArray(node['prefixItems']) ? (node['prefixItems'] as Schema[])[index] : undefined;
    return first === undefined ? schemasAt(node, ['items', 'unevaluatedItems', 'contains']) : [first];
  });
}

function schemasAt(node: JsonObject, keys: readonly string[]): Schema[] {
  return keys.flatMap((key) => (isObject(node[key]) ? [node[key]] : []));
}

function some(list: string[]): string[][] {
  return list.length === 0 ? [] : [list];
}

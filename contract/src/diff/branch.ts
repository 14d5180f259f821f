// One branch of a normal form: what a value must be like, type by type.

import type { JsonObject, Schema } from '../model/contract.ts';
import type { JsonValue } from '../model/contract.ts';

export const kinds = ['null', 'boolean', 'number', 'string', 'array', 'object'] as const;
export type Kind = (typeof kinds)[number];

/** What one schema says about the properties of an object. */
export interface ObjectShape {
  properties: ReadonlyMap<string, Schema>;
  patterns: readonly (readonly [string, Schema])[];
  /** For names that neither of the two knows; undefined = not said. */
  extra: Schema | undefined;
  /** Comes from `unevaluatedProperties`: other schemas may know more names. */
  soft: boolean;
}

export interface ArrayShape {
  prefix: readonly Schema[];
  items: Schema | undefined;
}

/** Names that schemas below an `unevaluatedProperties` have spoken about. */
export interface Scope {
  names: Set<string>;
  patterns: string[];
  /** Somebody has spoken about all names. */
  open: boolean;
  extra: Schema;
}

/** A `oneOf` or `anyOf` that has not been distributed yet. */
export interface Choice {
  kind: 'oneOf' | 'anyOf';
  branches: readonly Schema[];
  scopes: readonly Scope[];
}

export interface Branch {
  kinds: Set<Kind>;
  /** Only these; undefined = any. */
  values: JsonValue[] | undefined;
  number: { least: number; leastOpen: boolean; most: number; mostOpen: boolean; whole: boolean; steps: number[] };
  text: { least: number; most: number; patterns: Set<string>; formats: Set<string> };
  array: { least: number; most: number; unique: boolean; shapes: ArrayShape[] };
  object: {
    least: number;
    most: number;
    required: Set<string>;
    /** Properties that are never sent here. */
    never: Set<string>;
    shapes: ObjectShape[];
  };
  /** Keywords that are only compared as they are written; each a small schema. */
  conditions: JsonObject[];
  /** Which branch of which `oneOf` this is: a value of it is in none of the others. */
  picks: Map<readonly Schema[], number>;
  /** Other schemas may hold beside it and name properties of their own. */
  shared: boolean;
  seen: Set<JsonObject>;
  choices: Choice[];
  scopes: Scope[];
}

export function emptyBranch(): Branch {
  return {
    kinds: new Set(kinds),
    values: undefined,
    number: { least: -Infinity, leastOpen: false, most: Infinity, mostOpen: false, whole: false, steps: [] },
    text: { least: 0, most: Infinity, patterns: new Set(), formats: new Set() },
    array: { least: 0, most: Infinity, unique: false, shapes: [] },
    object: { least: 0, most: Infinity, required: new Set(), never: new Set(), shapes: [] },
    conditions: [],
    picks: new Map(),
    shared: false,
    seen: new Set(),
    choices: [],
    scopes: [],
  };
}

/** What a branch says about one property. */
export interface AtName {
  /** True when a schema names it, or a pattern fits it. */
  named: boolean;
  schemas: Schema[];
}

/** `as: 'smaller'` leaves out what other schemas might widen. */
export function atName(branch: Branch, name: string, as: 'smaller' | 'larger'): AtName {
  const result: AtName = { named: false, schemas: [] };
  for (const { properties, patterns, extra, soft } of branch.object.shapes) {
    let known = false;
    const own = properties.get(name);
    if (own !== undefined) {
      known = true;
      result.schemas.push(own);
    }
    for (const [pattern, schema] of patterns)
      if (fits(pattern, name)) {
        known = true;
        result.schemas.push(schema);
      }
    if (known) result.named = true;
    else if (extra !== undefined && !(soft && as === 'smaller' && branch.shared)) result.schemas.push(extra);
  }
  return result;
}

/** What a branch says about names that nobody knows: empty = nothing. */
export function atOthers(branch: Branch, as: 'smaller' | 'larger'): Schema[] {
  return branch.object.shapes.flatMap(({ extra, soft }) =>
    extra === undefined || (soft && as === 'smaller' && branch.shared) ? [] : [extra],
  );
}

export function namesOf(branch: Branch): Set<string> {
  return new Set(branch.object.shapes.flatMap(({ properties }) => [...properties.keys()]));
}

export function atIndex(branch: Branch, index: number): Schema[] {
  return branch.array.shapes.flatMap(({ prefix, items }) => {
    const schema = index < prefix.length ? prefix[index] : items;
    return schema === undefined ? [] : [schema];
  });
}

/** A pattern that is none fits nothing; the validator takes it as fitting everything, so it is no ground for a proof. */
function fits(pattern: string, name: string): boolean {
  try {
    return new RegExp(pattern, 'u').test(name);
  } catch {
    return false;
  }
}

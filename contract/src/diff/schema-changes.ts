// What differs between two flat schemas: changes of the node itself, and pairs of parts that stand in the same place.

import { isObject } from '../load/pointer.ts';
import type { JsonObject, JsonValue, Schema } from '../model/contract.ts';
import { alignBranches } from './branches.ts';
import type { Equality } from './equal.ts';
import type { Flat, Flattener } from './flat.ts';
import { sameJson } from './json.ts';
import { nameOf } from './reference.ts';

/** `subject` and `change` as in the rule table. */
export interface SchemaChange {
  subject: string;
  change: string;
  before?: JsonValue | undefined;
  after?: JsonValue | undefined;
  /** The property it is about, when the subject is `property`. */
  name?: string;
  /** Whether it was required, and whether the revised object takes nothing that it does not name. */
  required?: boolean;
  closed?: boolean;
  /** The branch that came or went. */
  branch?: Schema;
  /** Nodes for positions. */
  old: object | undefined;
  fresh: object | undefined;
}

/** A place below: `/name`, `/[]` for items, `/{}` for properties that are not named, '' for a branch. */
export interface PartPair {
  step: string;
  old: Schema;
  fresh: Schema;
  /** What the form is called, for a branch of a choice. */
  form?: string | undefined;
}

export interface Comparison {
  changes: SchemaChange[];
  parts: PartPair[];
}

export interface Sides {
  old: Flattener;
  fresh: Flattener;
  equality: Equality;
}

export function compareSchemas(old: Schema, fresh: Schema, sides: Sides): Comparison {
  const [a, b] = [sides.old.flat(old), sides.fresh.flat(fresh)];
  const result: Comparison = { changes: [], parts: [] };
  const changed = (keyword: string): Told => {
    const nodes = { old: a.nodeOf(keyword), fresh: b.nodeOf(keyword) };
    return (subject, change, before, after) =>
      result.changes.push({ subject, change, before: before ?? undefined, after: after ?? undefined, ...nodes });
  };
  if (!compareTypes(a, b, changed)) return result;
  if (compareChoices(old, fresh, sides, result)) return result;
  compareValues(a, b, changed);
  compareBounds(a, b, changed);
  compareNotes(a, b, changed);
  compareConditions(a, b, sides, changed);
  compareProperties(a, b, sides, result);
  compareRest(a, b, changed, result);
  return result;
}

type Told = (subject: string, change: string, before?: JsonValue, after?: JsonValue) => void;
type Changed = (keyword: string) => Told;

const any = ['any'];

/** False when the types have nothing in common: the rest would only repeat that. */
function compareTypes(a: Flat, b: Flat, changed: Changed): boolean {
  const [before, after] = [a.types, b.types];
  const [kept, held] = [covers(after, before), covers(before, after)];
  // A choice beside no type says the types in its branches.
  if (!saysKinds(a) || !saysKinds(b)) return true;
  if (a.nullable !== b.nullable && before !== undefined && after !== undefined)
    changed('type')('null', b.nullable ? 'added' : 'removed');
  if (kept && held) return true;
  const change = kept ? 'widened' : held ? 'narrowed' : 'changed';
  changed('type')('type', change, before ?? any, after ?? any);
  return change !== 'changed' || (before ?? []).some((type) => covers(after, [type]));
}

function saysKinds(flat: Flat): boolean {
  return flat.types !== undefined || flat.choice === undefined;
}

/** True when every type of `some` is one of `types`; undefined is any type. */
function covers(types: readonly string[] | undefined, some: readonly string[] | undefined): boolean {
  if (types === undefined) return true;
  if (some === undefined) return false;
  return some.every((type) => types.includes(type) || (type === 'integer' && types.includes('number')));
}

function compareValues(a: Flat, b: Flat, changed: Changed): void {
  const [before, after] = [a.keywords.get('enum'), b.keywords.get('enum')];
  const tell = changed('enum');
  if (Array.isArray(before) && Array.isArray(after)) {
    const gone = before.filter((value) => !after.some((one) => sameJson(one, value)));
    const come = after.filter((value) => !before.some((one) => sameJson(one, value)));
    if (gone.length > 0) tell('enum', 'value-removed', gone);
    const announced = policyOf(a)['extensible'] === true;
    if (come.length > 0) tell('enum', announced ? 'value-added-as-announced' : 'value-added', undefined, come);
  } else if (after !== undefined) tell('enum', 'added', undefined, after);
  else if (before !== undefined) tell('enum', 'removed', before);
  for (const keyword of ['format', 'pattern', 'contentMediaType', 'contentEncoding', 'multipleOf'])
    compareWord(a, b, keyword, changed);
  const [unique, uniqueNow] = [a.keywords.get('uniqueItems') === true, b.keywords.get('uniqueItems') === true];
  if (unique !== uniqueNow) changed('uniqueItems')('unique-items', uniqueNow ? 'added' : 'removed');
}

function compareWord(a: Flat, b: Flat, keyword: string, changed: Changed): void {
  const [before, after] = [wordOf(a, keyword), wordOf(b, keyword)];
  if (sameJson(before, after)) return;
  const change = before === undefined ? 'added' : after === undefined ? 'removed' : 'changed';
  changed(keyword)(kebab(keyword), change, before, after);
}

/** A pattern that fits everything is none. */
function wordOf(flat: Flat, keyword: string): JsonValue | undefined {
  const value = flat.keywords.get(keyword);
  return keyword === 'pattern' && typeof value === 'string' && /^\^?(\.\*)?\$?$/.test(value) ? undefined : value;
}

const upper = ['maximum', 'maxLength', 'maxItems', 'maxProperties', 'maxContains'];
const lower = ['minimum', 'minLength', 'minItems', 'minProperties', 'minContains'];

function compareBounds(a: Flat, b: Flat, changed: Changed): void {
  for (const [keywords, sign] of [
    [upper, 1],
    [lower, -1],
  ] as const)
    for (const keyword of keywords) {
      const [before, after] = [boundOf(a, keyword), boundOf(b, keyword)];
      if (sameJson(before, after)) continue;
      const tell = (change: string): void => changed(keyword)(kebab(keyword), change, worded(before), worded(after));
      if (before === undefined) tell('added');
      else if (after === undefined) tell('removed');
      else {
        const difference = before.value - after.value;
        const rose = difference < 0 || (difference === 0 && (before.exclusive ? sign > 0 : sign < 0));
        tell(rose ? 'raised' : 'lowered');
      }
    }
}

type Bound = { value: number; exclusive: boolean };

/** The bound that counts of `maximum` and `exclusiveMaximum`; a minimum of 0 for what is counted is none. */
function boundOf(flat: Flat, keyword: string): Bound | undefined {
  const plain = flat.keywords.get(keyword);
  const other = flat.keywords.get(`exclusive${keyword.charAt(0).toUpperCase()}${keyword.slice(1)}`);
  const bounds: Bound[] = [];
  if (typeof plain === 'number' && !(plain === 0 && /^min[A-Z]/.test(keyword)))
    bounds.push({ value: plain, exclusive: false });
  if (typeof other === 'number') bounds.push({ value: other, exclusive: true });
  const isUpper = keyword.startsWith('max');
  return bounds.toSorted((x, y) => {
    const difference = isUpper ? x.value - y.value : y.value - x.value;
    return difference === 0 ? Number(y.exclusive) - Number(x.exclusive) : difference;
  })[0];
}

function worded(bound: Bound | undefined): JsonValue | undefined {
  return bound?.exclusive ? `${bound.value} (exclusive)` : bound?.value;
}

/** Words about the life of what stands here; what they mean is judged with the day at hand. */
const lifeWords = ['deprecated', 'x-sunset', 'x-plinth'];
/** In rising order. */
const sensitivities: JsonValue[] = ['none', 'pii', 'secret'];

function compareNotes(a: Flat, b: Flat, changed: Changed): void {
  compareWord(a, b, 'default', changed);
  const [life, lifeNow] = [a, b].map((flat) =>
    Object.fromEntries(lifeWords.map((key) => [key, flat.keywords.get(key) ?? null])),
  );
  if (!sameJson(life, lifeNow)) changed('deprecated')('life', 'changed', life, lifeNow);
  const [before, after] = [discriminatorOf(a), discriminatorOf(b)];
  if (!sameJson(before, after)) {
    const change = before === undefined ? 'added' : after === undefined ? 'removed' : 'changed';
    changed('discriminator')('discriminator', change, before, after);
  }
  const [policy, policyNow] = [policyOf(a), policyOf(b)];
  const tell = changed('x-plinth');
  if ((policy['extensible'] === true) !== (policyNow['extensible'] === true))
    tell('extensible', policyNow['extensible'] === true ? 'added' : 'removed');
  const [secret, secretNow] = [policy, policyNow].map((words) => words['sensitivity'] ?? 'none') as [
    JsonValue,
    JsonValue,
  ];
  const [rank, rankNow] = [sensitivities.indexOf(secret), sensitivities.indexOf(secretNow)];
  if (rank !== rankNow) tell('sensitivity', rankNow < rank ? 'lowered' : 'raised', secret, secretNow);
}

/** The property and its mapping, by the names of components: a mapping may be written as a name or as a reference. */
function discriminatorOf(flat: Flat): JsonValue | undefined {
  const discriminator = flat.keywords.get('discriminator');
  if (!isObject(discriminator)) return undefined;
  const mapping = isObject(discriminator['mapping']) ? discriminator['mapping'] : {};
  return { property: discriminator['propertyName'] ?? null, values: Object.keys(mapping).toSorted() };
}

export function policyOf(flat: Flat): JsonObject {
  const policy = flat.keywords.get('x-plinth');
  return isObject(policy) ? policy : {};
}

const conditions = [
  'not',
  'if',
  'then',
  'else',
  'contains',
  'dependentRequired',
  'dependentSchemas',
  'propertyNames',
  'unevaluatedItems',
  'unevaluatedProperties',
  'contentSchema',
  'allOf',
];

function compareConditions(a: Flat, b: Flat, sides: Sides, changed: Changed): void {
  for (const keyword of conditions) {
    const [before, after] = [a.keywords.get(keyword), b.keywords.get(keyword)];
    if (before === undefined && after === undefined) continue;
    const wrap = (value: JsonValue | undefined): Schema => (value === undefined ? true : { [keyword]: value });
    if (sides.equality.equal(wrap(before), wrap(after))) continue;
    const change = before === undefined ? 'added' : after === undefined ? 'removed' : 'changed';
    changed(keyword)(kebab(keyword), change);
  }
}

function compareProperties(a: Flat, b: Flat, sides: Sides, result: Comparison): void {
  const closed = b.keywords.get('additionalProperties') === false || b.keywords.get('unevaluatedProperties') === false;
  const tell = (name: string, change: string): void => {
    const [old, fresh] = [a.properties.get(name), b.properties.get(name)];
    result.changes.push({
      subject: 'property',
      change,
      name,
      required: a.required.has(name),
      closed,
      before: a.properties.has(name) || a.required.has(name) ? name : undefined,
      after: b.properties.has(name) || b.required.has(name) ? name : undefined,
      old: (isObject(old) ? old : undefined) ?? a.nodeOf('required'),
      fresh: (isObject(fresh) ? fresh : undefined) ?? b.nodeOf(fresh === undefined ? 'properties' : 'required'),
    });
  };
  for (const [name, old] of a.properties) {
    const fresh = b.properties.get(name);
    if (fresh !== undefined) {
      if (sides.equality.equal(old, fresh)) continue;
      result.parts.push({ step: `/${escaped(name)}`, old, fresh });
      for (const change of markChanges(sides.old.flat(old), sides.fresh.flat(fresh), b.required.has(name)))
        tell(name, change);
    } else tell(name, 'removed');
  }
  for (const name of b.properties.keys())
    if (!a.properties.has(name)) tell(name, b.required.has(name) ? 'added-required' : 'added');
  for (const name of new Set([...a.required, ...b.required])) {
    // What came or went as a whole has been told; a required name without a schema has not.
    if (a.properties.has(name) !== b.properties.has(name)) continue;
    if (a.required.has(name) !== b.required.has(name))
      tell(name, b.required.has(name) ? 'made-required' : 'made-optional');
  }
}

function markChanges(a: Flat, b: Flat, required: boolean): string[] {
  const moved = (mark: string): boolean | undefined => {
    const [before, after] = [a.keywords.get(mark) === true, b.keywords.get(mark) === true];
    return before === after ? undefined : after;
  };
  const [readOnly, writeOnly] = [moved('readOnly'), moved('writeOnly')];
  return [
    ...(readOnly === undefined ? [] : [readOnly ? 'read-only' : `not-read-only${required ? '-required' : ''}`]),
    ...(writeOnly === undefined
      ? []
      : [`${writeOnly ? 'write-only' : 'not-write-only'}${required ? '-required' : ''}`]),
  ];
}

function compareRest(a: Flat, b: Flat, changed: Changed, result: Comparison): void {
  const pair = (keyword: string, step: string): void => {
    const [old, fresh] = [a.keywords.get(keyword), b.keywords.get(keyword)];
    if (old !== undefined || fresh !== undefined)
      result.parts.push({ step, old: (old ?? true) as Schema, fresh: (fresh ?? true) as Schema });
  };
  pair('items', '/[]');
  compareExtra(a, b, changed, result);
  const [before, after] = [listOf(a, 'prefixItems'), listOf(b, 'prefixItems')];
  before.slice(0, after.length).forEach((old, at) => {
    result.parts.push({ step: `/${at}`, old: old as Schema, fresh: after[at] as Schema });
  });
  if (before.length !== after.length) {
    // Places of a list that ends with them are more room, others are one more demand.
    const ends = a.keywords.get('items') === false && b.keywords.get('items') === false;
    const [more, less] = ends ? (['lengthened', 'shortened'] as const) : (['added', 'removed'] as const);
    changed('prefixItems')('prefix-items', before.length < after.length ? more : less);
  }
  const [old, fresh] = [mapOf(a, 'patternProperties'), mapOf(b, 'patternProperties')];
  for (const pattern of new Set([...Object.keys(old), ...Object.keys(fresh)])) {
    if (Object.hasOwn(old, pattern) && Object.hasOwn(fresh, pattern))
      result.parts.push({ step: '/{}', old: old[pattern] as Schema, fresh: fresh[pattern] as Schema });
    else {
      const added = Object.hasOwn(fresh, pattern);
      changed('patternProperties')('pattern-properties', added ? 'added' : 'removed', pattern, pattern);
    }
  }
}

function compareExtra(a: Flat, b: Flat, changed: Changed, result: Comparison): void {
  const [old, fresh] = [a, b].map((flat) => flat.keywords.get('additionalProperties') ?? true) as [Schema, Schema];
  const [was, is] = [kindOfExtra(old), kindOfExtra(fresh)];
  const tell = (change: string): void => changed('additionalProperties')('additional-properties', change);
  if (was === 'some' && is === 'some') result.parts.push({ step: '/{}', old, fresh });
  else if (was !== is) {
    if (is === 'none') tell('closed');
    else if (was === 'none') tell('opened');
    else tell(is === 'some' ? 'narrowed' : 'widened');
  }
}

function kindOfExtra(schema: Schema): 'none' | 'some' | 'any' {
  if (schema === false) return 'none';
  return schema === true || Object.keys(schema).length === 0 ? 'any' : 'some';
}

/** True when only one side is a choice, so that its branches say what the other says itself. */
function compareChoices(old: Schema, fresh: Schema, sides: Sides, result: Comparison): boolean {
  const [a, b] = [sides.old.flat(old), sides.fresh.flat(fresh)];
  const choice = b.choice ?? a.choice;
  if (choice === undefined) return false;
  const subject = choice.kind === 'oneOf' ? 'one-of' : 'any-of';
  const nodes = { old: a.nodeOf(choice.kind), fresh: b.nodeOf(choice.kind) };
  // Beside properties of its own a choice is one more condition on the same object.
  const single = a.choice === undefined || b.choice === undefined;
  if (single && isMore(a.choice === undefined ? b : a)) {
    result.changes.push({ subject, change: a.choice === undefined ? 'added' : 'removed', ...nodes });
    return false;
  }
  const aligned = alignBranches(a.choice?.branches ?? [old], b.choice?.branches ?? [fresh], sides);
  for (const pair of aligned.pairs) result.parts.push({ step: '', ...pair, form: nameOf(pair.fresh) });
  for (const { words: before, branch } of aligned.removed)
    result.changes.push({ subject, change: 'branch-removed', before, branch, ...nodes });
  for (const { words: after, branch } of aligned.added)
    result.changes.push({ subject, change: 'branch-added', after, branch, ...nodes });
  return single;
}

function isMore(flat: Flat): boolean {
  return flat.properties.size > 0 || flat.keywords.has('items');
}

function listOf(flat: Flat, keyword: string): JsonValue[] {
  const value = flat.keywords.get(keyword);
  return Array.isArray(value) ? value : [];
}

function mapOf(flat: Flat, keyword: string): JsonObject {
  const value = flat.keywords.get(keyword);
  return isObject(value) ? value : {};
}

function kebab(keyword: string): string {
  return keyword.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

function escaped(name: string): string {
  return name.replaceAll('~', '~0').replaceAll('/', '~1');
}

// Two schemas from their top to their leaves, side by side. Each pair of nodes is met once, on its shortest path, so
// schemas that refer to themselves end.

import type { Schema } from '../model/contract.ts';
import { compareSchemas, type Comparison, type PartPair, type SchemaChange, type Sides } from './schema-changes.ts';

export interface Located {
  change: SchemaChange;
  /** `/lines/[]/sku`; '' at the top. */
  path: string;
  /** The innermost form of a choice that it is in. */
  form?: string | undefined;
  /** All forms that it is in, from the outermost on. */
  forms: readonly Form[];
  /** The pair of nodes that the change is about. */
  old: Schema;
  fresh: Schema;
}

/** A form of a choice, at its path. */
export interface Form {
  path: string;
  old: Schema;
  fresh: Schema;
}

/** Pairs of one walk. Contracts of the field stay far below; what is beyond is judged by the proof of the whole. */
const mostPairs = 20_000;

const known = new WeakMap<Sides, WeakMap<object, WeakMap<object, Comparison>>>();

/** What changed below a pair. Properties with `mark` on both sides, which nobody sends here, are left out. */
export function walkPair(old: Schema, fresh: Schema, sides: Sides, mark: 'readOnly' | 'writeOnly'): Located[] {
  const found: Located[] = [];
  const seen = new Map<Schema, Set<Schema>>();
  const queue: (PartPair & { forms: readonly Form[] })[] = [{ step: '', old, fresh, forms: [] }];
  for (let next = 0; next < queue.length && next < mostPairs; next++) {
    const { step: path, old: a, fresh: b, form, forms } = queue[next] as (typeof queue)[number];
    const met = seen.get(a) ?? new Set();
    if (met.has(b)) continue;
    seen.set(a, met.add(b));
    if (sides.equality.equal(a, b)) continue;
    const comparison = compared(a, b, sides);
    for (const change of comparison.changes)
      if (!isMarkedProperty(change, { a, b }, sides, mark)) found.push({ change, path, form, forms, old: a, fresh: b });
    for (const part of comparison.parts)
      if (!isMarked(part.old, 'old', sides, mark) || !isMarked(part.fresh, 'fresh', sides, mark))
        queue.push({
          ...part,
          step: path + part.step,
          form: part.form ?? form,
          forms: part.step === '' ? [...forms, { path, old: part.old, fresh: part.fresh }] : forms,
        });
  }
  return found;
}

/** Comparing costs more than walking; a pair of a component is met from many operations. */
function compared(a: Schema, b: Schema, sides: Sides): Comparison {
  if (typeof a === 'boolean' || typeof b === 'boolean') return compareSchemas(a, b, sides);
  let ofSides = known.get(sides);
  if (ofSides === undefined) known.set(sides, (ofSides = new WeakMap()));
  let ofLeft = ofSides.get(a);
  if (ofLeft === undefined) ofSides.set(a, (ofLeft = new WeakMap()));
  let comparison = ofLeft.get(b);
  if (comparison === undefined) ofLeft.set(b, (comparison = compareSchemas(a, b, sides)));
  return comparison;
}

function isMarked(schema: Schema | undefined, side: 'old' | 'fresh', sides: Sides, mark: string): boolean {
  return schema !== undefined && sides[side].flat(schema).keywords.get(mark) === true;
}

/** A property that came, went or became required, and that this side never sends. */
function isMarkedProperty(change: SchemaChange, at: { a: Schema; b: Schema }, sides: Sides, mark: string): boolean {
  if (change.name === undefined || /only/.test(change.change)) return false;
  const [old, fresh] = [
    sides.old.flat(at.a).properties.get(change.name),
    sides.fresh.flat(at.b).properties.get(change.name),
  ];
  return (
    (old === undefined || isMarked(old, 'old', sides, mark)) &&
    (fresh === undefined || isMarked(fresh, 'fresh', sides, mark)) &&
    (old !== undefined || fresh !== undefined)
  );
}

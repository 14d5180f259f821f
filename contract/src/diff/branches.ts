// Which branch of a choice became which: by name, by equality, by title, by the only one of its kind.

import { isObject } from '../load/pointer.ts';
import type { JsonValue, Schema } from '../model/contract.ts';
import type { Flattener } from './flat.ts';
import { nameOf } from './reference.ts';
import type { Sides } from './schema-changes.ts';

export interface Alignment {
  pairs: { old: Schema; fresh: Schema }[];
  /** Branches that stand alone. */
  removed: Lone[];
  added: Lone[];
}

interface Lone {
  branch: Schema;
  words: JsonValue;
}

export function alignBranches(old: readonly Schema[], fresh: readonly Schema[], sides: Sides): Alignment {
  const left = new Set(old.keys());
  const right = new Set(fresh.keys());
  const pairs: Alignment['pairs'] = [];
  const match = (fits: (a: Schema, b: Schema) => boolean, onlyOne = false): void => {
    for (const at of left) {
      const a = old[at] as Schema;
      const found = [...right].filter((index) => fits(a, fresh[index] as Schema));
      const [first] = found;
      if (first === undefined || (onlyOne && (found.length > 1 || rivals(a, fresh[first] as Schema, fits) > 1)))
        continue;
      left.delete(at);
      right.delete(first);
      pairs.push({ old: a, fresh: fresh[first] as Schema });
    }
  };
  const rivals = (_: Schema, b: Schema, fits: (a: Schema, b: Schema) => boolean): number =>
    [...left].filter((at) => fits(old[at] as Schema, b)).length;
  match((a, b) => nameOf(a) !== undefined && nameOf(a) === nameOf(b));
  match((a, b) => sides.equality.equal(a, b));
  match((a, b) => titleOf(a) !== undefined && titleOf(a) === titleOf(b));
  match((a, b) => likeness(a, b, sides) >= 0.5, true);
  const kind = (schema: Schema, side: 'old' | 'fresh'): string => (sides[side].flat(schema).types ?? []).join();
  match((a, b) => kind(a, 'old') === kind(b, 'fresh'), true);
  return {
    pairs,
    removed: [...left].map((at) => lone(old[at] as Schema, sides.old)),
    added: [...right].map((at) => lone(fresh[at] as Schema, sides.fresh)),
  };
}

function titleOf(schema: Schema): JsonValue | undefined {
  return isObject(schema) ? schema['title'] : undefined;
}

/** Share of property names in common; 0 for what has none. */
function likeness(a: Schema, b: Schema, sides: Sides): number {
  const [some, others] = [sides.old.flat(a).properties, sides.fresh.flat(b).properties];
  const all = new Set([...some.keys(), ...others.keys()]);
  return all.size === 0 ? 0 : [...all].filter((name) => some.has(name) && others.has(name)).length / all.size;
}

function lone(branch: Schema, side: Flattener): Lone {
  const title = titleOf(branch);
  const kinds = (side.flat(branch).types ?? ['any']).join(' or ');
  return { branch, words: nameOf(branch) ?? (typeof title === 'string' ? title : kinds) };
}

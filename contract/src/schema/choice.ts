// `oneOf` and `anyOf`: which branch a value means, and which of the failed ones is told.

import { isObject } from '../load/pointer.ts';
import type { JsonObject, JsonValue } from '../model/contract.ts';
import type { Fault } from './faults.ts';
import { conjunctsOf, kind, type Node, type Pick } from './ir.ts';

/** What every instance of a node has, as far as it is plain to see. */
interface Plain {
  isObject: boolean;
  required: Set<string>;
  /** Property → the texts it may have. */
  pinned: Map<string, readonly string[]>;
}

/** The property whose constants tell the branches apart; undefined when none does in every branch. */
export function pickOf(branches: readonly Node[]): Pick | undefined {
  if (branches.length < 2) return undefined;
  const facts = branches.map(plainOf);
  if (!facts.every((fact) => fact.isObject)) return undefined;
  for (const property of facts[0]?.pinned.keys() ?? []) {
    const branchByValue = new Map<string, number>();
    const tells = facts.every(({ pinned, required }, index) =>
      (required.has(property) ? pinned.get(property) : undefined)?.every((text) => {
        const isNew = !branchByValue.has(text);
        branchByValue.set(text, index);
        return isNew;
      }),
    );
    if (tells) return { property, branchByValue };
  }
  return undefined;
}

function plainOf(branch: Node): Plain {
  const plain: Plain = { isObject: false, required: new Set(), pinned: new Map() };
  for (const { types, members } of conjunctsOf(branch)) {
    plain.isObject ||= types === kind.object;
    for (const name of members?.required ?? []) plain.required.add(name);
    for (const [name, property] of members?.properties ?? []) {
      const texts = textsOf(property);
      if (texts) plain.pinned.set(name, texts);
    }
  }
  return plain;
}

/** The texts of a `const` or `enum` of texts alone. */
function textsOf(property: Node): readonly string[] | undefined {
  for (const { values: checks } of conjunctsOf(property))
    for (const { keyword, expected } of checks) {
      const values = keyword === 'const' ? [expected] : (expected as JsonValue[]);
      if (values.every((value) => typeof value === 'string')) return [...new Set(values)];
    }
  return undefined;
}

/** Index of the failed branch to tell: deepest reached, else fewest faults; one that is another kind of thing last. */
export function nearestBranch(failed: readonly (readonly Fault[])[], depth: number): number {
  let nearest = 0;
  let best: Distance | undefined;
  for (const [index, faults] of failed.entries()) {
    const distance = distanceOf(faults, depth);
    if (best && !isNearer(distance, best)) continue;
    best = distance;
    nearest = index;
  }
  return nearest;
}

interface Distance {
  others: number;
  reach: number;
  count: number;
}

function distanceOf(faults: readonly Fault[], depth: number): Distance {
  const distance = { others: 0, reach: 0, count: faults.length };
  for (const fault of faults) {
    if (saysOtherKind(fault, depth)) distance.others += 1;
    if (fault.depth > distance.reach) distance.reach = fault.depth;
  }
  return distance;
}

function isNearer(one: Distance, other: Distance): boolean {
  if (one.others !== other.others) return one.others < other.others;
  return one.reach === other.reach ? one.count < other.count : one.reach > other.reach;
}

/** A wrong constant just below, or a wrong type here: this is another kind of thing. */
function saysOtherKind({ wording: { rule }, depth: reached }: Fault, depth: number): boolean {
  const level = reached - depth;
  return (level <= 1 && (rule === 'const' || rule === 'enum')) || (level === 0 && rule === 'type');
}

/** The branch that the value names by the discriminator; -1 where it names none. */
export function namedBranch(owner: JsonObject, branches: readonly Node[], value: unknown): number {
  const { discriminator } = owner;
  if (!isObject(discriminator) || !isObject(value)) return -1;
  const name = discriminator['propertyName'];
  const chosen = typeof name === 'string' ? value[name] : undefined;
  if (typeof chosen !== 'string') return -1;
  const mapping = isObject(discriminator['mapping']) ? discriminator['mapping'] : {};
  const mapped = Object.hasOwn(mapping, chosen) ? mapping[chosen] : chosen;
  const target = typeof mapped === 'string' ? mapped.slice(mapped.lastIndexOf('/') + 1) : chosen;
  return branches.findIndex(({ at }) => at.endsWith(`/${target}`));
}

/** When every branch only wants another type: the bits of all of them. */
export function onlyTypes(failed: readonly (readonly Fault[])[], depth: number): number {
  let types = 0;
  for (const [fault, ...more] of failed) {
    if (!fault || more.length > 0 || fault.wording.types === 0 || fault.depth !== depth) return 0;
    types |= fault.wording.types;
  }
  return types;
}

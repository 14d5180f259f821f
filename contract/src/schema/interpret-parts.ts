// The interpreter's walk into a value: items, members, and what is left over of them.

import type { Faults } from './faults.ts';
import type { ListRules, MemberRules, Node } from './ir.ts';
import type { Seen } from './seen.ts';

/** One schema on its way over one value. */
export interface Walk {
  node: Node;
  seen: Seen | undefined;
  faults: Faults | undefined;
  judge: (node: Node, value: unknown, seen: Seen | undefined, faults: Faults | undefined) => boolean;
}

/** An own member's value; undefined counts as absent, as it does in JSON text. */
export function memberOf(value: object, name: string): unknown {
  return Object.hasOwn(value, name) ? (value as Record<string, unknown>)[name] : undefined;
}

/** Judges a part of the value; what is evaluated in it does not count here. */
function judgePart({ faults, judge }: Walk, node: Node, part: unknown, at: string | number): boolean {
  if (!faults) return judge(node, part, undefined, undefined);
  faults.enter(at);
  const valid = judge(node, part, undefined, faults);
  faults.leave();
  return valid;
}

export function judgeItems(walk: Walk, rules: ListRules, items: readonly unknown[]): boolean {
  const { seen, faults } = walk;
  const { prefix, items: rest, contains } = rules;
  let valid = true;
  const judged = rest ? items.length : Math.min(prefix.length, items.length);
  for (let index = 0; index < judged; index++) {
    const inner = prefix[index] ?? rest;
    if (inner && !judgePart(walk, inner, items[index], index)) valid = false;
    if (!valid && (!faults || faults.isFull)) return false;
  }
  seen?.addItems(judged, rest !== undefined);
  return contains ? judgeContains(walk, contains, items) && valid : valid;
}

function judgeContains(
  { node, seen, faults, judge }: Walk,
  { node: wanted, least, most }: NonNullable<ListRules['contains']>,
  items: readonly unknown[],
): boolean {
  let count = 0;
  for (let index = 0; index < items.length; index++) {
    if (!judge(wanted, items[index], undefined, undefined)) continue;
    count += 1;
    seen?.addItem(index);
  }
  if (count >= least && count <= most) return true;
  const isFew = count < least;
  const keyword = isFew ? (least === 1 ? 'contains' : 'minContains') : 'maxContains';
  faults?.add({ rule: keyword, keyword, node, expected: isFew ? least : most });
  return false;
}

export function judgeMembers(walk: Walk, rules: MemberRules, value: object): boolean {
  const { faults } = walk;
  let valid = judgePresence(walk, rules, value);
  const { properties, patterns, additional, names } = rules;
  if (properties.size + patterns.length === 0 && !additional && !names) return valid;
  for (const name in value) {
    if (!valid && (!faults || faults.isFull)) return false;
    if (names) valid = judgeName(walk, names, name) && valid;
    valid = judgeMember(walk, rules, name, (value as Record<string, unknown>)[name]) && valid;
  }
  return valid;
}

function judgeName({ node, faults, judge }: Walk, names: Node, name: string): boolean {
  if (judge(names, name, undefined, undefined)) return true;
  faults?.add({ rule: 'propertyNames', keyword: 'propertyNames', node, value: name }, name);
  return false;
}

/** Judges a member by the property and the patterns that name it, else by what is said of all others. */
function judgeMember(walk: Walk, rules: MemberRules, name: string, part: unknown): boolean {
  const property = rules.properties.get(name);
  if (property && rules.patterns.length === 0) {
    walk.seen?.addName(name);
    return part === undefined || judgePart(walk, property, part, name);
  }
  let valid = !property || part === undefined || judgePart(walk, property, part, name);
  let isNamed = property !== undefined;
  for (const { matcher, node } of rules.patterns) {
    if (!matcher.fits(name)) continue;
    isNamed = true;
    valid = judgePart(walk, node, part, name) && valid;
  }
  if (!isNamed && rules.additional) {
    isNamed = true;
    valid = judgeRest(walk, rules.additional, name, part);
  }
  if (isNamed) walk.seen?.addName(name);
  return valid;
}

/** A member that nothing names; the node whose names are allowed goes with the fault. */
function judgeRest(walk: Walk, rest: Node, name: string, part: unknown): boolean {
  if (rest.refusal === undefined) return judgePart(walk, rest, part, name);
  const { node, faults } = walk;
  faults?.add({ rule: rest.refusal, node, keyword: rest.at.slice(node.at.length + 1) }, name);
  return false;
}

function judgePresence({ node, faults }: Walk, rules: MemberRules, value: object): boolean {
  let valid = true;
  for (const name of rules.required) {
    if (memberOf(value, name) !== undefined) continue;
    if (!faults) return false;
    faults.add({ rule: 'required', keyword: 'required', node }, name);
    valid = false;
  }
  for (const [name, needed] of rules.dependentRequired) {
    if (memberOf(value, name) === undefined) continue;
    const missing = needed.find((other) => memberOf(value, other) === undefined);
    if (missing === undefined) continue;
    faults?.add({ rule: 'dependentRequired', keyword: 'dependentRequired', node, expected: missing });
    valid = false;
  }
  return valid;
}

/** What nothing evaluated is judged by `rest`; then all is evaluated. */
export function judgeLeftOver(walk: Walk, rest: Node, value: object): boolean {
  const { seen, faults } = walk;
  let valid = true;
  if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) {
      if (seen?.hasItem(index) || judgePart(walk, rest, item, index)) continue;
      if (!faults) return false;
      valid = false;
    }
    seen?.addItems(value.length, true);
    return valid;
  }
  for (const name in value) {
    if (seen?.hasName(name)) continue;
    seen?.addName(name);
    valid = judgeRest(walk, rest, name, (value as Record<string, unknown>)[name]) && valid;
    if (!valid && !faults) return false;
  }
  return valid;
}

// Walks the intermediate form over a value: the verdict, and with `faults` everything that is wrong. It needs no code
// generation and no time to prepare; emitted code must say the same.

import { nearestBranch, onlyTypes } from './choice.ts';
import { Faults } from './faults.ts';
import { type Applicator, type Check, everyKind, inPlaceOf, kind, type Node } from './ir.ts';
import { Seen } from './seen.ts';

/** Whether the value is valid. Depth is bounded by the stack: bodies are at most 64 deep. */
export function isValid(node: Node, value: unknown): boolean {
  return judge(node, value, undefined, undefined);
}

/** What is wrong, at most `max`; empty where nothing is. */
export function faultsOf(node: Node, value: unknown, max: number): Faults {
  const faults = new Faults(max);
  judge(node, value, undefined, faults);
  return faults;
}

/** The bit of a value's kind; 0 for what JSON does not have. */
export function kindOf(value: unknown): number {
  switch (typeof value) {
    case 'string':
      return kind.string;
    case 'number':
      return kind.number;
    case 'boolean':
      return kind.boolean;
    case 'object':
      return value === null ? kind.null : Array.isArray(value) ? kind.array : kind.object;
    default:
      return 0;
  }
}

/**
 * `seen` gathers what was evaluated, for `unevaluated…` further out. With `faults` the walk goes on after a fault, and
 * members that a failing schema names count as seen: their faults are told, not their presence.
 */
function judge(node: Node, value: unknown, seen: Seen | undefined, faults: Faults | undefined): boolean {
  if (node.refusal !== undefined) {
    faults?.add({ rule: node.refusal, node, value });
    return false;
  }
  const bit = kindOf(value);
  const fitsType =
    node.types === everyKind || (node.types & bit) !== 0 || (bit === kind.number && isWhole(node, value));
  if (!fitsType) {
    faults?.add({ rule: 'type', node, value });
    return false;
  }
  if (faults?.isFull) return false;
  let valid = meets(node, node.values, value, faults);
  if (!valid && !faults) return false;
  const leftOver = bit === kind.object ? node.unevaluatedProperties : node.unevaluatedItems;
  const own = leftOver && bit >= kind.array ? new Seen() : seen;
  valid = judgeKind({ node, seen: own, faults }, bit, value) && valid;
  if (!valid && !faults) return false;
  for (const applicator of node.inPlace) {
    valid = apply({ node, seen: own, faults }, applicator, value) && valid;
    if (!valid && !faults) return false;
  }
  if (leftOver && own && own !== seen) {
    valid = judgeLeftOver({ node, seen: own, faults }, leftOver, value as object) && valid;
    seen?.absorb(own);
  }
  return valid;
}

interface Walk {
  node: Node;
  seen: Seen | undefined;
  faults: Faults | undefined;
}

function isWhole(node: Node, value: unknown): boolean {
  return (node.types & kind.integer) !== 0 && Number.isInteger(value);
}

function meets(node: Node, checks: readonly Check[], value: unknown, faults: Faults | undefined): boolean {
  let valid = true;
  for (const { keyword, expected, fits } of checks) {
    if (fits(value as never)) continue;
    if (!faults) return false;
    faults.add({ rule: keyword, keyword, node, expected, value });
    valid = false;
  }
  return valid;
}

function judgeKind(walk: Walk, bit: number, value: unknown): boolean {
  const { node, faults } = walk;
  switch (bit) {
    case kind.string:
      return meets(node, node.strings, value, faults);
    case kind.number:
      return meets(node, node.numbers, value, faults);
    case kind.array: {
      const valid = meets(node, node.lists, value, faults);
      return node.items && (valid || faults) ? judgeItems(walk, value as unknown[]) && valid : valid;
    }
    case kind.object: {
      const valid = meets(node, node.objects, value, faults);
      return node.members && (valid || faults) ? judgeMembers(walk, value as object) && valid : valid;
    }
    default:
      return true;
  }
}

/** Judges a part of the value; its own annotations do not count here. */
function judgePart(node: Node, part: unknown, at: string | number, faults: Faults | undefined): boolean {
  if (!faults) return judge(node, part, undefined, undefined);
  faults.enter(at);
  const valid = judge(node, part, undefined, faults);
  faults.leave();
  return valid;
}

function judgeItems({ node, seen, faults }: Walk, items: readonly unknown[]): boolean {
  const rules = node.items;
  if (!rules) return true;
  const { prefix, items: rest, contains } = rules;
  let valid = true;
  const judged = rest ? items.length : Math.min(prefix.length, items.length);
  for (let index = 0; index < judged; index++) {
    const inner = prefix[index] ?? rest;
    if (inner && !judgePart(inner, items[index], index, faults)) valid = false;
    if (!valid && (!faults || faults.isFull)) return false;
  }
  seen?.addItems(judged, rest !== undefined);
  if (!contains) return valid;
  let count = 0;
  for (let index = 0; index < items.length; index++) {
    if (!judge(contains.node, items[index], undefined, undefined)) continue;
    count += 1;
    seen?.addItem(index);
  }
  if (count >= contains.least && count <= contains.most) return valid;
  const few = count < contains.least;
  const keyword = few ? (contains.least === 1 ? 'contains' : 'minContains') : 'maxContains';
  faults?.add({ rule: keyword, keyword, node, expected: few ? contains.least : contains.most });
  return false;
}

/** An own member's value; undefined counts as absent, as it does in JSON text. */
function memberOf(value: object, name: string): unknown {
  return Object.hasOwn(value, name) ? (value as Record<string, unknown>)[name] : undefined;
}

function judgeMembers(walk: Walk, value: object): boolean {
  const { node, seen, faults } = walk;
  const rules = node.members;
  if (!rules) return true;
  let valid = judgePresence(walk, value);
  if (!valid && !faults) return false;
  const { properties, patterns, additional, names } = rules;
  if (properties.size + patterns.length === 0 && !additional && !names) return valid;
  for (const name in value) {
    const part = (value as Record<string, unknown>)[name];
    if (names && !judge(names, name, undefined, undefined)) {
      faults?.add({ rule: 'propertyNames', keyword: 'propertyNames', node, value: name }, name);
      valid = false;
    }
    const known = judgeMember(walk, name, part);
    if (known !== unnamed) {
      valid = known === fits && valid;
      seen?.addName(name);
    } else if (additional) {
      valid = (additional.refusal !== undefined
        ? refuse(walk, additional, name)
        : judgePart(additional, part, name, faults)) && valid;
      seen?.addName(name);
    }
    if (!valid && (!faults || faults.isFull)) return false;
  }
  return valid;
}

const unnamed = 0;
const fits = 1;
const unfit = 2;

/** Judges a member by the property and the patterns that name it. */
function judgeMember({ node: { members }, faults }: Walk, name: string, part: unknown): number {
  const property = members?.properties.get(name);
  let verdict = unnamed;
  if (property)
    verdict = part === undefined || judgePart(property, part, name, faults) ? fits : unfit;
  for (const { matcher, node } of members?.patterns ?? []) {
    if (!matcher.fits(name)) continue;
    const valid = judgePart(node, part, name, faults);
    verdict = valid && verdict !== unfit ? fits : unfit;
    if (!valid && !faults) break;
  }
  return verdict;
}

/** A name that nothing allows; the node whose names are allowed goes with the fault. */
function refuse({ node, faults }: Walk, refusing: Node, name: string): boolean {
  const rule = refusing.refusal ?? 'false';
  faults?.add({ rule, node, keyword: refusing.at.slice(node.at.length + 1) }, name);
  return false;
}

function judgePresence({ node, faults }: Walk, value: object): boolean {
  let valid = true;
  for (const name of node.members?.required ?? []) {
    if (memberOf(value, name) !== undefined) continue;
    if (!faults) return false;
    faults.add({ rule: 'required', keyword: 'required', node }, name);
    valid = false;
  }
  for (const [name, needed] of node.members?.dependentRequired ?? []) {
    if (memberOf(value, name) === undefined) continue;
    const missing = needed.find((other) => memberOf(value, other) === undefined);
    if (missing === undefined) continue;
    faults?.add({ rule: 'dependentRequired', keyword: 'dependentRequired', node, expected: missing });
    valid = false;
  }
  return valid;
}

function judgeLeftOver(walk: Walk, node: Node, value: object): boolean {
  const { seen, faults } = walk;
  let valid = true;
  if (Array.isArray(value)) {
    for (let index = 0; index < value.length; index++) {
      if (seen?.hasItem(index) || judgePart(node, value[index], index, faults)) continue;
      if (!faults) return false;
      valid = false;
    }
    seen?.addItems(value.length, true);
    return valid;
  }
  for (const name in value) {
    if (seen?.hasName(name)) continue;
    seen?.addName(name);
    const part = (value as Record<string, unknown>)[name];
    if (node.refusal === undefined ? judgePart(node, part, name, faults) : refuse(walk, node, name)) continue;
    if (!faults || faults.isFull) return false;
    valid = false;
  }
  return valid;
}

function apply(walk: Walk, applicator: Applicator, value: unknown): boolean {
  const { node, seen, faults } = walk;
  switch (applicator.kind) {
    case 'all': {
      let valid = true;
      for (const inner of applicator.nodes) {
        valid = judge(inner, value, seen, faults) && valid;
        if (!valid && !faults) return false;
      }
      return valid;
    }
    case 'any':
    case 'one':
      return choose(walk, applicator, value);
    case 'not': {
      const valid = !judge(applicator.nodes[0], value, undefined, undefined);
      if (!valid) faults?.add({ rule: 'not', keyword: 'not', node });
      return valid;
    }
    case 'if': {
      const [condition, then, otherwise] = applicator.nodes;
      const tried = seen && new Seen();
      const holds = judge(condition, value, tried, undefined);
      if (holds && tried) seen?.absorb(tried);
      return judge(holds ? then : otherwise, value, seen, faults);
    }
    case 'dependent': {
      const applies = kindOf(value) === kind.object && memberOf(value as object, applicator.name) !== undefined;
      return !applies || judge(applicator.nodes[0], value, seen, faults);
    }
  }
}

type Choice = Extract<Applicator, { kind: 'any' | 'one' }>;

function choose(walk: Walk, choice: Choice, value: unknown): boolean {
  const { node, seen, faults } = walk;
  const { nodes, pick } = choice;
  if (pick) {
    // At most one branch can fit, and it is known which.
    const tag = kindOf(value) === kind.object ? memberOf(value as object, pick.property) : undefined;
    const picked = nodes[typeof tag === 'string' ? (pick.branchByValue.get(tag) ?? -1) : -1];
    if (picked) return judge(picked, value, seen, undefined) || tell(walk, choice, value);
    return tell(walk, choice, value);
  }
  let matches = 0;
  for (const branch of nodes) {
    const tried = seen && new Seen();
    if (!judge(branch, value, tried, undefined)) continue;
    matches += 1;
    if (tried) seen?.absorb(tried);
    if (choice.kind === 'any' && !seen) return true;
    if (choice.kind === 'one' && matches > 1 && !faults) return false;
  }
  if (choice.kind === 'any' ? matches > 0 : matches === 1) return true;
  if (matches > 1) {
    faults?.add({ rule: 'oneOf', keyword: 'oneOf', node, expected: matches });
    return false;
  }
  return tell(walk, choice, value);
}

/** No branch fits: the nearest one is explained. */
function tell({ node, seen, faults }: Walk, choice: Choice, value: unknown): false {
  if (!faults) return false;
  const { nodes, keyword, owner, pick } = choice;
  lendNames(nodes, value, seen);
  const depth = faults.path.length;
  const failed = nodes.map((branch) => {
    const tried = new Faults(faults.room, faults.path);
    judge(branch, value, new Seen(), tried);
    return tried.list;
  });
  const types = onlyTypes(failed, depth);
  if (types > 0) {
    faults.add({ rule: 'type', node: { ...node, types }, value, keyword });
    return false;
  }
  const tag = pick && kindOf(value) === kind.object ? memberOf(value as object, pick.property) : undefined;
  if (pick && tag !== undefined && !pick.branchByValue.has(tag as string)) {
    const expected = [...pick.branchByValue.keys()];
    faults.add({ rule: 'enum', keyword, node, expected, value: tag }, pick.property);
    return false;
  }
  const index =
    typeof tag === 'string' ? (pick?.branchByValue.get(tag) ?? 0) : nearestBranch(owner, nodes, { value, failed, depth });
  const told = failed[index] ?? [];
  if (told.length > 0) faults.take(told, nodes[index]?.at ?? node.at);
  else faults.add({ rule: keyword, keyword, node });
  return false;
}

/** Nobody knows which branch was meant: what any of them names is not told as unknown. */
function lendNames(branches: readonly Node[], value: unknown, seen: Seen | undefined): void {
  if (!seen || kindOf(value) !== kind.object) return;
  for (const { members } of inPlaceOf(branches)) {
    if (!members) continue;
    const { properties, patterns, additional } = members;
    for (const name in value as object)
      if (properties.has(name) || (additional && !additional.refusal) || patterns.some(({ matcher }) => matcher.fits(name)))
        seen.addName(name);
  }
}


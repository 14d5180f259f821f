// Walks the intermediate form over a value: the verdict, and with `faults` everything that is wrong. It needs no code
// generation and no time to prepare; emitted code must say the same.

import { nearestBranch, onlyTypes } from './choice.ts';
import { Faults } from './faults.ts';
import { judgeItems, judgeLeftOver, judgeMembers, memberOf, type Walk } from './interpret-parts.ts';
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
function kindOf(value: unknown): number {
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
  if (!fitsType(node, value, bit)) {
    faults?.add({ rule: 'type', node, value });
    return false;
  }
  if (bit < kind.array && node.inPlace.length === 0) return judgeScalar(node, bit, value, faults);
  const isOpen = bit === kind.object ? node.unevaluatedProperties : bit === kind.array && node.unevaluatedItems;
  if (!isOpen) return judgeAs(bit, value, { node, seen, faults, judge });
  const own = new Seen();
  const walk = { node, seen: own, faults, judge };
  const valid = judgeAs(bit, value, walk);
  if (!valid && !faults) return false;
  const isRestValid = judgeLeftOver(walk, isOpen, value as object);
  seen?.absorb(own);
  return valid && isRestValid;
}

/** A value without parts, of which no other schema speaks: most values are such. */
function judgeScalar(node: Node, bit: number, value: unknown, faults: Faults | undefined): boolean {
  const valid = node.values.length === 0 || meets(node, node.values, value, faults);
  const checks = bit === kind.string ? node.strings : bit === kind.number ? node.numbers : [];
  if (checks.length === 0 || (!valid && !faults)) return valid;
  return meets(node, checks, value, faults) && valid;
}

function fitsType({ types }: Node, value: unknown, bit: number): boolean {
  if (types === everyKind || (types & bit) !== 0) return true;
  return bit === kind.number && (types & kind.integer) !== 0 && Number.isInteger(value);
}

/** What the schema says about a value of its kind, but for what is left over. */
function judgeAs(bit: number, value: unknown, walk: Walk): boolean {
  const { node, faults } = walk;
  let valid = meets(node, node.values, value, faults);
  if (!valid && !faults) return false;
  valid = judgeKind(walk, bit, value) && valid;
  for (const applicator of node.inPlace) {
    if (!valid && (!faults || faults.isFull)) return false;
    valid = apply(walk, applicator, value) && valid;
  }
  return valid;
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
      return node.items && (valid || faults) ? judgeItems(walk, node.items, value as unknown[]) && valid : valid;
    }
    case kind.object: {
      const valid = meets(node, node.objects, value, faults);
      return node.members && (valid || faults) ? judgeMembers(walk, node.members, value as object) && valid : valid;
    }
    default:
      return true;
  }
}

function apply(walk: Walk, applicator: Applicator, value: unknown): boolean {
  const { node, seen, faults } = walk;
  switch (applicator.kind) {
    case 'all':
      return judgeAll(walk, applicator.nodes, value);
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
      return judge(tries(condition, value, seen) ? then : otherwise, value, seen, faults);
    }
    default: {
      const applies = kindOf(value) === kind.object && memberOf(value as object, applicator.name) !== undefined;
      return !applies || judge(applicator.nodes[0], value, seen, faults);
    }
  }
}

function judgeAll({ seen, faults }: Walk, nodes: readonly Node[], value: unknown): boolean {
  let valid = true;
  for (const inner of nodes) {
    valid = judge(inner, value, seen, faults) && valid;
    if (!valid && !faults) return false;
  }
  return valid;
}

/** Whether the value fits; only then it counts what was evaluated. */
function tries(node: Node, value: unknown, seen: Seen | undefined): boolean {
  const tried = seen && new Seen();
  if (!judge(node, value, tried, undefined)) return false;
  if (tried) seen?.absorb(tried);
  return true;
}

type Choice = Extract<Applicator, { kind: 'any' | 'one' }>;

function choose(walk: Walk, choice: Choice, value: unknown): boolean {
  const { node, seen, faults } = walk;
  const { nodes, pick, kind: mode } = choice;
  if (pick) {
    // At most one branch can fit, and it is known which.
    const picked = nodes[pick.branchByValue.get(tagOf(choice, value) as string) ?? -1];
    return (picked !== undefined && judge(picked, value, seen, undefined)) || tell(walk, choice, value);
  }
  let matches = 0;
  for (const branch of nodes) {
    if (!tries(branch, value, seen)) continue;
    matches += 1;
    if (mode === 'any' && !seen) return true;
    if (mode === 'one' && matches > 1 && !faults) return false;
  }
  if (mode === 'any' ? matches > 0 : matches === 1) return true;
  if (matches === 0) return tell(walk, choice, value);
  faults?.add({ rule: 'oneOf', keyword: 'oneOf', node, expected: matches });
  return false;
}

/** The value of the property that tells the branches apart. */
function tagOf({ pick }: Choice, value: unknown): unknown {
  return pick && kindOf(value) === kind.object ? memberOf(value as object, pick.property) : undefined;
}

/** No branch fits: the nearest one is explained. */
function tell(walk: Walk, choice: Choice, value: unknown): false {
  const { node, seen, faults } = walk;
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
  const tag = tagOf(choice, value);
  if (types > 0) faults.add({ rule: 'type', node: { ...node, types }, value, keyword });
  else if (pick && tag !== undefined && !pick.branchByValue.has(tag as string)) {
    const expected = [...pick.branchByValue.keys()];
    faults.add({ rule: 'enum', keyword, node, expected, value: tag }, pick.property);
  } else {
    const picked = pick?.branchByValue.get(tag as string);
    const index = picked ?? nearestBranch(owner, nodes, { value, failed, depth });
    const told = failed[index] ?? [];
    if (told.length > 0) faults.take(told, nodes[index]?.at ?? node.at);
    else faults.add({ rule: keyword, keyword, node });
  }
  return false;
}

/** Nobody knows which branch was meant: what any of them names is not told as unknown. */
function lendNames(branches: readonly Node[], value: unknown, seen: Seen | undefined): void {
  if (!seen || kindOf(value) !== kind.object) return;
  for (const { members } of inPlaceOf(branches)) {
    if (!members) continue;
    const { properties, patterns, additional } = members;
    const isNamed = (name: string): boolean =>
      properties.has(name) || patterns.some(({ matcher }) => matcher.fits(name));
    for (const name in value as object) if (isNamed(name) || (additional && !additional.refusal)) seen.addName(name);
  }
}

// `oneOf` and `anyOf` in the interpreter. Where no branch fits, the nearest one is told.

import { namedBranch, nearestBranch, onlyTypes } from './choice.ts';
import type { Fault, Faults, Wording } from './faults.ts';
import { memberOf } from './interpret-parts.ts';
import { type Applicator, inPlaceOf, kind, type Node, type Pick } from './ir.ts';
import type { Judge, Judged, JudgedOf } from './judge.ts';
import { wordingOf } from './messages.ts';
import { escapePointer } from './resources.ts';
import { Seen } from './seen.ts';

type Choice = Extract<Applicator, { kind: 'any' | 'one' }>;

/** A value before a choice. */
interface Standing {
  value: unknown;
  seen: Seen | undefined;
  faults: Faults;
}

export function judgeChoice(node: Node, choice: Choice, judgedOf: JudgedOf): Judge {
  const branches = choice.nodes.map(judgedOf);
  const tell = choice.pick ? tellPicked(node, choice, branches) : tellTried(node, choice, branches);
  const choose = choice.pick ? choosePicked(choice.pick, branches) : chooseTried(choice.kind, branches);
  return (value, seen, faults) =>
    faults === undefined ? choose(value, seen, undefined) : tell({ value, seen, faults });
}

function chooseTried(mode: 'any' | 'one', branches: readonly Judged[]): Judge {
  return (value, seen) => {
    let matches = 0;
    for (const branch of branches) {
      if (!fits(branch, value, seen)) continue;
      if (mode === 'any' && !seen) return true;
      matches += 1;
      if (mode === 'one' && matches > 1) return false;
    }
    return matches > 0;
  };
}

/** At most one branch can fit, and it is known which. */
function choosePicked(pick: Pick, branches: readonly Judged[]): Judge {
  return (value, seen) => {
    const picked = branches[pick.branchByValue.get(tagOf(pick, value) as string) ?? -1];
    return picked !== undefined && fits(picked, value, seen);
  };
}

/** Whether the value fits; only then it counts what was evaluated. */
function fits(branch: Judged, value: unknown, seen: Seen | undefined): boolean {
  const tried = seen && new Seen();
  if (!branch.judge(value, tried, undefined)) return false;
  if (tried) seen?.absorb(tried);
  return true;
}

/** The value of the property that tells the branches apart. */
function tagOf({ property }: Pick, value: unknown): unknown {
  return isObject(value) ? memberOf(value, property) : undefined;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

type Tell = (standing: Standing) => boolean;

/** The branch that a member's value picks is told, or the values that there are. */
function tellPicked(node: Node, choice: Choice, branches: readonly Judged[]): Tell {
  const { nodes, keyword } = choice;
  const pick = choice.pick as Pick;
  const tagged = wordingOf(node, { rule: 'enum', keyword, expected: [...pick.branchByValue.keys()] });
  const object = wordingOf(node, { rule: 'type', keyword, types: kind.object });
  const others = tellTried(node, choice, branches);
  return (standing) => {
    const { value, faults } = standing;
    const tag = tagOf(pick, value);
    if (!isObject(value)) faults.add(object, value);
    else if (tag === undefined) return others(standing);
    else {
      const index = pick.branchByValue.get(tag as string);
      const branch = branches[index ?? -1];
      if (index !== undefined && branch) {
        const { valid, found } = attempt(branch, standing);
        if (valid) return true;
        faults.take(found, nodes[index]?.at ?? node.at);
      } else faults.addAt(tagged, tag, `/${escapePointer(pick.property)}`);
    }
    lendNames(nodes, standing);
    return false;
  };
}

/** Every branch is tried, and where none fits, the nearest is told. */
function tellTried(node: Node, { nodes, keyword, kind: mode, owner }: Choice, branches: readonly Judged[]): Tell {
  const none = wordingOf(node, { rule: keyword, keyword });
  const wrongTypes = new Map<number, Wording>();
  const wrongType = (types: number): Wording => {
    let wording = wrongTypes.get(types);
    if (!wording) wrongTypes.set(types, (wording = wordingOf(node, { rule: 'type', keyword, types })));
    return wording;
  };
  return (standing) => {
    const { value, faults } = standing;
    const named = namedBranch(owner, nodes, value);
    const failed = tryAll(branches, standing, { mode, named });
    if (!failed) return true;
    const { matches, found } = failed;
    if (matches > 1) {
      faults.add(wordingOf(node, { rule: 'oneOf', keyword: 'oneOf', expected: matches }), undefined);
      return false;
    }
    lendNames(nodes, standing);
    const types = named < 0 ? onlyTypes(found, faults.depth) : 0;
    const index = named < 0 ? nearestBranch(found, faults.depth) : named;
    const told = found[index] ?? [];
    if (types > 0) faults.add(wrongType(types), value);
    else if (told.length > 0) faults.take(told, nodes[index]?.at ?? node.at);
    else faults.add(none, undefined);
    return false;
  };
}

interface Attempt {
  valid: boolean;
  found: Fault[];
}

/** What a branch would tell; what was evaluated counts only where it fits. */
function attempt(branch: Judged, { value, seen, faults }: Standing): Attempt {
  const tried = seen && new Seen();
  const told = faults.begin();
  const valid = branch.judge(value, tried, faults);
  const found = faults.end(told);
  if (valid && tried) seen?.absorb(tried);
  return { valid, found };
}

const noFaults: Fault[] = [];

/** Undefined where the choice is met. Only the branch that the value names is asked for its faults, if it names one. */
function tryAll(
  branches: readonly Judged[],
  standing: Standing,
  { mode, named }: { mode: 'any' | 'one'; named: number },
): { matches: number; found: Fault[][] } | undefined {
  const { value, seen } = standing;
  const found: Fault[][] = [];
  let matches = 0;
  for (const [index, branch] of branches.entries()) {
    const tried =
      named >= 0 && named !== index ? { valid: fits(branch, value, seen), found: noFaults } : attempt(branch, standing);
    found.push(tried.found);
    if (!tried.valid) continue;
    if (mode === 'any' && !seen) return undefined;
    matches += 1;
  }
  return (mode === 'any' ? matches > 0 : matches === 1) ? undefined : { matches, found };
}

/** Nobody knows which branch was meant: what any of them names is not told as unknown. */
function lendNames(branches: readonly Node[], { value, seen }: Standing): void {
  if (!seen || !isObject(value)) return;
  for (const { members } of inPlaceOf(branches)) {
    if (!members) continue;
    const { properties, patterns, additional } = members;
    const isNamed = (name: string): boolean =>
      properties.has(name) || patterns.some(({ matcher }) => matcher.fits(name));
    for (const name in value) if (isNamed(name) || (additional && !additional.refusal)) seen.addName(name);
  }
}

// The interpreter's way into a value: items, members, and what is left over of them.

import type { Faults } from './faults.ts';
import { isTrivial, type ListRules, type MemberRules, type Node } from './ir.ts';
import { type Judge, type Judged, type JudgedOf, refuse, sequence, yes } from './judge.ts';
import { wordingOf } from './messages.ts';
import { escapePointer } from './resources.ts';

/** An own member's value; undefined counts as absent, as it does in JSON text. */
export function memberOf(value: object, name: string): unknown {
  return Object.hasOwn(value, name) ? (value as Record<string, unknown>)[name] : undefined;
}

/** A member in a pointer. */
function stepOf(name: string): string {
  return `/${escapePointer(name)}`;
}

/** Judges a part of the value; what is evaluated in it does not count outside. */
function judgePart(part: Judged, value: unknown, faults: Faults | undefined, at: string | number): boolean {
  if (faults === undefined) return part.judge(value, undefined, undefined);
  faults.enter(at);
  const valid = part.judge(value, undefined, faults);
  faults.leave();
  return valid;
}

export function judgeItems(node: Node, { prefix, items, contains }: ListRules, judgedOf: JudgedOf): Judge {
  const first = prefix.map(judgedOf);
  const rest = items && judgedOf(items);
  const each: Judge = (value, seen, faults) => {
    const list = value as readonly unknown[];
    const judged = rest ? list.length : Math.min(first.length, list.length);
    let valid = true;
    for (let index = 0; index < judged; index++) {
      const part = index < first.length ? first[index] : rest;
      if (part === undefined || judgePart(part, list[index], faults, index)) continue;
      if (faults === undefined || faults.isFull) return false;
      valid = false;
    }
    seen?.addItems(judged, rest !== undefined);
    return valid;
  };
  const counted = contains ? [judgeContains(node, contains, judgedOf)] : [];
  return sequence(first.length > 0 || rest ? [each, ...counted] : counted, false);
}

function judgeContains(
  node: Node,
  { node: wanted, least, most }: NonNullable<ListRules['contains']>,
  judgedOf: JudgedOf,
): Judge {
  const inner = judgedOf(wanted);
  const fewer = least === 1 ? 'contains' : 'minContains';
  const few = refuse(() => wordingOf(node, { rule: fewer, keyword: fewer, expected: least }));
  const many = refuse(() => wordingOf(node, { rule: 'maxContains', keyword: 'maxContains', expected: most }));
  return (value, seen, faults) => {
    let count = 0;
    for (const [index, item] of (value as readonly unknown[]).entries()) {
      if (!inner.judge(item, undefined, undefined)) continue;
      count += 1;
      seen?.addItem(index);
    }
    if (count >= least && count <= most) return true;
    return (count < least ? few : many)(undefined, undefined, faults);
  };
}

interface Member {
  step: string;
  /** Undefined where any value is right. */
  part: Judged | undefined;
  isRequired: boolean;
}

export function judgeMembers(node: Node, rules: MemberRules, judgedOf: JudgedOf): Judge {
  const { properties, patterns, additional, names, required } = rules;
  const members = new Map<string, Member>();
  for (const [name, property] of properties) {
    const part = isTrivial(property) ? undefined : judgedOf(property);
    members.set(name, { step: stepOf(name), part, isRequired: required.includes(name) });
  }
  const presence = required.length > 0 ? judgePresence(node, required) : undefined;
  const dependents = judgeDependents(node, rules.dependentRequired);
  if (patterns.length > 0 || names) {
    const any = judgeAny(node, { rules, members }, judgedOf);
    return sequence(presence ? [presence, ...dependents, any] : [...dependents, any], false);
  }
  const rest = additional && !isTrivial(additional) ? judgeRest(node, additional, judgedOf) : undefined;
  if (members.size === 0 && !additional) return sequence(presence ? [presence, ...dependents] : dependents, false);
  const named = judgeNamed(members, {
    presence,
    rest,
    evaluatesAll: additional !== undefined,
    required: [...new Set(required)],
  });
  return sequence([...dependents, named], false);
}

/** Judges a member that nothing names. */
type Rest = (name: string, value: unknown, faults: Faults | undefined) => boolean;

interface Others {
  presence: Judge | undefined;
  /** For members that are not named, where something is said of them. */
  rest: Rest | undefined;
  evaluatesAll: boolean;
  required: readonly string[];
}

/** Members that are named one by one. */
function judgeNamed(members: ReadonlyMap<string, Member>, others: Others): Judge {
  const { presence = yes, rest, evaluatesAll, required } = others;
  // For the verdict alone, names that are required are counted as they are met, if all of them are named here.
  const isCounted = required.every((name) => members.has(name));
  return (value, seen, faults) => {
    let missing = required.length;
    let valid = true;
    if (!isCounted || faults !== undefined) {
      valid = presence(value, seen, faults);
      if (!valid && (faults === undefined || faults.isFull)) return false;
      missing = 0;
    }
    const object = value as Record<string, unknown>;
    for (const name in object) {
      const member = members.get(name);
      if (seen !== undefined && (member !== undefined || evaluatesAll)) seen.addName(name);
      const part = object[name];
      if (member === undefined) {
        if (rest === undefined || rest(name, part, faults)) continue;
      } else {
        if (part === undefined) continue;
        if (member.isRequired) missing -= 1;
        if (member.part === undefined || judgePart(member.part, part, faults, member.step)) continue;
      }
      if (faults === undefined || faults.isFull) return false;
      valid = false;
    }
    return valid && missing <= 0;
  };
}

function isRight({ part, step }: Member, value: unknown, faults: Faults | undefined): boolean {
  return part === undefined || value === undefined || judgePart(part, value, faults, step);
}

/** Members that patterns name too, or whose names are judged. */
function judgeAny(
  node: Node,
  { rules, members }: { rules: MemberRules; members: ReadonlyMap<string, Member> },
  judgedOf: JudgedOf,
): Judge {
  const patterns = rules.patterns.map((pattern) => ({ fits: pattern.matcher.fits, part: judgedOf(pattern.node) }));
  const rest = rules.additional && judgeRest(node, rules.additional, judgedOf);
  const name = rules.names && judgeName(node, judgedOf(rules.names));
  const one = (key: string, part: unknown, faults: Faults | undefined): { valid: boolean; isNamed: boolean } => {
    const member = members.get(key);
    const start = faults?.count ?? 0;
    let isNamed = member !== undefined;
    let valid = name === undefined || name(key, faults);
    if (member) valid = isRight(member, part, faults) && valid;
    for (const pattern of patterns) {
      if (!pattern.fits(key)) continue;
      isNamed = true;
      const middle = faults?.count ?? 0;
      valid = judgePart(pattern.part, part, faults, stepOf(key)) && valid;
      if (middle > start) faults?.dropRepeated(start, middle);
    }
    if (isNamed || !rest) return { valid, isNamed };
    return { valid: rest(key, part, faults) && valid, isNamed: true };
  };
  return (value, seen, faults) => {
    let valid = true;
    for (const key in value as object) {
      const told = one(key, (value as Record<string, unknown>)[key], faults);
      if (told.isNamed) seen?.addName(key);
      if (told.valid) continue;
      if (faults === undefined || faults.isFull) return false;
      valid = false;
    }
    return valid;
  };
}

function judgeName(node: Node, names: Judged): (name: string, faults: Faults | undefined) => boolean {
  const wording = wordingOf(node, { rule: 'propertyNames', keyword: 'propertyNames' });
  return (name, faults) => {
    if (names.judge(name, undefined, undefined)) return true;
    faults?.addAt(wording, name, stepOf(name));
    return false;
  };
}

/** The node whose names are allowed goes with the fault of a refused one. */
function judgeRest(node: Node, rest: Node, judgedOf: JudgedOf): Rest {
  const { refusal } = rest;
  const part = judgedOf(rest);
  if (refusal === undefined) return (name, value, faults) => judgePart(part, value, faults, stepOf(name));
  const wording = wordingOf(node, { rule: refusal, keyword: rest.at.slice(node.at.length + 1) });
  return (name, _value, faults) => {
    faults?.addAt(wording, undefined, stepOf(name));
    return false;
  };
}

function judgePresence(node: Node, required: readonly string[]): Judge {
  const wording = wordingOf(node, { rule: 'required', keyword: 'required' });
  const names = required.filter((name) => !(name in Object.prototype));
  const inherited = required.filter((name) => name in Object.prototype);
  return (value, _seen, faults) => {
    let valid = true;
    for (const name of names) {
      if ((value as Record<string, unknown>)[name] !== undefined) continue;
      if (faults === undefined) return false;
      faults.addAt(wording, undefined, stepOf(name));
      valid = false;
    }
    for (const name of inherited) {
      if (memberOf(value as object, name) !== undefined) continue;
      faults?.addAt(wording, undefined, stepOf(name));
      valid = false;
    }
    return valid;
  };
}

function judgeDependents(node: Node, rules: MemberRules['dependentRequired']): Judge[] {
  return [...rules].map(([name, needed]) => (value, _seen, faults) => {
    if (memberOf(value as object, name) === undefined) return true;
    const missing = needed.find((other) => memberOf(value as object, other) === undefined);
    if (missing === undefined) return true;
    faults?.add(
      wordingOf(node, { rule: 'dependentRequired', keyword: 'dependentRequired', expected: missing }),
      undefined,
    );
    return false;
  });
}

/** What nothing evaluated is judged by `rest`; then all is evaluated. */
export function judgeLeftOver(node: Node, rest: Node, judgedOf: JudgedOf): Judge {
  const part = judgedOf(rest);
  const member = judgeRest(node, rest, judgedOf);
  return (value, seen, faults) => {
    let valid = true;
    if (Array.isArray(value)) {
      for (let index = 0; index < value.length; index++) {
        if (seen?.hasItem(index) || judgePart(part, value[index], faults, index)) continue;
        if (!faults) return false;
        valid = false;
      }
      seen?.addItems(value.length, true);
      return valid;
    }
    for (const name in value as object) {
      if (seen?.hasName(name)) continue;
      seen?.addName(name);
      valid = member(name, (value as Record<string, unknown>)[name], faults) && valid;
      if (!valid && !faults) return false;
    }
    return valid;
  };
}

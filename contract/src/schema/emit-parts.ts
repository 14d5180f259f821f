// Emitted code for members and items, and for what is left over of them.

import { matches } from './emit-value.ts';
import type { Fact, Facts } from './facts.ts';
import { everyKind, isTrivial, kind, type ListRules, type MemberRules, type Node } from './ir.ts';
import { isOneOf, literal, memberOf, type Spot, type Writer } from './writer.ts';

/** A value of its own: nothing is known of it, and it evaluates nothing for those around it. */
function partSpot(value: string, fail: string): Spot {
  return { value, fail, possible: everyKind, facts: undefined, when: [] };
}

export function judgeMembers(writer: Writer, rules: MemberRules, { value, fail }: Spot): void {
  const required = new Set(rules.required);
  for (const name of rules.required)
    if (!rules.properties.has(name)) writer.line(`if (${memberOf(value, name)} === undefined) ${fail}`);
  for (const [name, needed] of rules.dependentRequired) {
    const missing = needed.map((other) => `${memberOf(value, other)} === undefined`).join(' || ');
    if (missing !== '') writer.line(`if (${memberOf(value, name)} !== undefined && (${missing})) ${fail}`);
  }
  for (const [name, node] of rules.properties)
    judgeProperty(writer, { name, node, required: required.has(name) }, { value, fail });
  judgeRest(writer, rules, { value, fail });
}

interface Property {
  name: string;
  node: Node;
  required: boolean;
}

function judgeProperty(
  writer: Writer,
  { name, node, required }: Property,
  owner: { value: string; fail: string },
): void {
  const { value, fail } = owner;
  if (isTrivial(node)) {
    if (required) writer.line(`if (${memberOf(value, name)} === undefined) ${fail}`);
    return;
  }
  const part = writer.fresh('v');
  writer.line(`const ${part} = ${memberOf(value, name)};`);
  if (required) {
    writer.line(`if (${part} === undefined) ${fail}`);
    writer.judge(node, partSpot(part, fail));
    return;
  }
  writer.line(`if (${part} !== undefined) {`);
  writer.judge(node, partSpot(part, fail));
  writer.line('}');
}

/** Names, patterns, and what neither names nor patterns mention: one walk over the members. */
function judgeRest(writer: Writer, rules: MemberRules, { value, fail }: { value: string; fail: string }): void {
  const { patterns, properties } = rules;
  const additional = rules.additional && !isTrivial(rules.additional) ? rules.additional : undefined;
  const names = rules.names && !isTrivial(rules.names) ? rules.names : undefined;
  if (patterns.length === 0 && !additional && !names) return;
  const key = writer.fresh('k');
  writer.line(`for (const ${key} in ${value}) {`);
  if (names) writer.judge(names, { ...partSpot(key, fail), possible: kind.string });
  const named = writer.fresh('n');
  const declared = isOneOf(writer, key, [...properties.keys()]);
  if (patterns.length > 0) writer.line(`let ${named} = ${additional ? declared : 'false'};`);
  for (const { matcher, node } of patterns) {
    writer.line(`if (${matches(writer, matcher, key)}) {`);
    writer.line(`${named} = true;`);
    judgeMember(writer, node, { value, key, fail });
    writer.line('}');
  }
  if (additional) {
    writer.line(`if (!(${patterns.length > 0 ? named : declared})) {`);
    judgeMember(writer, additional, { value, key, fail });
    writer.line('}');
  }
  writer.line('}');
}

function judgeMember(writer: Writer, node: Node, at: { value: string; key: string; fail: string }): void {
  if (isTrivial(node)) return;
  if (node.refusal !== undefined) {
    writer.line(at.fail);
    return;
  }
  const part = writer.fresh('v');
  writer.line(`const ${part} = ${at.value}[${at.key}];`);
  writer.judge(node, partSpot(part, at.fail));
}

export function judgeItems(writer: Writer, rules: ListRules, { value, fail }: Spot): void {
  const { prefix, items, contains } = rules;
  for (const [index, node] of prefix.entries()) {
    if (isTrivial(node)) continue;
    writer.line(`if (${value}.length > ${index}) {`);
    judgeMember(writer, node, { value, key: String(index), fail });
    writer.line('}');
  }
  if (items && !isTrivial(items)) eachItem(writer, items, { value, fail, from: String(prefix.length) });
  if (contains) judgeContains(writer, contains, { value, fail });
}

function eachItem(writer: Writer, node: Node, at: { value: string; fail: string; from: string }): void {
  const index = writer.fresh('i');
  writer.line(`for (let ${index} = ${at.from}; ${index} < ${at.value}.length; ${index}++) {`);
  judgeMember(writer, node, { value: at.value, key: index, fail: at.fail });
  writer.line('}');
}

function judgeContains(
  writer: Writer,
  { node, least, most }: NonNullable<ListRules['contains']>,
  { value, fail }: { value: string; fail: string },
): void {
  const [count, index, label, part] = ['n', 'i', 'b', 'v'].map((prefix) => writer.fresh(prefix));
  writer.line(`let ${count} = 0;`);
  writer.line(`for (let ${index} = 0; ${index} < ${value}.length; ${index}++) ${label}: {`);
  writer.line(`const ${part} = ${value}[${index}];`);
  writer.judge(node, partSpot(String(part), `break ${label};`));
  writer.line(`${count}++;`);
  writer.line('}');
  const tooMany = most === Number.POSITIVE_INFINITY ? '' : ` || ${count} > ${literal(most)}`;
  writer.line(`if (${count} < ${literal(least)}${tooMany}) ${fail}`);
}

function holds(when: readonly string[]): string {
  return when.join(' && ');
}

/** Members that nothing evaluated, judged by `node`. */
export function judgeLeftOverMembers(
  writer: Writer,
  node: Node,
  at: { value: string; fail: string; facts: Facts },
): void {
  const { value, fail, facts } = at;
  if (isTrivial(node) || facts.always.some(({ allNames }) => allNames)) return;
  const key = writer.fresh('k');
  const names = [...new Set(facts.always.flatMap((fact) => fact.names))];
  const tests = names.length > 0 ? [isOneOf(writer, key, names)] : [];
  tests.push(...facts.always.flatMap(({ matchers }) => matchers.map((matcher) => matches(writer, matcher, key))));
  for (const fact of facts.sometimes) {
    const test = evaluatesName(writer, fact, key);
    if (test !== '') tests.push(`(${holds(fact.when)}${test === 'true' ? '' : ` && (${test})`})`);
  }
  writer.line(`for (const ${key} in ${value}) {`);
  if (tests.length > 0) writer.line(`if (${tests.join(' || ')}) continue;`);
  judgeMember(writer, node, { value, key, fail });
  writer.line('}');
}

function evaluatesName(writer: Writer, fact: Fact, key: string): string {
  if (fact.allNames) return 'true';
  const tests = fact.matchers.map((matcher) => matches(writer, matcher, key));
  if (fact.names.length > 0) tests.unshift(isOneOf(writer, key, fact.names));
  return tests.join(' || ');
}

/** Items that nothing evaluated, judged by `node`. */
export function judgeLeftOverItems(
  writer: Writer,
  node: Node,
  at: { value: string; fail: string; facts: Facts },
): void {
  const { value, fail, facts } = at;
  if (isTrivial(node) || facts.always.some(({ allItems }) => allItems)) return;
  const from = writer.fresh('n');
  writer.line(`let ${from} = ${Math.max(0, ...facts.always.map(({ prefix }) => prefix))};`);
  for (const { when, prefix, allItems } of facts.sometimes) {
    const reached = allItems ? `${value}.length` : String(prefix);
    if (allItems || prefix > 0) writer.line(`if (${holds(when)} && ${from} < ${reached}) ${from} = ${reached};`);
  }
  eachItem(writer, node, { value, fail, from });
}

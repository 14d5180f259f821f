// Emitted code for schemas applied to the same value. A branch is a labelled block: failing leaves it.

import { isKind } from './emit-value.ts';
import { type Applicator, conjunctsOf, everyKind, kind, type Node } from './ir.ts';
import { literal, memberOf, type Spot, type Writer } from './writer.ts';

/** Statements for one applicator; gives the kinds that are still possible. */
export function applyTo(writer: Writer, applicator: Applicator, spot: Spot): number {
  switch (applicator.kind) {
    case 'all':
      return applicator.nodes.reduce((possible, node) => writer.judge(node, { ...spot, possible }), spot.possible);
    case 'any':
    case 'one':
      choose(writer, applicator, spot);
      break;
    case 'not': {
      const label = writer.fresh('b');
      writer.line(`${label}: {`);
      writer.judge(applicator.nodes[0], { ...spot, fail: `break ${label};`, facts: undefined });
      writer.line(`${spot.fail} }`);
      break;
    }
    case 'if':
      decide(writer, applicator.nodes, spot);
      break;
    case 'dependent':
      depend(writer, applicator, spot);
      break;
  }
  return spot.possible;
}

/** A variable that is false until its branch applied; facts read it after the blocks written here. */
function declared(writer: Writer, { facts }: Spot): string {
  const variable = writer.fresh('t');
  if (facts) facts.declare(variable);
  else writer.line(`let ${variable} = false;`);
  return variable;
}

function decide(writer: Writer, [condition, then, otherwise]: readonly [Node, Node, Node], spot: Spot): void {
  const [label, holds] = [writer.fresh('b'), declared(writer, spot)];
  writer.line(`${label}: {`);
  writer.judge(condition, { ...spot, fail: `break ${label};`, when: [...spot.when, holds] });
  writer.line(`${holds} = true; }`);
  writer.line(`if (${holds}) {`);
  writer.judge(then, { ...spot, when: [...spot.when, holds] });
  writer.line('} else {');
  writer.judge(otherwise, { ...spot, when: [...spot.when, `!${holds}`] });
  writer.line('}');
}

function depend(writer: Writer, { name, nodes }: Extract<Applicator, { kind: 'dependent' }>, spot: Spot): void {
  if ((spot.possible & kind.object) === 0) return;
  const holds = declared(writer, spot);
  const isObject = spot.possible === kind.object ? '' : `${isKind(spot.value, kind.object, spot.possible)} && `;
  writer.line(`${holds} = ${isObject}${memberOf(spot.value, name)} !== undefined;`);
  writer.line(`if (${holds}) {`);
  writer.judge(nodes[0], { ...spot, possible: kind.object, when: [...spot.when, holds] });
  writer.line('}');
}

type Choice = Extract<Applicator, { kind: 'any' | 'one' }>;

function choose(writer: Writer, choice: Choice, spot: Spot): void {
  const kinds = choice.nodes.map(kindsOf);
  if (choice.pick) choosePicked(writer, choice, spot);
  else if (areApart(kinds)) chooseByKind(writer, choice.nodes, kinds, spot);
  else if (choice.kind === 'any' && !spot.facts) chooseAny(writer, choice.nodes, spot);
  else chooseCounting(writer, choice, spot);
}

/** Kinds that a node may accept, as far as types say; integers count as numbers. */
function kindsOf(branch: Node): number {
  let kinds: number = everyKind;
  for (const { refusal, types } of conjunctsOf(branch)) {
    if (refusal !== undefined) return 0;
    kinds &= types & kind.integer ? types | kind.number : types;
  }
  return kinds;
}

function areApart(kinds: readonly number[]): boolean {
  let seen = 0;
  return kinds.every((bits) => {
    const isNew = (seen & bits) === 0;
    seen |= bits;
    return isNew;
  });
}

/** A branch that applied is noted, where somebody asks what was evaluated. */
function branch(writer: Writer, node: Node, spot: Spot): void {
  if (!spot.facts) {
    writer.judge(node, spot);
    return;
  }
  const holds = declared(writer, spot);
  writer.judge(node, { ...spot, when: [...spot.when, holds] });
  writer.line(`${holds} = true;`);
}

/** At most one branch can fit, and a member's value says which. */
function choosePicked(writer: Writer, { nodes, pick }: Choice, spot: Spot): void {
  if (!pick) return;
  if (spot.possible !== kind.object)
    writer.line(`if (!(${isKind(spot.value, kind.object, spot.possible)})) ${spot.fail}`);
  writer.line(`switch (${memberOf(spot.value, pick.property)}) {`);
  for (const [index, node] of nodes.entries()) {
    for (const [text, target] of pick.branchByValue) if (target === index) writer.line(`case ${literal(text)}:`);
    writer.line('{');
    branch(writer, node, { ...spot, possible: kind.object });
    writer.line('break; }');
  }
  writer.line(`default: ${spot.fail} }`);
}

/** Each branch wants other kinds of values: at most one can fit. */
function chooseByKind(writer: Writer, nodes: readonly Node[], kinds: readonly number[], spot: Spot): void {
  for (const [index, node] of nodes.entries()) {
    const possible = (kinds[index] ?? 0) & spot.possible;
    if (possible === 0) continue;
    writer.line(`if (${isKind(spot.value, possible, spot.possible)}) {`);
    branch(writer, node, { ...spot, possible });
    writer.line('} else');
  }
  writer.line(spot.fail);
}

function chooseAny(writer: Writer, nodes: readonly Node[], spot: Spot): void {
  const found = writer.fresh('b');
  writer.line(`${found}: {`);
  for (const node of nodes) {
    const label = writer.fresh('b');
    writer.line(`${label}: {`);
    writer.judge(node, { ...spot, fail: `break ${label};` });
    writer.line(`break ${found}; }`);
  }
  writer.line(`${spot.fail} }`);
}

/** Every branch is tried. */
function chooseCounting(writer: Writer, choice: Choice, spot: Spot): void {
  const count = writer.fresh('n');
  writer.line(`let ${count} = 0;`);
  for (const [index, node] of choice.nodes.entries()) {
    const label = writer.fresh('b');
    writer.line(`${label}: {`);
    branch(writer, node, { ...spot, fail: `break ${label};` });
    writer.line(choice.kind === 'one' && index > 0 ? `if (++${count} > 1) ${spot.fail} }` : `${count}++; }`);
  }
  writer.line(`if (${count} === 0) ${spot.fail}`);
}

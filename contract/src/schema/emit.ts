// The intermediate form → JavaScript: one boolean function for each larger schema, without allocation and without
// paths. Contract text enters the code as literals only (`literal`); identifiers are counters.

import { applyTo } from './emit-choice.ts';
import { judgeItems, judgeLeftOverItems, judgeLeftOverMembers, judgeMembers } from './emit-parts.ts';
import { isKind, isValueOf, judgeChecks, kindsOfValues } from './emit-value.ts';
import { Facts } from './facts.ts';
import { chooseFunctions, isInterpreted, type Largest } from './functions.ts';
import { everyKind, isTrivial, kind, type Node } from './ir.ts';
import { callOf, equalTexts, nameCalls } from './unify.ts';
import type { Spot, Writer } from './writer.ts';

/** Code over the helpers `h` that returns the functions of `nodes`, in their order. */
export interface Emitted {
  source: string;
  nodes: readonly Node[];
  /** Nodes that the code asks for by id: `h.node(7)`, `h.emitted(7)`. */
  mentioned: ReadonlyMap<number, Node>;
}

/** Nodes whose functions exist already. */
type Existing = Pick<WeakMap<Node, unknown>, 'has'>;

/** Emits the function of `entry` and of all that it calls, but for those that exist already (`h.emitted`). */
export function emit(entry: Node, existing: Existing = new WeakMap()): Emitted {
  const emitter = new Emitter([entry], existing, single);
  const functions = emitter.emit().map((text, index) => `function ${nameOf(index)}${nameCalls(text, nameOf)}`);
  const result = `return [${functions.map((_, index) => nameOf(index)).join(', ')}];`;
  const source = ['"use strict";', ...emitter.constants, ...functions, result].join('\n');
  return { source, nodes: emitter.nodes, mentioned: emitter.mentioned };
}

/** Functions of several nodes and all that they call, equal ones once; and the name of each node's function. */
export function emitShared(entries: readonly Node[]): { text: string; nameOf: (node: Node) => string } {
  const emitter = new Emitter(entries, new WeakMap(), shared);
  const texts = emitter.emit();
  const first = equalTexts(texts);
  const nameOfEqual = (index: number): string => nameOf(first[index] ?? index);
  const functions = texts
    .map((text, index) => (first[index] === index ? `function ${nameOf(index)}${nameCalls(text, nameOfEqual)}` : ''))
    .filter((text) => text !== '');
  return {
    text: [...emitter.constants, ...functions].join('\n'),
    nameOf: (node) => nameOfEqual(emitter.indexOf(node)),
  };
}

interface Sizes {
  /** Statements of all functions; what is larger is not written (`RangeError`). */
  most: number;
  /** Statements of a schema that is written where it is applied. */
  inline: Largest;
}

const single: Sizes = { most: 200_000, inline: { once: 60, often: 10 } };
/** Less is inlined: the same schema is then the same function wherever it stands. */
const shared: Sizes = { most: 5_000_000, inline: { once: 10, often: 10 } };

function nameOf(index: number): string {
  return `f${index}`;
}

class Emitter implements Writer {
  readonly mentioned = new Map<number, Node>();
  readonly #entries: readonly Node[];
  readonly #existing: Existing;
  readonly #functions: Set<Node>;
  readonly #waiting: Node[] = [];
  readonly #indexes = new Map<Node, number>();
  readonly #constants = new Map<string, string>();
  readonly #most: number;
  #lines: string[] = [];
  #count = 0;
  #statements = 0;

  constructor(entries: readonly Node[], existing: Existing, { most, inline }: Sizes) {
    this.#entries = entries;
    this.#existing = existing;
    this.#most = most;
    this.#functions = chooseFunctions(entries, inline);
  }

  /** Parameters and body of each function, in the order of `nodes`. */
  emit(): string[] {
    for (const entry of this.#entries) this.#call(entry);
    const functions: string[] = [];
    for (let node = this.#waiting.pop(); node; node = this.#waiting.pop())
      functions[this.indexOf(node)] = this.#function(node);
    return functions;
  }

  get constants(): string[] {
    return [...this.#constants].map(([expression, name]) => `const ${name} = ${expression};`);
  }

  /** Those whose functions were written. */
  get nodes(): Node[] {
    return [...this.#indexes.keys()];
  }

  indexOf(node: Node): number {
    return this.#indexes.get(node) ?? -1;
  }

  line(text: string): void {
    if (++this.#statements > this.#most) throw new RangeError(`more than ${this.#most} statements`);
    this.#lines.push(text);
  }

  fresh(prefix: string): string {
    return `${prefix}${this.#count++}`;
  }

  constant(expression: string): string {
    let name = this.#constants.get(expression);
    if (name === undefined) this.#constants.set(expression, (name = `c${this.#constants.size}`));
    return name;
  }

  #function(node: Node): string {
    this.#lines = [];
    this.#count = 0;
    if (isInterpreted(node)) this.line(`return h.isValid(${this.#mention('node', node)}, v);`);
    else if (node.refusal !== undefined) this.line('return false;');
    else {
      this.#inline(node, { value: 'v', fail: 'return false;', possible: everyKind, facts: undefined, when: [] });
      this.line('return true;');
    }
    return `(v) {\n${this.#lines.join('\n')}\n}`;
  }

  #mention(helper: 'node' | 'emitted', node: Node): string {
    this.mentioned.set(node.id, node);
    return this.constant(`h.${helper}(${node.id})`);
  }

  /** A call of a node's function, which is written if nobody has yet. */
  #call(node: Node): string {
    if (this.#existing.has(node)) return this.#mention('emitted', node);
    let index = this.#indexes.get(node);
    if (index === undefined) {
      this.#indexes.set(node, (index = this.#indexes.size));
      this.#waiting.push(node);
    }
    return callOf(index);
  }

  judge(node: Node, spot: Spot): number {
    if (node.refusal !== undefined) {
      this.line(spot.fail);
      return spot.possible;
    }
    if (isTrivial(node)) return spot.possible;
    if (spot.facts || !this.#functions.has(node)) return this.#inline(node, spot);
    this.line(`if (!${this.#call(node)}(${spot.value})) ${spot.fail}`);
    return spot.possible & kindsOf(node);
  }

  #inline(node: Node, spot: Spot): number {
    const leftOver = node.unevaluatedItems ?? node.unevaluatedProperties;
    const facts = leftOver ? new Facts(spot.facts) : spot.facts;
    const own = facts === spot.facts ? spot : { ...spot, facts, when: [] };
    const start = this.#lines.length;
    let possible = this.#own(node, own);
    // What stands beside `unevaluated…` is evaluated for it; it itself, only for those around.
    if (leftOver) facts?.add({ ...node, unevaluatedItems: undefined, unevaluatedProperties: undefined }, []);
    for (const applicator of node.inPlace) possible = applyTo(this, applicator, { ...own, possible });
    if (leftOver && facts) this.#leftOver(node, { ...own, possible }, facts);
    if (facts && facts !== spot.facts) {
      spot.facts?.absorb(facts, spot.when);
      const { variables, isOutermost } = facts;
      if (isOutermost && variables.length > 0)
        this.#lines.splice(start, 0, `let ${variables.map((name) => `${name} = false`).join(', ')};`);
    }
    spot.facts?.add(node, spot.when);
    return possible;
  }

  /** What the schema itself says; gives the kinds still possible. */
  #own(node: Node, spot: Spot): number {
    const { value, fail } = spot;
    let { possible } = spot;
    for (const check of node.values) this.line(`if (!(${isValueOf(this, value, check)})) ${fail}`);
    if (node.values.length > 0) possible &= kindsOfValues(node.values);
    if ((possible & ~node.types) !== 0) {
      this.line(`if (!(${isKind(value, node.types, possible)})) ${fail}`);
      possible &= kindsOf(node);
    }
    const at = { ...spot, possible };
    this.#guard(node.numbers.length > 0, kind.number, at, (inner) => judgeChecks(this, node.numbers, inner));
    this.#guard(node.strings.length > 0, kind.string, at, (inner) => judgeChecks(this, node.strings, inner));
    const { items, members } = node;
    this.#guard(node.lists.length > 0 || items !== undefined, kind.array, at, (inner) => {
      judgeChecks(this, node.lists, inner);
      if (items) judgeItems(this, items, inner);
    });
    this.#guard(node.objects.length > 0 || members !== undefined, kind.object, at, (inner) => {
      judgeChecks(this, node.objects, inner);
      if (members) judgeMembers(this, members, inner);
    });
    return possible;
  }

  #leftOver(node: Node, spot: Spot, facts: Facts): void {
    const { unevaluatedItems, unevaluatedProperties } = node;
    this.#guard(unevaluatedItems !== undefined, kind.array, spot, ({ value, fail }) => {
      if (unevaluatedItems) judgeLeftOverItems(this, unevaluatedItems, { value, fail, facts });
    });
    this.#guard(unevaluatedProperties !== undefined, kind.object, spot, ({ value, fail }) => {
      if (unevaluatedProperties) judgeLeftOverMembers(this, unevaluatedProperties, { value, fail, facts });
    });
  }

  /** Statements for one kind of value, behind a test where others are possible. */
  #guard(needed: boolean, only: number, spot: Spot, write: (spot: Spot) => void): void {
    if (!needed || (spot.possible & only) === 0) return;
    if (spot.possible === only) {
      write(spot);
      return;
    }
    const before = this.#lines.length;
    this.line(`if (${isKind(spot.value, only, spot.possible)}) {`);
    write({ ...spot, possible: only });
    if (this.#lines.length === before + 1) this.#lines.pop();
    else this.line('}');
  }
}

/** Kinds that pass the type of a node; integers count as numbers. */
function kindsOf({ types }: Node): number {
  return (types & kind.integer ? types | kind.number : types) & everyKind;
}

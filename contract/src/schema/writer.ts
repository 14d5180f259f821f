// What the parts of the emitter share: a place in the code that is being written, and how contract text enters it.

import type { Facts } from './facts.ts';
import type { Node } from './ir.ts';

/** Where statements are written. */
export interface Spot {
  /** The variable that holds the value. */
  value: string;
  /** The statement that says no: `return false;` or a labelled break. */
  fail: string;
  /** Kinds that the value can still have here, bits of `kind`. */
  possible: number;
  /** Gathers what is evaluated, for an `unevaluated…` further out. */
  facts: Facts | undefined;
  /** Variables that must be true for the facts written here to count. */
  when: readonly string[];
}

export interface Writer {
  line(text: string): void;
  /** A name nobody else uses: a prefix and a counter. */
  fresh(prefix: string): string;
  /** Hoists an expression over the helpers `h`; equal ones once. Gives the name of its constant. */
  constant(expression: string): string;
  /** Statements that fail unless the value fits the node; gives the kinds still possible after them. */
  judge(node: Node, spot: Spot): number;
}

/**
 * The only way of contract text into code: a JavaScript literal of a text, number, boolean or null. Only printable
 * ASCII remains, without `<`, so that it is safe in a script element too.
 */
export function literal(value: string | number | boolean | null): string {
  if (typeof value !== 'string') return Object.is(value, -0) ? '0' : String(value);
  return JSON.stringify(value).replaceAll(
    /[^\u0020-\u007E]|</g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** Reads an own member. Names that every object inherits are asked for first. */
export function memberOf(value: string, name: string): string {
  const read = `${value}[${literal(name)}]`;
  return name in Object.prototype ? `(Object.hasOwn(${value}, ${literal(name)}) ? ${read} : undefined)` : read;
}

const fewNames = 12;

/** An expression: the variable `key` is one of the names. */
export function isOneOf(writer: Writer, key: string, names: readonly string[]): string {
  if (names.length === 0) return 'false';
  if (names.length <= fewNames) return names.map((name) => `${key} === ${literal(name)}`).join(' || ');
  return `${writer.constant(`new Set([${names.map(literal).join(', ')}])`)}.has(${key})`;
}

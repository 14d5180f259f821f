// Faults → violations: what is wrong and how to mend it, in words their reader can act on.

import { nearest } from './distance.ts';
import type { Fault, Wording } from './faults.ts';
import { inPlaceOf, kind, type Node } from './ir.ts';
import { isSensitive, reachesSensitive, segmentsOf, withoutOwnNames } from './sensitive.ts';

/** One fault. `pointer` is into the value; `actual` is cut at 64 characters and left out for personal data. */
export interface Violation {
  pointer: string;
  rule: string;
  message: string;
  expected?: unknown;
  actual?: unknown;
  /** Where in the schema the rule stands. */
  schema: string;
  /** The branch of `oneOf` or `anyOf` that was nearest to the value. */
  branch?: string;
}

/** What is said wherever a rule of a node is broken. `types` stands for those of the node in a choice. */
export function wordingOf(
  node: Node,
  { rule, keyword, expected, types = rule === 'type' ? node.types : 0 }: Rule,
): Wording {
  return {
    rule: rule === 'false' ? 'false schema' : rule,
    message: rule === 'unknown-property' ? undefined : messageOf(rule, expected, types),
    expected: expectedOf(rule, expected, types),
    schema: keyword === undefined ? node.at : `${node.at}/${keyword}`,
    repeats: !presence.has(rule),
    node,
    types,
  };
}

interface Rule {
  rule: string;
  /** Place of the rule below the node. */
  keyword?: string;
  expected?: unknown;
  types?: number;
}

/** The same said of the same place. */
export function isAlike(left: Fault, right: Fault): boolean {
  const [one, other] = [left.wording, right.wording];
  if (left.depth !== right.depth || one.rule !== other.rule || one.message !== other.message) return false;
  if (left.pointer !== right.pointer) return false;
  return one === other || one.message !== undefined || unknownWords(left) === unknownWords(right);
}

/** In the order they were met. `root` is the node that judged the whole value. */
export function violationsOf(faults: readonly Fault[], root: Node): Violation[] {
  const hides = reachesSensitive(root);
  return faults.map((fault) => {
    const { pointer, wording, value, branch } = fault;
    const { rule, expected, schema, repeats } = wording;
    const violation: Violation = { pointer, rule, message: wording.message ?? unknownWords(fault), schema };
    if (expected !== undefined) violation.expected = expected;
    const actual = repeats ? shorten(value) : undefined;
    const isHidden = hides && isSensitive(root, pointer);
    if (isHidden) violation.pointer = withoutOwnNames(root, pointer);
    if (actual !== undefined && !isHidden) violation.actual = actual;
    if (branch !== undefined) violation.branch = branch;
    return violation;
  });
}

/** The member is missing or should be; its value does not matter. */
const presence = new Set(['required', 'unknown-property', 'read-only', 'write-only', 'false']);

function expectedOf(rule: string, expected: unknown, types: number): unknown {
  if (rule !== 'type') return rule === 'oneOf' ? undefined : expected;
  const names = typeNames(types);
  return names.length === 1 ? names[0] : names;
}

const typeOrder = ['object', 'array', 'string', 'number', 'integer', 'boolean', 'null'] as const;
const namesByTypes = new Map<number, readonly string[]>();

function typeNames(types: number): readonly string[] {
  let names = namesByTypes.get(types);
  if (!names) {
    const isCovered = (name: string): boolean => name === 'integer' && (types & kind.number) !== 0;
    names = typeOrder.filter((name) => (types & kind[name]) !== 0 && !isCovered(name));
    namesByTypes.set(types, names);
  }
  return names;
}

const fixed: Record<string, string> = {
  required: 'Is required.',
  false: 'Must not be given.',
  uniqueItems: 'Must not contain the same entry twice.',
  anyOf: 'Must fit one of the described forms.',
  contains: 'Must have an entry of the described form.',
  not: 'Has a form that is ruled out.',
  'read-only': 'Is set by the service; leave it out.',
  'write-only': 'Is only ever sent, never returned.',
  propertyNames: 'Is not a name that is allowed here.',
  'number-out-of-range': 'Must lie within ±9007199254740991; larger numbers travel as text.',
};

function messageOf(rule: string, expected: unknown, types: number): string {
  const known = fixed[rule];
  if (known !== undefined) return known;
  const limit = typeof expected === 'number' ? expected : Number.NaN;
  const many = (one: string, more = `${one}s`): string => `${limit} ${limit === 1 ? one : more}`;
  switch (rule) {
    case 'type':
      return `Must be ${typeNames(types).map(typeWord).join(' or ')}.`;
    case 'enum':
      return `Must be one of ${listWords(expected as unknown[])}.`;
    case 'const':
      return `Must be ${JSON.stringify(expected)}.`;
    case 'minLength':
      return limit === 1 ? 'Must not be empty.' : `Must have ${many('character')} or more.`;
    case 'maxLength':
      return `Must have ${many('character')} or fewer.`;
    case 'minItems':
      return `Must have ${many('entry', 'entries')} or more.`;
    case 'maxItems':
      return `Must have ${many('entry', 'entries')} or fewer.`;
    case 'minProperties':
      return `Must have ${many('member')} or more.`;
    case 'maxProperties':
      return `Must have ${many('member')} or fewer.`;
    case 'pattern':
      return `Must match ${String(expected)}.`;
    case 'format':
      return `Must be ${formatWords[String(expected)] ?? `in the format ${String(expected)}`}.`;
    case 'oneOf':
      return expected === undefined
        ? 'Must fit exactly one of the described forms.'
        : `Must fit exactly one of the described forms; it fits ${limit}.`;
    case 'dependentRequired':
      return `Needs \`${String(expected)}\` beside it.`;
    default:
      return numberWords(rule, limit);
  }
}

function numberWords(rule: string, limit: number): string {
  switch (rule) {
    case 'minimum':
      return `Must be ${limit} or more.`;
    case 'maximum':
      return `Must be ${limit} or less.`;
    case 'exclusiveMinimum':
      return `Must be more than ${limit}.`;
    case 'exclusiveMaximum':
      return `Must be less than ${limit}.`;
    case 'multipleOf':
      return `Must be a multiple of ${limit}.`;
    case 'minContains':
      return `Must have ${limit} or more entries of the described form.`;
    case 'maxContains':
      return `Must have ${limit} or fewer entries of the described form.`;
    default:
      return `Does not meet ${rule}.`;
  }
}

function unknownWords({ wording, pointer }: Fault): string {
  const names = [...inPlaceOf([wording.node])].flatMap(({ members }) => [...(members?.properties.keys() ?? [])]);
  const near = nearest(segmentsOf(pointer).at(-1) ?? '', names);
  return near === undefined ? 'Is not known here.' : `Is not known here. Did you mean \`${near}\`?`;
}

const typeWords: Record<string, string> = {
  string: 'text',
  integer: 'a whole number',
  number: 'a number',
  boolean: 'true or false',
  object: 'an object',
  array: 'a list',
};

function typeWord(name: string): string {
  return typeWords[name] ?? name;
}

const formatWords: Record<string, string> = {
  email: 'an e-mail address',
  'date-time': 'a time like 2026-11-24T09:30:00Z',
  date: 'a day like 2026-11-24',
  time: 'a time of day like 09:30:00Z',
  duration: 'a duration like P1DT12H',
  uri: 'an address like https://example.com/',
  uuid: 'a UUID',
  currency: 'a currency code like EUR',
  country: 'a country code like DE',
  decimal: 'a decimal number like 12.50',
  byte: 'text in base64',
  e164: 'a phone number like +4915112345678',
  iban: 'an IBAN',
  int32: 'a whole number of 32 bits',
  int64: 'a whole number of 64 bits',
};

function listWords(values: readonly unknown[]): string {
  const shown = values.slice(0, 12).map((value) => (typeof value === 'string' ? value : JSON.stringify(value)));
  return shown.join(', ') + (values.length > shown.length ? ', …' : '');
}

function shorten(value: unknown): unknown {
  if (typeof value === 'string') return value.length > 64 ? `${value.slice(0, 63)}…` : value;
  return typeof value === 'object' ? undefined : value;
}

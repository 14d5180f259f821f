// What is wrong with a value, in words its sender can act on.

import type { ErrorObject } from 'ajv/dist/2020.js';
import { nearest } from './distance.ts';

/** One fault. `pointer` is into the value; `actual` is cut at 64 characters. */
export interface Violation {
  pointer: string;
  rule: string;
  message: string;
  expected?: unknown;
  actual?: unknown;
  /** Where in the schema the rule stands. */
  schema: string;
}

export interface Explanation {
  max: number;
  /** Pointers that another part has explained already. */
  told: ReadonlySet<string>;
  /** Places whose value no message may repeat. */
  isSensitive: (pointer: string) => boolean;
}

/** Ajv's errors → violations, in the order they were met, each once. */
export function explainErrors(errors: readonly ErrorObject[], options: Explanation): Violation[] {
  const seen = new Set<string>();
  const violations: Violation[] = [];
  for (const error of errors) {
    if (violations.length >= options.max) break;
    if (error.keyword === 'if' || (error.keyword === 'false schema' && options.told.has(error.instancePath))) continue;
    const violation = toViolation(error);
    if (violation.actual !== undefined && options.isSensitive(violation.pointer)) delete violation.actual;
    const key = `${violation.pointer} ${violation.rule} ${violation.message}`;
    if (seen.has(key) || options.told.has(violation.pointer)) continue;
    seen.add(key);
    violations.push(violation);
  }
  return violations;
}

function toViolation(error: ErrorObject): Violation {
  const params = error.params as Record<string, unknown>;
  const unknownName = (params['additionalProperty'] ?? params['unevaluatedProperty']) as string | undefined;
  const base = { schema: error.schemaPath.replace(/^contract#/, '#') };
  if (error.keyword === 'required') {
    const name = String(params['missingProperty']);
    return { ...base, pointer: `${error.instancePath}/${escape(name)}`, rule: 'required', message: 'Is required.' };
  }
  if (unknownName !== undefined) {
    const names = Object.keys((error.parentSchema?.['properties'] as object | undefined) ?? {});
    const near = nearest(unknownName, names);
    const message = near ? `Is not known here. Did you mean \`${near}\`?` : 'Is not known here.';
    return { ...base, pointer: `${error.instancePath}/${escape(unknownName)}`, rule: 'unknown-property', message };
  }
  const expected =
    params['limit'] ??
    params['allowedValues'] ??
    params['allowedValue'] ??
    params['type'] ??
    params['format'] ??
    params['pattern'] ??
    params['multipleOf'];
  const actual = shorten(error.data);
  return {
    ...base,
    pointer: error.instancePath,
    rule: error.keyword,
    message: messageOf(error, params),
    ...(expected === undefined ? {} : { expected }),
    ...(actual === undefined ? {} : { actual }),
  };
}

function messageOf(error: ErrorObject, params: Record<string, unknown>): string {
  const limit = Number(params['limit']);
  const many = (one: string, more = `${one}s`): string => `${limit} ${limit === 1 ? one : more}`;
  const messages: Record<string, () => string> = {
    type: () => `Must be ${typeWords(params['type'])}.`,
    enum: () => `Must be one of ${listWords(params['allowedValues'] as unknown[])}.`,
    const: () => `Must be ${JSON.stringify(params['allowedValue'])}.`,
    minimum: () => `Must be ${limit} or more.`,
    maximum: () => `Must be ${limit} or less.`,
    exclusiveMinimum: () => `Must be more than ${limit}.`,
    exclusiveMaximum: () => `Must be less than ${limit}.`,
    multipleOf: () => `Must be a multiple of ${String(params['multipleOf'])}.`,
    minLength: () => (limit === 1 ? 'Must not be empty.' : `Must have ${many('character')} or more.`),
    maxLength: () => `Must have ${many('character')} or fewer.`,
    minItems: () => `Must have ${many('entry', 'entries')} or more.`,
    maxItems: () => `Must have ${many('entry', 'entries')} or fewer.`,
    minProperties: () => `Must have ${many('member')} or more.`,
    maxProperties: () => `Must have ${many('member')} or fewer.`,
    uniqueItems: () => 'Must not contain the same entry twice.',
    pattern: () => `Must match ${String(params['pattern'])}.`,
    format: () => `Must be ${formatWords(String(params['format']))}.`,
    oneOf: () => 'Must fit exactly one of the described forms.',
    anyOf: () => 'Must fit one of the described forms.',
    not: () => 'Has a form that is ruled out.',
    'false schema': () => 'Must not be given.',
    dependentRequired: () => `Needs \`${String(params['missingProperty'])}\` beside it.`,
  };
  return messages[error.keyword]?.() ?? `Does not meet ${error.keyword}.`;
}

function typeWords(type: unknown): string {
  const words: Record<string, string> = {
    string: 'text',
    integer: 'a whole number',
    number: 'a number',
    boolean: 'true or false',
    object: 'an object',
    array: 'a list',
    null: 'null',
  };
  const types = Array.isArray(type) ? type : [type];
  return types.map((entry) => words[String(entry)] ?? String(entry)).join(' or ');
}

function formatWords(format: string): string {
  const words: Record<string, string> = {
    email: 'an e-mail address',
    'date-time': 'a time like 2026-11-24T09:30:00Z',
    date: 'a day like 2026-11-24',
    time: 'a time of day like 09:30:00Z',
    uri: 'an address like https://example.com/',
    uuid: 'a UUID',
    currency: 'a currency code like EUR',
    country: 'a country code like DE',
    e164: 'a phone number like +4915112345678',
    iban: 'an IBAN',
    int32: 'a whole number of 32 bits',
    int64: 'a whole number of 64 bits',
  };
  return words[format] ?? `in the format ${format}`;
}

function listWords(values: unknown[]): string {
  const shown = values.slice(0, 12).map((value) => (typeof value === 'string' ? value : JSON.stringify(value)));
  return shown.join(', ') + (values.length > shown.length ? ', …' : '');
}

function shorten(value: unknown): unknown {
  if (typeof value === 'string') return value.length > 64 ? `${value.slice(0, 63)}…` : value;
  return typeof value === 'object' ? undefined : value;
}

function escape(name: string): string {
  return name.replaceAll('~', '~0').replaceAll('/', '~1');
}

// What is wrong with a value, in words its sender can act on.

import type { ErrorObject } from 'ajv/dist/2020.js';

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

interface Explanation {
  value: unknown;
  max: number;
}

/** Ajv's errors → violations: one branch of a choice only, the nearest; most specific first. */
export function explainErrors(errors: readonly ErrorObject[], { max }: Explanation): Violation[] {
  const relevant = nearestBranches(errors.filter((error) => error.keyword !== 'if'));
  const seen = new Set<string>();
  const violations: Violation[] = [];
  for (const error of relevant) {
    const violation = toViolation(error);
    const key = `${violation.pointer} ${violation.rule} ${violation.message}`;
    if (seen.has(key)) continue;
    seen.add(key);
    violations.push(violation);
    if (violations.length >= max) break;
  }
  return violations;
}

/** For each failed oneOf/anyOf keeps only the branch that came closest: deepest reached, then fewest faults. */
function nearestBranches(errors: readonly ErrorObject[]): ErrorObject[] {
  let left = [...errors];
  const choices = errors.filter((error) => error.keyword === 'oneOf' || error.keyword === 'anyOf');
  for (const choice of choices.toSorted((a, b) => b.schemaPath.length - a.schemaPath.length)) {
    const prefix = `${choice.schemaPath}/`;
    const inside = left.filter(
      (error) => error.schemaPath.startsWith(prefix) && error.instancePath.startsWith(choice.instancePath),
    );
    // References restart Ajv's schema paths, so a branch behind one is told apart by its parent schema only.
    if (inside.length === 0) continue;
    const byBranch = Map.groupBy(inside, (error) => error.schemaPath.slice(prefix.length).split('/', 1)[0]);
    const best = [...byBranch.values()].toSorted((a, b) => reach(b) - reach(a) || a.length - b.length)[0] ?? [];
    left = left.filter((error) => error !== choice && (!inside.includes(error) || best.includes(error)));
  }
  return left;
}

function reach(errors: readonly ErrorObject[]): number {
  const wrongType = errors.some(
    (error) => error.keyword === 'type' || error.keyword === 'const' || error.keyword === 'enum',
  );
  return Math.max(...errors.map((error) => error.instancePath.length)) - (wrongType ? 1 : 0);
}

function toViolation(error: ErrorObject): Violation {
  const params = error.params as Record<string, unknown>;
  const unknownName = (params['additionalProperty'] ?? params['unevaluatedProperty']) as string | undefined;
  const base = { schema: error.schemaPath };
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
  const many = (word: string): string => (limit === 1 ? `1 ${word}` : `${limit} ${word}s`);
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
    minItems: () => `Must have ${many('entry').replace('entrys', 'entries')} or more.`,
    maxItems: () => `Must have ${many('entry').replace('entrys', 'entries')} or fewer.`,
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
  const shown = values.slice(0, 12).map((value) => String(value));
  return shown.join(', ') + (values.length > shown.length ? ', …' : '');
}

function shorten(value: unknown): unknown {
  if (typeof value === 'string') return value.length > 64 ? `${value.slice(0, 63)}…` : value;
  return typeof value === 'object' ? undefined : value;
}

function escape(name: string): string {
  return name.replaceAll('~', '~0').replaceAll('/', '~1');
}

/** The closest of `names` within edit distance 2. */
export function nearest(name: string, names: readonly string[]): string | undefined {
  const ranked = names.map((other) => ({ other, distance: editDistance(name.toLowerCase(), other.toLowerCase(), 2) }));
  return ranked.filter((entry) => entry.distance <= 2).toSorted((a, b) => a.distance - b.distance)[0]?.other;
}

/** Levenshtein distance, given up beyond `limit` (then limit + 1). */
function editDistance(left: string, right: string, limit: number): number {
  if (Math.abs(left.length - right.length) > limit || left.length > 64) return limit + 1;
  let row = Array.from({ length: right.length + 1 }, (_, index) => index);
  for (let i = 1; i <= left.length; i++) {
    const next = [i];
    for (let j = 1; j <= right.length; j++) {
      const same = left[i - 1] === right[j - 1] ? 0 : 1;
      next[j] = Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, (row[j - 1] ?? 0) + same);
    }
    row = next;
  }
  return row[right.length] ?? limit + 1;
}

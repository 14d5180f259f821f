// Values of schemas: whether numbers, dates and lists can be carried and checked as they are described.

import { follow, isObject } from '../../load/pointer.ts';
import { casings } from '../casing.ts';
import { propertiesOf, requestSchemas, schemasOf, typesOf } from '../nodes.ts';
import type { Rule } from '../rule.ts';
import { bodyOf, withOperation } from '../sample.ts';

const safest = Number.MAX_SAFE_INTEGER;

export const unsafeInteger: Rule = {
  id: 'unsafe-integer',
  group: 'schema',
  severity: 'warn',
  why: 'JSON numbers beyond 2^53 lose their last digits in browsers and in most languages.',
  schema: (schema, _contract, report) => {
    if (!typesOf(schema).includes('integer') && !typesOf(schema).includes('number')) return;
    const { minimum, maximum } = schema;
    const beyond = [minimum, maximum].find((bound) => typeof bound === 'number' && Math.abs(bound) > safest);
    const unbounded = schema['format'] === 'int64' && (typeof maximum !== 'number' || maximum > safest);
    if (beyond === undefined && !unbounded) return;
    report(
      schema,
      unbounded && beyond === undefined
        ? 'An int64 may be larger than 2^53.'
        : `${JSON.stringify(beyond)} is beyond 2^53.`,
      'Add  maximum: 9007199254740991, or carry it as a string of digits.',
    );
  },
  bad: withOperation({}, 'Thing: { type: integer, format: int64 }'),
  good: withOperation({}, 'Thing: { type: integer, format: int64, maximum: 9007199254740991 }'),
};

const dateName = /(?:^|[a-z_])(?:At|Date|_at|_date|_on|Time|timestamp)$|^(?:date|created|updated|birthday)$/;

export const dateAsString: Rule = {
  id: 'date-as-string',
  group: 'schema',
  severity: 'warn',
  why: 'Without a format every caller guesses how a date is written, and nothing checks it.',
  schema: (schema, contract, report) => {
    for (const [name, written] of propertiesOf(schema)) {
      if (!dateName.test(name)) continue;
      const property = follow(contract.document, written);
      if (!isObject(property) || !typesOf(property).includes('string')) continue;
      if (['format', 'enum', 'const', 'pattern'].some((key) => property[key] !== undefined)) continue;
      report(written, `${name} is a date as free text.`, 'Add  format: date-time  or  format: date.');
    }
  },
  bad: withOperation({}, 'Thing: { type: object, properties: { createdAt: { type: string } } }'),
  good: withOperation({}, 'Thing: { type: object, properties: { createdAt: { type: string, format: date-time } } }'),
};

export const propertyCasing: Rule = {
  id: 'property-casing',
  group: 'schema',
  severity: 'warn',
  options: {
    casing: { is: 'as-most', of: ['as-most', ...Object.keys(casings)], what: 'how names of properties are written' },
  },
  why: 'Two ways to write names in one contract mean that every caller looks each one up.',
  contract: (contract, report, settings) => {
    const names = schemasOf(contract).flatMap((schema) => propertiesOf(schema).map(([name, at]) => ({ name, at })));
    const said = String(settings['casing']);
    const usual = said === 'as-most' ? usualCasing(names.map(({ name }) => name)) : said;
    if (usual === undefined) return;
    const told = new Set<string>();
    for (const { name, at } of names) {
      if (told.has(name) || casings[usual]?.test(name) || name.startsWith('@') || name.startsWith('$')) continue;
      told.add(name);
      report(at, `"${name}" is not in ${usual} like the other names here.`, `Write it in ${usual}.`);
    }
  },
  bad: withOperation(
    {},
    'Thing: { type: object, properties: { fullName: { type: string }, birthPlace: { type: string }, last_name: { type: string } } }',
  ),
  good: withOperation(
    {},
    'Thing: { type: object, properties: { fullName: { type: string }, birthPlace: { type: string }, lastName: { type: string } } }',
  ),
};

/** The style of most names; undefined when none decides: one word fits several styles, so only longer names count. */
function usualCasing(names: readonly string[]): string | undefined {
  const long = names.filter((name) => /[A-Z_-]/.test(name.slice(1)));
  const counts = Object.entries(casings).map(([style, is]) => ({
    style,
    count: long.filter((name) => is.test(name)).length,
  }));
  const [usual] = counts.toSorted((a, b) => b.count - a.count);
  return usual === undefined || usual.count === 0 ? undefined : usual.style;
}

export const arrayBounded: Rule = {
  id: 'array-bounded',
  group: 'schema',
  severity: 'warn',
  why: 'A caller may send a list of a million; the work it makes has no end either.',
  contract: (contract, report) => {
    for (const schema of requestSchemas(contract)) {
      if (!typesOf(schema).includes('array') || schema['maxItems'] !== undefined) continue;
      if (schema['enum'] !== undefined || schema['const'] !== undefined) continue;
      report(schema, 'A list that callers send has no bound.', 'Add  maxItems: 100.');
    }
  },
  bad: withOperation({ requestBody: bodyOf('{ type: array, items: { type: integer } }') }, undefined, 'post'),
  good: withOperation(
    { requestBody: bodyOf('{ type: array, maxItems: 20, items: { type: integer } }') },
    undefined,
    'post',
  ),
};

/** Formats whose texts have a bound of their own. */
const shortFormats = new Set(
  'date date-time time duration uuid ipv4 ipv6 email idn-email hostname idn-hostname binary byte'.split(' '),
);

export const stringBounded: Rule = {
  id: 'string-bounded',
  group: 'schema',
  severity: 'warn',
  why: 'A text without a bound is stored, logged and searched at any length.',
  contract: (contract, report) => {
    for (const schema of requestSchemas(contract)) {
      if (!typesOf(schema).includes('string')) continue;
      const bounded =
        ['maxLength', 'enum', 'const'].some((key) => schema[key] !== undefined) ||
        (typeof schema['format'] === 'string' && shortFormats.has(schema['format'])) ||
        isBoundedPattern(schema['pattern']);
      if (!bounded) report(schema, 'A text that callers send has no bound.', 'Add  maxLength: 200.');
    }
  },
  bad: withOperation({ requestBody: bodyOf('{ type: string }') }, undefined, 'post'),
  good: withOperation({ requestBody: bodyOf('{ type: string, maxLength: 200 }') }, undefined, 'post'),
};

/** An anchored pattern without `*`, `+` or `{n,}` outside of classes. */
function isBoundedPattern(pattern: unknown): boolean {
  if (typeof pattern !== 'string' || !/^\^.*\$$/.test(pattern)) return false;
  return !/[*+]|\{\d+,\}/.test(pattern.replaceAll(/\\.|\[(?:\\.|[^\]])*\]/g, 'x'));
}

export const requestClosed: Rule = {
  id: 'request-closed',
  group: 'schema',
  severity: 'warn',
  why: 'A misspelt property of an open object is silently ignored.',
  operation: (operation, contract, report) => {
    // Under `refuse` the edge closes every body by itself.
    if (operation.policy.unknown === 'refuse') return;
    for (const media of operation.body?.media ?? []) {
      const schema = follow(contract.document, media.schema);
      if (!isObject(schema) || !typesOf(schema).includes('object')) continue;
      if (schema['additionalProperties'] !== undefined || schema['unevaluatedProperties'] !== undefined) continue;
      if (schema['patternProperties'] !== undefined || schema['properties'] === undefined) continue;
      report(schema, `${operation.id} takes any property besides those it names.`, 'Add  additionalProperties: false.');
    }
  },
  bad: withOperation(
    {
      'x-plinth': '{ effect: write, unknown: pass }',
      requestBody: bodyOf('{ type: object, properties: { id: { type: string } } }'),
    },
    undefined,
    'post',
  ),
  good: withOperation(
    {
      'x-plinth': '{ effect: write, unknown: pass }',
      requestBody: bodyOf('{ type: object, additionalProperties: false, properties: { id: { type: string } } }'),
    },
    undefined,
    'post',
  ),
};

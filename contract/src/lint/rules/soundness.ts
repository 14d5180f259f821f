// What a schema promises and cannot keep: nothing is valid, or its pattern cannot be run safely.

import { isObject } from '../../load/pointer.ts';
import type { Contract, JsonObject } from '../../model/contract.ts';
import { nearest } from '../../schema/distance.ts';
import { formatNames } from '../../schema/formats/formats.ts';
import { patternVerdict } from '../../schema/pattern.ts';
import { judgePattern } from '../../schema/regex/exponential.ts';
import { impossible } from '../impossible.ts';
import { schemasOf, typesOf } from '../nodes.ts';
import type { Rule, SearchPattern } from '../rule.ts';
import { withOperation } from '../sample.ts';

export const schemaImpossible: Rule = {
  id: 'schema-impossible',
  group: 'schema',
  severity: 'error',
  foreign: 'error',
  why: 'A schema that accepts nothing refuses every call or makes every answer wrong.',
  schema: (schema, contract, report) => {
    // `not: {}` on purpose is how a property is forbidden.
    if (isForbidden(schema)) return;
    const why = impossible(contract, schema);
    if (why !== undefined) report(schema, `Nothing is valid here: ${why}.`, 'Correct what contradicts itself.');
  },
  bad: withOperation({}, 'Thing: { allOf: [{ type: string }, { type: integer, minimum: 1 }] }'),
  good: withOperation({}, 'Thing: { allOf: [{ type: number }, { type: integer, minimum: 1 }] }'),
};

function isForbidden(schema: JsonObject): boolean {
  const { not, description: _said, ...rest } = schema;
  return Object.keys(rest).length === 0 && (not === true || (isObject(not) && Object.keys(not).length === 0));
}

function eachPattern(schema: JsonObject, check: (pattern: string) => void): void {
  if (typeof schema['pattern'] === 'string') check(schema['pattern']);
  if (isObject(schema['patternProperties']))
    for (const pattern of Object.keys(schema['patternProperties'])) check(pattern);
}

/** True when a search for slow texts (`LintOptions.searchPattern`) would be asked. */
export function hasUnprovedPattern(contract: Contract): boolean {
  let found = false;
  for (const schema of schemasOf(contract))
    eachPattern(schema, (pattern) => (found ||= patternVerdict(pattern) === 'refused'));
  return found;
}

export const regexUnsafe: Rule = {
  id: 'regex-unsafe',
  group: 'schema',
  severity: 'error',
  foreign: 'warn',
  why: 'Some patterns take seconds for thirty characters; whoever sends them stops the process.',
  schema: (schema, _contract, report, search) => {
    eachPattern(schema, (pattern) => {
      const slow = slowness(pattern, search);
      if (slow !== undefined)
        report(schema, slow, 'Repeat once, not inside a repetition:  ^[a-z]+$  instead of  ^([a-z]+)+$.');
    });
  },
  bad: withOperation({}, "Thing: { type: string, pattern: '^([a-z]+)+$' }"),
  good: withOperation({}, "Thing: { type: string, pattern: '^[a-z]+$' }"),
};

function slowness(pattern: string, search: SearchPattern): string | undefined {
  if (judgePattern(pattern) === 'exponential')
    return `The pattern ${pattern} can read the same text in more and more ways: its time doubles with each letter.`;
  if (patternVerdict(pattern) !== 'refused') return undefined;
  const { verdict, growth, attack } = search(pattern);
  return verdict === 'vulnerable'
    ? `The pattern ${pattern} is slow (${growth}) over texts such as ${attack}.`
    : undefined;
}

export const regexNotEnforced: Rule = {
  id: 'regex-not-enforced',
  group: 'schema',
  severity: 'error',
  foreign: 'info',
  why: 'A pattern whose time has no bound is not run, so that nothing is checked by it.',
  schema: (schema, _contract, report, search) => {
    eachPattern(schema, (pattern) => {
      if (patternVerdict(pattern) !== 'refused' || slowness(pattern, search) !== undefined) return;
      const searched = search(pattern).verdict === 'safe' ? ' No slow text was found, which is no proof.' : '';
      report(
        schema,
        judgePattern(pattern) === 'large'
          ? `The pattern of ${pattern.length} characters is too large to be judged.`
          : `The pattern ${pattern} uses look-around or a back-reference in a way that has no bound on its time.${searched}`,
        'Say it with classes, counts and alternatives, or split it into two schemas under allOf.',
      );
    });
  },
  bad: withOperation({}, "Thing: { type: string, pattern: '^([a-z]+)-\\1$' }"),
  good: withOperation({}, "Thing: { type: string, pattern: '^[a-z][a-z-]*$' }"),
};

const known = new Set(formatNames());

export const formatUnknown: Rule = {
  id: 'format-unknown',
  group: 'schema',
  severity: 'warn',
  foreign: 'info',
  why: 'A format that nobody knows checks nothing, and looks as if it did.',
  contract: (contract, report) => {
    const told = new Set<string>();
    for (const schema of schemasOf(contract)) {
      const { format } = schema;
      if (typeof format !== 'string' || known.has(format) || told.has(format)) continue;
      told.add(format);
      const near = nearest(format, [...known]);
      report(
        schema,
        `The format ${JSON.stringify(format)} is not known here: every ${typesOf(schema)[0] ?? 'value'} passes.`,
        near === undefined
          ? 'Say it with a pattern or bounds, or use a format that is known: date-time, uuid, email, uri, …'
          : `Did you mean ${near}?`,
      );
    }
  },
  bad: withOperation({}, 'Thing: { type: string, format: zip-code }'),
  good: withOperation({}, "Thing: { type: string, pattern: '^[0-9]{5}$' }"),
};

/** What earlier drafts knew and 2020-12 passes over → what says the same in 2020-12. */
const earlierKeywords: Readonly<Record<string, string>> = {
  $recursiveRef: '$dynamicRef',
  $recursiveAnchor: '$dynamicAnchor',
  additionalItems: 'items beside prefixItems',
  dependencies: 'dependentRequired or dependentSchemas',
};

export const keywordEarlier: Rule = {
  id: 'keyword-earlier',
  group: 'schema',
  severity: 'warn',
  foreign: 'warn',
  why: 'JSON Schema 2020-12 passes over keywords of earlier drafts, so whatever they were to check is not checked.',
  schema: (schema, _contract, report) => {
    for (const [keyword, successor] of Object.entries(earlierKeywords)) {
      if (!Object.hasOwn(schema, keyword)) continue;
      report(
        schema,
        `\`${keyword}\` belongs to an earlier draft of JSON Schema and does nothing here.`,
        `Say it with ${successor}.`,
      );
    }
  },
  bad: withOperation(
    {},
    "Thing: { type: object, $recursiveAnchor: true, properties: { part: { $recursiveRef: '#' } } }",
  ),
  good: withOperation(
    {},
    "Thing: { type: object, $dynamicAnchor: thing, properties: { part: { $dynamicRef: '#thing' } } }",
  ),
};

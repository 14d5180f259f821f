// Schemas and the examples beside them.

import { isObject } from '../../load/pointer.ts';
import type { Contract, JsonObject, Media } from '../../model/contract.ts';
import type { Direction } from '../../schema/compile.ts';
import { isPattern } from '../../schema/regex/parse.ts';
import { faultOf } from '../fault.ts';
import { propertiesOf } from '../nodes.ts';
import type { Report, Rule } from '../rule.ts';
import { withOperation } from '../sample.ts';

const types = new Set(['string', 'number', 'integer', 'boolean', 'array', 'object', 'null']);

export const schemaValid: Rule = {
  id: 'schema-valid',
  group: 'schema',
  severity: 'error',
  foreign: 'warn',
  why: 'A schema that is none checks nothing, and looks as if it did.',
  schema: (schema, _contract, report) => {
    for (const fault of faultsOf(schema)) report(schema, fault.message, fault.fix);
  },
  bad: withOperation({}, 'Thing: { type: strng }'),
  good: withOperation({}, 'Thing: { type: string }'),
};

function faultsOf(schema: JsonObject): { message: string; fix: string }[] {
  const faults: { message: string; fix: string }[] = [];
  const { type, pattern, required, properties } = schema;
  for (const name of type === undefined ? [] : Array.isArray(type) ? type : [type]) {
    if (typeof name === 'string' && types.has(name)) continue;
    faults.push({ message: `${JSON.stringify(name)} is no type.`, fix: `Use one of ${[...types].join(', ')}.` });
  }
  if (typeof pattern === 'string' && !isPattern(pattern)) {
    faults.push({
      message: `The pattern ${pattern} is no regular expression.`,
      fix: 'Correct it; it is read as ECMAScript with the u flag.',
    });
  }
  if (required !== undefined && !(Array.isArray(required) && required.every((name) => typeof name === 'string'))) {
    faults.push({ message: '`required` is no list of names.', fix: 'Write  required: [id, name]  beside properties.' });
  }
  if (properties !== undefined && !isObject(properties)) {
    faults.push({ message: '`properties` is no map of schemas.', fix: 'Write one schema for each name.' });
  }
  for (const [low, high] of [
    ['minimum', 'maximum'],
    ['minLength', 'maxLength'],
    ['minItems', 'maxItems'],
  ] as const) {
    if (typeof schema[low] === 'number' && typeof schema[high] === 'number' && schema[low] > schema[high]) {
      faults.push({
        message: `Nothing is valid: ${low} ${schema[low]} is above ${high} ${schema[high]}.`,
        fix: 'Exchange or correct them.',
      });
    }
  }
  if (Array.isArray(schema['enum']) && schema['enum'].length === 0) {
    faults.push({ message: 'Nothing is valid: enum is empty.', fix: 'List the values, or remove enum.' });
  }
  return faults;
}

export const exampleValid: Rule = {
  id: 'example-valid',
  group: 'schema',
  severity: 'error',
  foreign: 'warn',
  why: 'Examples are copied into code, and the mock answers with them.',
  contract: (contract, report) => {
    for (const operation of contract.operations) {
      for (const media of operation.body?.media ?? [])
        checkMedia(contract, media, { operation, direction: 'request' }, report);
      for (const response of operation.responses) {
        for (const media of response.media) checkMedia(contract, media, { operation, direction: 'response' }, report);
      }
    }
  },
  bad: withOperation({ responses: okWith('{ id: 7 }') }),
  good: withOperation({ responses: okWith('{ id: t7 }') }),
};

function okWith(example: string): string {
  return `{ '200': { description: A thing., content: { application/json: { schema: { $ref: '#/components/schemas/Thing' }, example: ${example} } } } }`;
}

function checkMedia(
  contract: Contract,
  media: Media,
  at: { operation: { id: string; node: JsonObject }; direction: Direction },
  report: Report,
): void {
  if (media.schema === undefined || media.examples.length === 0) return;
  for (const example of media.examples) {
    const remark = faultOf(contract, media.schema, example.value, at.direction);
    if (remark === undefined) continue;
    const node = typeof example.value === 'object' && example.value !== null ? example.value : at.operation.node;
    report(
      node,
      `${at.operation.id}: example "${example.name}" does not fit its schema: ${remark}`,
      'Correct the example, or the schema if the example is right.',
    );
  }
}

const moneyName = /(?:^|[a-z_])(?:amount|price|fee|balance|cost|refund)$/i;

export const moneyFloat: Rule = {
  id: 'money-float',
  group: 'schema',
  severity: 'error',
  why: 'Binary fractions lose cents; money is an integer of minor units and a currency.',
  schema: (schema, _contract, report) => {
    for (const [name, property] of propertiesOf(schema)) {
      if (!moneyName.test(name) || property['type'] !== 'number') continue;
      report(
        property,
        `${name} is money as a fraction.`,
        `Write  ${name}: { $ref: '../shapes.yaml#/components/schemas/Money' }`,
      );
    }
  },
  bad: withOperation({}, 'Thing: { type: object, properties: { price: { type: number } } }'),
  good: withOperation(
    {},
    'Thing: { type: object, properties: { price: { type: object, properties: { amount: { type: integer }, currency: { type: string } } } } }',
  ),
};

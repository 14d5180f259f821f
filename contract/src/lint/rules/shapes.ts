// Parts of a schema that must agree with one another: defaults, enums, branches, required names.

import { follow, isObject } from '../../load/pointer.ts';
import type { Contract, JsonObject, JsonValue } from '../../model/contract.ts';
import { faultOf } from '../fault.ts';
import { fits, isOfType } from '../impossible.ts';
import { propertiesOf, typesOf } from '../nodes.ts';
import type { Rule } from '../rule.ts';
import { withOperation } from '../sample.ts';
import { ambiguousWitness } from '../witness.ts';

export const defaultValid: Rule = {
  id: 'default-valid',
  group: 'schema',
  severity: 'error',
  foreign: 'warn',
  why: 'A default that its own schema refuses is taken by some readers and refused by others.',
  schema: (schema, contract, report) => {
    if (schema['default'] === undefined) return;
    const fault = defaultFault(contract, schema, schema['default']);
    if (fault !== undefined)
      report(
        schema,
        `The default ${brief(schema['default'])} does not fit its schema: ${fault}`,
        'Correct the default.',
      );
  },
  bad: withOperation({}, 'Thing: { type: integer, default: many }'),
  good: withOperation({}, 'Thing: { type: integer, default: 7 }'),
};

function defaultFault(contract: Contract, schema: JsonObject, value: JsonValue): string | undefined {
  // The common case is decided without compiling anything.
  const types = typesOf(schema);
  if (types.length > 0 && !types.some((type) => isOfType(value, type))) return `it is no ${types.join(' or ')}.`;
  if (isPlain(schema) && typeof value !== 'object')
    return fits(value, [schema]) ? undefined : 'it is none of the listed values, or out of bounds.';
  return faultOf(contract, schema, value, 'response');
}

const plainKeys = new Set(
  'type enum const default title description example examples deprecated readOnly writeOnly minimum maximum exclusiveMinimum exclusiveMaximum minLength maxLength pattern'.split(
    ' ',
  ),
);

function isPlain(schema: JsonObject): boolean {
  return Object.keys(schema).every((key) => plainKeys.has(key) || key.startsWith('x-'));
}

function brief(value: JsonValue): string {
  const text = JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
}

export const enumType: Rule = {
  id: 'enum-type',
  group: 'schema',
  severity: 'error',
  why: 'A listed value of another type can never be sent.',
  schema: (schema, _contract, report) => {
    const types = typesOf(schema);
    const values = schema['enum'];
    if (types.length === 0 || !Array.isArray(values)) return;
    const odd = values.filter((value) => !types.some((type) => isOfType(value, type)));
    if (odd.length === 0) return;
    const fix = odd.includes(null)
      ? `Write  type: [${types.join(', ')}, 'null']  if it may be null, else take null out.`
      : 'Correct the values or the type; a number in quotes is text.';
    report(schema, `enum lists ${odd.slice(0, 3).map(brief).join(', ')}, which is no ${types.join(' or ')}.`, fix);
  },
  bad: withOperation({}, 'Thing: { type: string, enum: [one, 2] }'),
  good: withOperation({}, "Thing: { type: string, enum: [one, '2'] }"),
};

export const requiredUndeclared: Rule = {
  id: 'required-undeclared',
  group: 'schema',
  severity: 'warn',
  why: 'A required name without a schema is mostly a misspelling, and its value is checked by nothing.',
  schema: (schema, _contract, report) => {
    const { required } = schema;
    if (!Array.isArray(required) || !isObject(schema['properties'])) return;
    // Parts may declare what the whole requires, and the other way round.
    if (['allOf', 'anyOf', 'oneOf', '$ref', 'patternProperties', 'if'].some((key) => schema[key] !== undefined)) return;
    const known = schema['properties'];
    const missing = required.filter((name) => typeof name === 'string').filter((name) => !Object.hasOwn(known, name));
    if (missing.length > 0)
      report(
        schema,
        `required names ${missing.join(', ')}, which properties does not declare.`,
        'Declare it, or correct its name.',
      );
  },
  bad: withOperation({}, 'Thing: { type: object, required: [id, name], properties: { id: { type: string } } }'),
  good: withOperation(
    {},
    'Thing: { type: object, required: [id, name], properties: { id: { type: string }, name: { type: string } } }',
  ),
};

export const discriminatorMapped: Rule = {
  id: 'discriminator-mapped',
  group: 'schema',
  severity: 'error',
  why: 'A discriminator chooses the branch by name; a branch without the property, or a name without a branch, is never reached.',
  schema: (schema, contract, report) => {
    const { discriminator } = schema;
    if (!isObject(discriminator)) return;
    const name = discriminator['propertyName'];
    if (typeof name !== 'string')
      return report(schema, 'The discriminator has no propertyName.', 'Add  propertyName: kind.');
    const branches = [schema['oneOf'], schema['anyOf']].flatMap((list) => (Array.isArray(list) ? list : []));
    for (const branch of branches) {
      const followed = follow(contract.document, branch);
      if (isObject(followed) && isObject(followed['properties']) && !declares(contract, followed, name, 0))
        report(
          isObject(branch) ? branch : schema,
          `This branch does not declare ${name}, which the discriminator reads.`,
          `Add  ${name}: { const: … }  and require it.`,
        );
    }
    const mapping = isObject(discriminator['mapping']) ? discriminator['mapping'] : {};
    for (const [value, target] of Object.entries(mapping)) {
      if (typeof target === 'string' && isKnown(contract, target)) continue;
      report(discriminator, `The mapping of "${value}" leads nowhere.`, "Write  '#/components/schemas/Name'.");
    }
  },
  bad: withOperation({}, pets('{ type: object, properties: { name: { type: string } } }')),
  good: withOperation({}, pets('{ type: object, required: [kind], properties: { kind: { const: dog } } }')),
};

function declares(contract: Contract, schema: JsonObject, name: string, depth: number): boolean {
  if (propertiesOf(schema).some(([property]) => property === name)) return true;
  const parts = ['allOf', 'anyOf', 'oneOf'].flatMap((key) => (Array.isArray(schema[key]) ? schema[key] : []));
  return (
    depth < 8 &&
    parts.some((part) => {
      const followed = follow(contract.document, part);
      return isObject(followed) && declares(contract, followed, name, depth + 1);
    })
  );
}

function isKnown(contract: Contract, target: string): boolean {
  const name = /^#\/components\/schemas\/([^/]+)$/.exec(target)?.[1] ?? target;
  return contract.schemas.has(name);
}

function pets(dog: string): string {
  return `Thing: { oneOf: [{ $ref: '#/components/schemas/Cat' }, { $ref: '#/components/schemas/Dog' }], discriminator: { propertyName: kind } }, Cat: { type: object, required: [kind], properties: { kind: { const: cat } } }, Dog: ${dog}`;
}

export const oneofAmbiguous: Rule = {
  id: 'oneof-ambiguous',
  group: 'schema',
  severity: 'warn',
  why: 'A value that fits two branches of oneOf is refused, though each branch alone takes it.',
  schema: (schema, contract, report) => {
    const branches = schema['oneOf'];
    if (!Array.isArray(branches) || branches.length < 2 || schema['discriminator'] !== undefined) return;
    const found = ambiguousWitness(contract, branches);
    if (found !== undefined)
      report(
        schema,
        `${brief(found.value)} fits branches ${found.first + 1} and ${found.second + 1} of oneOf, so it is refused.`,
        'Tell the branches apart by a required constant property, or use anyOf.',
      );
  },
  bad: withOperation({}, 'Thing: { oneOf: [{ type: integer }, { type: number }] }'),
  good: withOperation({}, 'Thing: { oneOf: [{ type: integer }, { type: string }] }'),
};

// The schema of JSON Schema 2020-12 itself: schemas may refer to it, or build dialects upon it.

import type { JsonObject, JsonValue } from '../model/contract.ts';

const draft = 'https://json-schema.org/draft/2020-12/';
const schema: JsonObject = { $dynamicRef: '#meta' };
const schemas: JsonObject = { type: 'array', minItems: 1, items: schema };
const schemaByName: JsonObject = { type: 'object', additionalProperties: schema, default: {} };
const text: JsonObject = { type: 'string' };
const flag: JsonObject = { type: 'boolean', default: false };
const count: JsonObject = { type: 'integer', minimum: 0 };
const names: JsonObject = { type: 'array', items: text, uniqueItems: true, default: [] };
const reference: JsonObject = { type: 'string', format: 'uri-reference' };
const anchor: JsonObject = { type: 'string', pattern: '^[A-Za-z_][-A-Za-z0-9._]*$' };
const typeName: JsonObject = { enum: ['array', 'boolean', 'integer', 'null', 'number', 'object', 'string'] };

/** The same rule for several keywords. */
function each(keywords: string, rule: JsonValue): Record<string, JsonValue> {
  return Object.fromEntries(keywords.split(' ').map((keyword) => [keyword, rule]));
}

const vocabularies: Record<string, Record<string, JsonValue>> = {
  core: {
    $id: { ...reference, pattern: '^[^#]*#?$' },
    $schema: { type: 'string', format: 'uri' },
    $ref: reference,
    $anchor: anchor,
    $dynamicRef: reference,
    $dynamicAnchor: anchor,
    $vocabulary: { type: 'object', propertyNames: { type: 'string', format: 'uri' }, additionalProperties: flag },
    $comment: text,
    $defs: schemaByName,
  },
  applicator: {
    ...each('items contains additionalProperties propertyNames if then else not', schema),
    ...each('prefixItems allOf anyOf oneOf', schemas),
    properties: schemaByName,
    patternProperties: { ...schemaByName, propertyNames: { format: 'regex' } },
    dependentSchemas: schemaByName,
  },
  unevaluated: { unevaluatedItems: schema, unevaluatedProperties: schema },
  validation: {
    type: { anyOf: [typeName, { type: 'array', items: typeName, minItems: 1, uniqueItems: true }] },
    const: true,
    enum: { type: 'array', items: true },
    multipleOf: { type: 'number', exclusiveMinimum: 0 },
    ...each('maximum exclusiveMaximum minimum exclusiveMinimum', { type: 'number' }),
    pattern: { type: 'string', format: 'regex' },
    ...each('maxLength minLength maxItems minItems maxContains minContains maxProperties minProperties', count),
    uniqueItems: flag,
    required: names,
    dependentRequired: { type: 'object', additionalProperties: names },
  },
  'meta-data': {
    ...each('title description', text),
    ...each('deprecated readOnly writeOnly', flag),
    default: true,
    examples: { type: 'array', items: true },
  },
  'format-annotation': { format: text },
  'format-assertion': { format: text },
  content: { ...each('contentEncoding contentMediaType', text), contentSchema: schema },
};
const inDialect = Object.keys(vocabularies).filter((name) => name !== 'format-assertion');

const byUri = new Map<string, JsonObject>();

/** The meta-schema at an address, or that of one of its vocabularies; undefined for any other address. */
export function metaSchema(uri: string): JsonObject | undefined {
  if (!uri.startsWith(draft)) return undefined;
  if (byUri.size === 0) for (const part of parts()) byUri.set(part['$id'] as string, part);
  return byUri.get(uri);
}

function parts(): JsonObject[] {
  const $schema = `${draft}schema`;
  const shape = { $dynamicAnchor: 'meta', type: ['object', 'boolean'] };
  const whole: JsonObject = {
    $schema,
    $id: $schema,
    $vocabulary: Object.fromEntries(inDialect.map((name) => [`${draft}vocab/${name}`, true])),
    ...shape,
    allOf: inDialect.map((name) => ({ $ref: `meta/${name}` })),
    // Of earlier drafts, kept so that they are still recognized.
    properties: {
      definitions: schemaByName,
      dependencies: { type: 'object', additionalProperties: { anyOf: [schema, names] } },
      $recursiveAnchor: anchor,
      $recursiveRef: reference,
    },
  };
  const each = Object.entries(vocabularies).map(([name, properties]): JsonObject => ({
    $schema,
    $id: `${draft}meta/${name}`,
    ...shape,
    properties,
  }));
  return [whole, ...each];
}

// For each rule of oasdiff a base and a revision that break it, as data: most rules are a place and a change of a
// schema, so the table is one change for all its places.

import type { JsonObject, JsonValue } from '../model/contract.ts';
import { holding, type Slots } from './sample-contract.ts';

type Pair = readonly [before: Slots, after: Slots];
type Schemas = readonly [before: JsonValue, after: JsonValue];

const text = { type: 'string' };
const whole = { type: 'integer' };
const list = { type: 'array', items: text };
const object = { type: 'object' };
const a: JsonObject = { type: 'object', required: ['a'], properties: { a: text } };
const b: JsonObject = { type: 'object', required: ['b'], properties: { b: text } };
const ab = { ...object, properties: { a: text, b: text } };

const bounds = (keyword: string, type: JsonObject): Record<string, Schemas> => {
  const word = keyword.replace('imum', '').replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  const low = { ...type, [keyword]: 5 };
  const high = { ...type, [keyword]: 10 };
  return {
    [`${word}-increased`]: [low, high],
    [`${word}-decreased`]: [high, low],
    [`${word}-set`]: [type, high],
    [`${word}-unset`]: [high, type],
  };
};

const words = (name: string, without: JsonObject, value: JsonObject): Record<string, Schemas> => ({
  [`${name}-added`]: [without, { ...without, ...value }],
  [`${name}-removed`]: [{ ...without, ...value }, without],
});

/** Forms told apart by a property, and the components they name. */
const forms = (mapping: JsonObject, property = 'kind'): JsonObject => ({
  oneOf: [{ $ref: '#/components/schemas/A' }, { $ref: '#/components/schemas/B' }],
  discriminator: { propertyName: property, mapping },
});
const plainForms: JsonObject = { oneOf: [{ $ref: '#/components/schemas/A' }, { $ref: '#/components/schemas/B' }] };
const toA = { a: '#/components/schemas/A' };
const toBoth = { ...toA, b: '#/components/schemas/B' };
const formDocument: JsonObject = { components: { schemas: { A: a, B: b } } };

const tuple = (...items: JsonValue[]): JsonObject => ({ type: 'array', prefixItems: items, items: false });
const condition = { if: { required: ['a'] } };
const follows = JSON.parse('{ "then": { "required": ["b"] } }') as JsonObject;
const otherwise = { else: { maxProperties: 3 } };
const dated = { deprecated: true, 'x-sunset': '2030-01-01' };

/** Changes of a schema, by the end of the rule's id. */
const changes: Record<string, Schemas> = {
  ...bounds('maximum', whole),
  ...bounds('minimum', whole),
  ...bounds('exclusiveMaximum', whole),
  ...bounds('exclusiveMinimum', whole),
  ...bounds('maxLength', text),
  ...bounds('minLength', text),
  ...bounds('maxItems', list),
  ...bounds('minItems', list),
  ...bounds('minContains', { ...list, contains: { const: 'a' } }),
  ...bounds('maxContains', { ...list, contains: { const: 'a' } }),
  ...words('pattern', text, { pattern: '^a+$' }),
  'pattern-changed': [
    { ...text, pattern: '^a+$' },
    { ...text, pattern: '^b+$' },
  ],
  'pattern-generalized': [
    { ...text, pattern: '^a+$' },
    { ...text, pattern: '.*' },
  ],
  'became-enum': [text, { ...text, enum: ['a', 'b'] }],
  'enum-value-removed': [
    { ...text, enum: ['a', 'b'] },
    { ...text, enum: ['a'] },
  ],
  'enum-value-added': [
    { ...text, enum: ['a'] },
    { ...text, enum: ['a', 'b'] },
  ],
  ...words('const', text, { const: 'a' }),
  'const-changed': [
    { ...text, const: 'a' },
    { ...text, const: 'b' },
  ],
  ...words('default-value', text, { default: 'a' }),
  'default-value-changed': [
    { ...text, default: 'a' },
    { ...text, default: 'b' },
  ],
  'became-nullable': [text, { type: ['string', 'null'] }],
  'became-not-nullable': [{ type: ['string', 'null'] }, text],
  'type-changed': [text, whole],
  'type-generalized': [whole, { type: 'number' }],
  'type-specialized': [{ type: 'number' }, whole],
  'type-compatible': [whole, { type: 'number', multipleOf: 1 }],
  'list-of-types-widened': [{ type: ['string', 'integer'] }, { type: ['string', 'integer', 'boolean'] }],
  'list-of-types-narrowed': [{ type: ['string', 'integer', 'boolean'] }, { type: ['string', 'integer'] }],
  'one-of-added': [{ oneOf: [text, whole] }, { oneOf: [text, whole, { type: 'boolean' }] }],
  'one-of-removed': [{ oneOf: [text, whole, { type: 'boolean' }] }, { oneOf: [text, whole] }],
  'any-of-added': [{ anyOf: [text, whole] }, { anyOf: [text, whole, { type: 'boolean' }] }],
  'any-of-removed': [{ anyOf: [text, whole, { type: 'boolean' }] }, { anyOf: [text, whole] }],
  'wrapped-in-one-of': [ab, { oneOf: [ab, { ...object, properties: { a: whole } }] }],
  'all-of-added': [{ allOf: [a] }, { allOf: [a, b] }],
  'all-of-removed': [{ allOf: [a, b] }, { allOf: [a] }],
  'all-of-added-annotation-only': [{ allOf: [a] }, { allOf: [a, { description: 'More words.' }] }],
  'all-of-removed-annotation-only': [{ allOf: [a, { description: 'More words.' }] }, { allOf: [a] }],
  'discriminator-added': [plainForms, forms(toA)],
  'discriminator-removed': [forms(toA), plainForms],
  'discriminator-property-name-changed': [forms(toA), forms(toA, 'type')],
  'discriminator-mapping-added': [forms(toA), forms(toBoth)],
  'discriminator-mapping-deleted': [forms(toBoth), forms(toA)],
  'discriminator-mapping-changed': [forms(toA), forms({ other: '#/components/schemas/A' })],
  'prefix-items-added': [tuple(text), tuple(text, whole)],
  'prefix-items-removed': [tuple(text, whole), tuple(text)],
  ...words('if', object, { ...condition, ...follows, ...otherwise }),
  ...words('then', { ...object, ...condition }, follows),
  ...words('else', { ...object, ...condition }, otherwise),
  ...words('contains', list, { contains: { const: 'a' } }),
  ...words('dependent-required', ab, { dependentRequired: { a: ['b'] } }),
  'dependent-required-changed': [
    { ...ab, dependentRequired: { a: ['b'] } },
    { ...ab, dependentRequired: { b: ['a'] } },
  ],
  ...words('dependent-schema', ab, { dependentSchemas: { a: { required: ['b'] } } }),
  ...words('pattern-property', object, { patternProperties: { '^x-': text } }),
  ...words('property-names', object, { propertyNames: { pattern: '^[a-z]+$' } }),
  ...words('unevaluated-items', { type: 'array', prefixItems: [text] }, { unevaluatedItems: false }),
  ...words('unevaluated-properties', ab, { unevaluatedProperties: false }),
  ...words('content-schema', { ...text, contentMediaType: 'application/json' }, { contentSchema: a }),
  'content-media-type-changed': [
    { ...text, contentMediaType: 'application/json' },
    { ...text, contentMediaType: 'application/xml' },
  ],
  'content-encoding-changed': [
    { ...text, contentEncoding: 'base64' },
    { ...text, contentEncoding: 'base32' },
  ],
  deprecated: [text, { ...text, deprecated: true }],
  'deprecated-with-sunset': [text, { ...text, ...dated }],
  'deprecated-sunset-invalid': [text, { ...text, deprecated: true, 'x-sunset': 'soon' }],
  reactivated: [{ ...text, deprecated: true }, text],
  'sunset-date-too-small': [text, { ...text, deprecated: true, 'x-sunset': '2020-01-01' }],
  'stability-decreased': [text, { ...text, 'x-plinth': { stage: 'preview' } }],
  'stability-increased': [{ ...text, 'x-plinth': { stage: 'preview' } }, text],
};

/** Where a change of a schema stands, by the beginning of the rule's id; longer beginnings first. */
const places: readonly (readonly [beginning: string, slots: (schema: JsonValue) => Slots])[] = [
  ['request-read-only-property-', (schema) => ({ bodyProperty: { ...(schema as JsonObject), readOnly: true } })],
  ['request-parameter-property-', (schema) => ({ param: holding(schema) })],
  ['request-header-property-', (schema) => ({ param: holding(schema), parameter: { in: 'header' } })],
  ['request-parameter-', (schema) => ({ param: schema })],
  ['request-property-', (schema) => ({ bodyProperty: schema })],
  ['request-body-', (schema) => ({ body: schema })],
  ['response-write-only-property-', (schema) => ({ answerProperty: { ...(schema as JsonObject), writeOnly: true } })],
  ['response-property-', (schema) => ({ answerProperty: schema })],
  ['response-mediatype-', (schema) => ({ answer: schema })],
  ['response-header-', (schema) => ({ header: schema })],
  ['response-body-', (schema) => ({ answer: schema })],
];

/** A property `p` of body or answer, with its marks, required or not. */
const property = (where: 'body' | 'answer', schema: JsonObject | undefined, required = false): Slots => ({
  [where]: {
    type: 'object',
    ...(required ? { required: ['p'] } : {}),
    properties: { id: text, ...(schema === undefined ? {} : { p: schema }) },
  },
});

const marks = (required: 'required' | 'optional', where: 'request' | 'response'): Record<string, Pair> => {
  const of = (mark: JsonObject): Slots =>
    property(where === 'request' ? 'body' : 'answer', { ...text, ...mark }, required === 'required');
  const begin = `${where}-${required}-property-became`;
  return {
    [`${begin}-read-only`]: [of({}), of({ readOnly: true })],
    [`${begin}-not-read-only`]: [of({ readOnly: true }), of({})],
    [`${begin}-write-only`]: [of({}), of({ writeOnly: true })],
    [`${begin}-not-write-only`]: [of({ writeOnly: true }), of({})],
  };
};

const json = (schema: JsonObject | null): JsonObject => ({ content: { 'application/json': { schema } } });
const media = (type: string): Slots => {
  const content = { 'application/json': null, [type]: { schema: text } };
  return { operation: { responses: { '200': { content } } } };
};
const answers = (status: string, value: JsonValue): Slots => ({ operation: { responses: { [status]: value } } });
const header = (value: JsonValue): Slots => answers('200', { headers: { 'X-More': value } });
const secured = (...security: JsonValue[]): Slots => ({ operation: { security }, document: { components: schemes } });
const globally = (...security: JsonValue[]): Slots => ({ document: { security, components: schemes } });
const flows = (change: JsonObject): JsonObject => ({
  authorizationCode: { authorizationUrl: '/a', tokenUrl: '/t', scopes: { read: 'Read.' }, ...change },
});
const oauth = (change: JsonObject): JsonObject => ({ type: 'oauth2', flows: flows(change) });
const schemes = { securitySchemes: { key: { type: 'apiKey', in: 'header', name: 'X-Key' }, oauth: oauth({}) } };
const component = (scheme: JsonObject): Slots => ({
  operation: { security: [{ key: [] }] },
  document: { components: { securitySchemes: { ...schemes.securitySchemes, ...scheme } } },
});
const done = { '200': { description: 'Done.' } };
const withPath = (operation: JsonObject | null): Slots => ({
  document: {
    paths: { '/more': operation === null ? null : { get: { operationId: 'more', responses: done, ...operation } } },
  },
});
const own = { document: { 'x-plinth': { capability: 'things' } } };
const ownOperation = { operation: { 'x-plinth': { effect: 'write' } } };
const extra = (more: JsonObject): Slots => ({
  operation: { parameters: [{ name: 'extra', in: 'query', schema: text, ...more }] },
});
const none: Slots = { operation: { parameters: [] } };
const shared = (more: JsonObject): Slots => ({
  document: { paths: { '/things': { parameters: [{ name: 'extra', in: 'query', schema: text, ...more }] } } },
});
const version = (number: string, more: JsonObject = {}): Slots => ({
  document: { info: { version: number }, ...more },
});
const webhook = (value: JsonValue): Slots => ({ document: { webhooks: { told: value } } });

/** Rules that are no change of one schema. */
const singles: Record<string, Pair> = {
  'endpoint-added': [{}, withPath({})],
  'api-removed-without-deprecation': [withPath({}), {}],
  'api-removed-with-deprecation': [withPath({ deprecated: true, 'x-sunset': '2025-01-01' }), {}],
  'api-removed-before-sunset': [withPath(dated), {}],
  'api-path-removed-without-deprecation': [withPath({}), {}],
  'api-path-removed-with-deprecation': [withPath({ deprecated: true, 'x-sunset': '2025-01-01' }), {}],
  'api-path-removed-before-sunset': [withPath(dated), {}],
  'api-path-sunset-parse': [withPath({ deprecated: true, 'x-sunset': 'soon' }), {}],
  'endpoint-deprecated': [{}, { operation: { deprecated: true } }],
  'endpoint-deprecated-with-sunset': [{}, { operation: dated }],
  'endpoint-reactivated': [{ operation: { deprecated: true } }, {}],
  'api-deprecated-sunset-parse': [{}, { operation: { deprecated: true, 'x-sunset': 'soon' } }],
  'api-deprecated-sunset-missing': [
    { ...own, ...ownOperation },
    { ...own, operation: { ...ownOperation.operation, deprecated: true } },
  ],
  'api-sunset-date-too-small': [{}, { operation: { deprecated: true, 'x-sunset': '2020-01-01' } }],
  'sunset-deleted': [{ operation: dated }, { operation: { deprecated: true } }],
  'api-sunset-date-changed-too-small': [{ operation: dated }, { operation: { ...dated, 'x-sunset': '2027-01-01' } }],
  'api-stability-decreased': [{}, { operation: { 'x-plinth': { stage: 'preview' } } }],
  'api-stability-increased': [{ operation: { 'x-plinth': { stage: 'preview' } } }, {}],
  'request-property-deprecated-sunset-missing': [
    { ...own, ...ownOperation, bodyProperty: text },
    { ...own, ...ownOperation, bodyProperty: { ...text, deprecated: true } },
  ],
  'response-property-deprecated-sunset-missing': [
    { ...own, ...ownOperation, answerProperty: text },
    { ...own, ...ownOperation, answerProperty: { ...text, deprecated: true } },
  ],
  'request-parameter-deprecated': [{}, { parameter: { deprecated: true } }],
  'request-parameter-reactivated': [{ parameter: { deprecated: true } }, {}],
  'request-parameter-deprecated-sunset-missing': [
    { ...own, ...ownOperation },
    { ...own, ...ownOperation, parameter: { deprecated: true } },
  ],
  'request-parameter-sunset-date-too-small': [{}, { parameter: { deprecated: true, 'x-sunset': '2020-01-01' } }],
  'request-parameter-sunset-deleted': [{ parameter: dated }, { parameter: { deprecated: true } }],
  'request-parameter-sunset-date-changed-too-small': [
    { parameter: dated },
    { parameter: { ...dated, 'x-sunset': '2027-01-01' } },
  ],
  'request-parameter-removed': [extra({}), none],
  'request-parameter-removed-with-deprecation': [extra({ deprecated: true, 'x-sunset': '2025-01-01' }), none],
  'request-parameter-removed-before-sunset': [extra(dated), none],
  'request-parameter-sunset-parse': [extra({ deprecated: true, 'x-sunset': 'soon' }), none],
  'request-parameter-became-required': [{}, { parameter: { required: true } }],
  'request-parameter-became-optional': [{ parameter: { required: true } }, {}],
  'request-header-property-became-required': [
    { param: ab, parameter: { in: 'header' } },
    { param: { ...ab, required: ['a'] }, parameter: { in: 'header' } },
  ],
  'new-required-request-header-property': [
    { param: object, parameter: { in: 'header' } },
    { param: a, parameter: { in: 'header' } },
  ],
  'new-required-request-parameter': [none, extra({ required: true })],
  'new-optional-request-parameter': [none, extra({})],
  'new-required-request-default-parameter-to-existing-path': [{}, shared({ required: true })],
  'new-optional-request-default-parameter-to-existing-path': [{}, shared({})],
  'new-request-path-parameter': [none, extra({ in: 'path', required: true })],
  'request-body-added-required': [
    { operation: { requestBody: null } },
    { operation: { requestBody: { required: true } } },
  ],
  'request-body-added-optional': [{ operation: { requestBody: null } }, {}],
  'request-body-removed': [{}, { operation: { requestBody: null } }],
  'request-body-became-optional': [{ operation: { requestBody: { required: true } } }, {}],
  'request-body-became-required': [{}, { operation: { requestBody: { required: true } } }],
  'request-body-media-type-added': [{}, { operation: { requestBody: { content: { 'text/csv': {} } } } }],
  'request-body-media-type-removed': [{ operation: { requestBody: { content: { 'text/csv': {} } } } }, {}],
  'request-body-media-type-schema-added': [{ operation: { requestBody: json(null) } }, {}],
  'request-body-media-type-schema-removed': [{}, { operation: { requestBody: json(null) } }],
  'response-body-media-type-schema-added': [answers('200', json(null)), {}],
  'response-body-media-type-schema-removed': [{}, answers('200', json(null))],
  'response-media-type-added': [{}, answers('200', { content: { 'text/csv': {} } })],
  'response-media-type-removed': [answers('200', { content: { 'text/csv': {} } }), {}],
  'response-media-type-name-changed': [
    media('application/json; charset=utf-8'),
    media('application/json; charset=utf-16'),
  ],
  'response-media-type-name-generalized': [media('application/problem+json'), { answer: text }],
  'response-media-type-name-specialized': [{ answer: text }, media('application/problem+json')],
  'request-property-became-required': [{ body: ab }, { body: { ...ab, required: ['a'] } }],
  'request-property-became-optional': [{ body: { ...ab, required: ['a'] } }, { body: ab }],
  'request-property-became-required-with-default': [
    { body: holding({ ...text, default: 'x' }) },
    { body: { ...holding({ ...text, default: 'x' }), required: ['p'] } },
  ],
  'request-property-removed': [property('body', text), property('body', undefined)],
  'new-required-request-property': [property('body', undefined), property('body', text, true)],
  'new-required-request-property-with-default': [
    property('body', undefined),
    property('body', { ...text, default: 'x' }, true),
  ],
  'new-optional-request-property': [property('body', undefined), property('body', text)],
  ...marks('required', 'request'),
  ...marks('optional', 'request'),
  ...marks('required', 'response'),
  ...marks('optional', 'response'),
  'response-property-became-optional': [{ answer: { ...ab, required: ['a'] } }, { answer: ab }],
  'response-property-became-required': [{ answer: ab }, { answer: { ...ab, required: ['a'] } }],
  'response-write-only-property-became-optional': [
    property('answer', { ...text, writeOnly: true }, true),
    property('answer', { ...text, writeOnly: true }),
  ],
  'response-write-only-property-became-required': [
    property('answer', { ...text, writeOnly: true }),
    property('answer', { ...text, writeOnly: true }, true),
  ],
  'response-required-property-removed': [property('answer', text, true), property('answer', undefined)],
  'response-required-property-added': [property('answer', undefined), property('answer', text, true)],
  'response-optional-property-removed': [property('answer', text), property('answer', undefined)],
  'response-optional-property-added': [property('answer', undefined), property('answer', text)],
  'response-required-write-only-property-removed': [
    property('answer', { ...text, writeOnly: true }, true),
    property('answer', undefined),
  ],
  'response-required-write-only-property-added': [
    property('answer', undefined),
    property('answer', { ...text, writeOnly: true }, true),
  ],
  'response-optional-write-only-property-removed': [
    property('answer', { ...text, writeOnly: true }),
    property('answer', undefined),
  ],
  'response-optional-write-only-property-added': [
    property('answer', undefined),
    property('answer', { ...text, writeOnly: true }),
  ],
  'response-header-became-optional': [header({ required: true, schema: text }), header({ schema: text })],
  'required-response-header-removed': [header({ required: true, schema: text }), {}],
  'optional-response-header-removed': [header({ schema: text }), {}],
  'response-header-added': [{}, header({ schema: text })],
  'response-success-status-removed': [answers('202', { description: 'Later.' }), {}],
  'response-success-status-added': [{}, answers('202', { description: 'Later.' })],
  'response-non-success-status-removed': [answers('409', { description: 'No.' }), {}],
  'response-non-success-status-added': [{}, answers('409', { description: 'No.' })],
  'api-operation-id-removed': [{}, { operation: { operationId: null } }],
  'api-operation-id-added': [{ operation: { operationId: null } }, {}],
  'api-tag-removed': [{ operation: { tags: ['things'] } }, {}],
  'api-tag-added': [{}, { operation: { tags: ['things'] } }],
  'webhook-added': [{}, webhook({ post: { operationId: 'told', responses: done } })],
  'webhook-removed': [webhook({ post: { operationId: 'told', responses: done } }), {}],
  'api-schema-removed': [{ document: { components: { schemas: { Alone: text } } } }, {}],
  'api-security-added': [secured({ key: [] }), secured({ key: [] }, { oauth: ['read'] })],
  'api-security-removed': [secured({ key: [] }, { oauth: ['read'] }), secured({ key: [] })],
  'api-security-scope-added': [secured({ oauth: ['read'] }), secured({ oauth: ['read', 'write'] })],
  'api-security-scope-removed': [secured({ oauth: ['read', 'write'] }), secured({ oauth: ['read'] })],
  'api-global-security-added': [globally({ key: [] }), globally({ key: [] }, { oauth: ['read'] })],
  'api-global-security-removed': [globally({ key: [] }, { oauth: ['read'] }), globally({ key: [] })],
  'api-global-security-scope-added': [globally({ oauth: ['read'] }), globally({ oauth: ['read', 'write'] })],
  'api-global-security-scope-removed': [globally({ oauth: ['read', 'write'] }), globally({ oauth: ['read'] })],
  'api-security-component-added': [component({}), component({ more: { type: 'http', scheme: 'basic' } })],
  'api-security-component-removed': [component({ more: { type: 'http', scheme: 'basic' } }), component({})],
  'api-security-component-type-changed': [
    component({ more: { type: 'apiKey', in: 'header', name: 'X-More' } }),
    component({ more: { type: 'http', scheme: 'basic' } }),
  ],
  'api-security-component-oauth-url-changed': [component({}), component({ oauth: oauth({ authorizationUrl: '/b' }) })],
  'api-security-component-oauth-token-url-changed': [component({}), component({ oauth: oauth({ tokenUrl: '/b' }) })],
  'api-security-component-oauth-scope-added': [
    component({}),
    component({ oauth: oauth({ scopes: { read: 'Read.', write: 'Write.' } }) }),
  ],
  'api-security-component-oauth-scope-changed': [
    component({}),
    component({ oauth: oauth({ scopes: { read: 'Read all.' } }) }),
  ],
  'api-security-component-oauth-scope-removed': [
    component({ oauth: oauth({ scopes: { read: 'Read.', write: 'Write.' } }) }),
    component({}),
  ],
  'api-version-not-bumped': [version('1.0.0'), { ...version('1.0.0'), operation: { tags: ['things'] } }],
  'api-version-decreased': [version('1.1.0'), { ...version('1.0.0'), operation: { tags: ['things'] } }],
  'api-major-version-not-bumped': [version('1.0.0'), { ...version('1.1.0'), operation: { tags: ['things'] } }],
};

/** Base and revision for a rule of oasdiff; undefined where the table has none. */
export function fixtureOf(id: string): Pair | undefined {
  if (Object.hasOwn(singles, id)) return singles[id];
  const place = places.find(([beginning]) => id.startsWith(beginning));
  const change = place === undefined ? undefined : changes[id.slice(place[0].length)];
  if (place === undefined || change === undefined) return undefined;
  const [, slots] = place;
  return [
    { document: formDocument, ...slots(change[0]) },
    { document: formDocument, ...slots(change[1]) },
  ];
}

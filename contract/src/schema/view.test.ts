import { describe, expect, it } from 'vitest';
import type { JsonObject, Schema } from '../model/contract.ts';
import { compileView, holdsSensitive, type Viewer } from './view.ts';

const viewer = (more: Partial<Viewer> = {}): Viewer => ({
  audience: 'customer',
  scopes: new Set(),
  consents: new Set(),
  ...more,
});
const staffOnly = { type: 'string', 'x-plinth': { audience: ['staff'] } };
const object = (properties: JsonObject): JsonObject => ({ type: 'object', properties });

interface Way {
  who?: Viewer;
  reveals?: boolean;
  document?: JsonObject;
}

function shown(schema: Schema, value: unknown, way: Way = {}): unknown {
  const { who = viewer(), reveals = false, document = {} } = way;
  return compileView(schema, document, { reveals })?.show(value, who) ?? 'nothing to hide';
}

it('costs nothing where all is for everybody', () => {
  expect(compileView(object({ a: { type: 'string', readOnly: true } }), {}, { reveals: false })).toBeUndefined();
});

describe('left out of an answer is', () => {
  const document: JsonObject = { components: { schemas: { Secret: staffOnly } } };
  const reference = { $ref: '#/components/schemas/Secret' };
  it.each<[string, JsonObject, unknown, unknown]>([
    ['a property', object({ a: staffOnly, b: {} }), { a: 'x', b: 1 }, { b: 1 }],
    ['one behind a reference', object({ a: reference }), { a: 'x' }, {}],
    [
      'one marked beside a reference',
      object({ a: { $ref: '#/nowhere', 'x-plinth': { audience: ['staff'] } } }),
      { a: 1 },
      {},
    ],
    ['one of a part', { allOf: [object({ b: {} }), object({ a: staffOnly })] }, { a: 'x', b: 1 }, { b: 1 }],
    ['one that any alternative marks', { oneOf: [object({ a: {} }), object({ a: staffOnly })] }, { a: 'x' }, {}],
    ['one deep in lists', { type: 'array', items: object({ a: staffOnly, b: {} }) }, [{ a: 1, b: 2 }], [{ b: 2 }]],
    ['an item', { type: 'array', items: staffOnly }, ['x'], []],
    ['one of a tuple', { type: 'array', prefixItems: [{}, object({ a: staffOnly })] }, [1, { a: 1 }], [1, {}]],
    // oxlint-disable-next-line unicorn/no-thenable -- The keyword of JSON Schema, not a promise.
    ['one of a condition', { if: object({ b: {} }), then: object({ a: staffOnly }) }, { a: 'x', b: 1 }, { b: 1 }],
    ['one of another condition', { if: {}, else: object({ a: staffOnly }) }, { a: 'x' }, {}],
    ['one that depends', { dependentSchemas: { b: object({ a: staffOnly }) } }, { a: 'x', b: 1 }, { b: 1 }],
    [
      'one ten levels down',
      Array.from({ length: 10 }).reduce<JsonObject>((inner) => object({ in: inner }), object({ a: staffOnly })),
      Array.from({ length: 10 }).reduce<unknown>((inner) => ({ in: inner }), { a: 'x' }),
      Array.from({ length: 10 }).reduce<unknown>((inner) => ({ in: inner }), {}),
    ],
    ['values of a map', { type: 'object', additionalProperties: object({ a: staffOnly }) }, { k: { a: 1 } }, { k: {} }],
    [
      'all that matches a marked pattern',
      { type: 'object', patternProperties: { '^s_': staffOnly } },
      { s_1: 'x' },
      {},
    ],
    ['what is written only', object({ a: { type: 'string', writeOnly: true } }), { a: 'x' }, {}],
    ['a secret', object({ a: { type: 'string', 'x-plinth': { sensitivity: 'secret' } } }), { a: 'x' }, {}],
  ])('%s', (_, schema, value, rest) => {
    expect(shown(schema, value, { document })).toEqual(rest);
  });

  it('nothing for whom it is meant', () => {
    const value = { a: 'x' };
    expect(shown(object({ a: staffOnly }), value, { who: viewer({ audience: 'staff' }) })).toBe(value);
  });

  it('what needs a scope, unless one of those is there', () => {
    const schema = object({ a: { 'x-plinth': { scopes: ['one', 'two'] } } });
    expect(shown(schema, { a: 1 })).toEqual({});
    for (const scope of ['two', '*'])
      expect(shown(schema, { a: 1 }, { who: viewer({ scopes: new Set([scope]) }) })).toEqual({ a: 1 });
  });

  it('what needs consents, unless there are all of them', () => {
    const schema = object({ a: { 'x-plinth': { purpose: ['one', 'two'] } } });
    const view = compileView(schema, {}, { reveals: false });
    expect(view?.purposes).toEqual(['one', 'two']);
    expect(shown(schema, { a: 1 }, { who: viewer({ consents: new Set(['one']) }) })).toEqual({});
    expect(shown(schema, { a: 1 }, { who: viewer({ consents: new Set(['one', 'two']) }) })).toEqual({ a: 1 });
  });

  it('what is revealed once, in every answer but the one that makes it', () => {
    const schema = object({ a: { 'x-plinth': { sensitivity: 'secret', reveal: 'once' } } });
    expect(shown(schema, { a: 1 })).toEqual({});
    expect(shown(schema, { a: 1 }, { reveals: true })).toEqual({ a: 1 });
    expect(compileView(schema, {}, { reveals: true })?.reveals).toBe(true);
  });
});

it('names what a caller may not send, at most 50 places', () => {
  const view = compileView(
    object({ a: staffOnly, 'b/c': { type: 'array', items: object({ d: staffOnly }) } }),
    {},
    { reveals: false },
  );
  expect(view?.foreign({ a: 'x', 'b/c': [{}, { d: 1 }] }, viewer())).toEqual(['/a', '/b~1c/1/d']);
  expect(view?.foreign({ a: 'x' }, viewer({ audience: 'staff' }))).toEqual([]);
  expect(view?.foreign({ 'b/c': Array.from({ length: 60 }, () => ({ d: 1 })) }, viewer())).toHaveLength(50);
});

it('a schema that contains itself ends', () => {
  const node: JsonObject = object({ a: staffOnly });
  (node['properties'] as JsonObject)['next'] = { $ref: '#/components/schemas/Node' };
  const document: JsonObject = { components: { schemas: { Node: node } } };
  expect(shown(node, { a: 1, next: { a: 2, next: {} } }, { document })).toEqual({ next: { next: {} } });
});

it.each<[string, JsonObject, boolean]>([
  ['nothing', object({ a: { type: 'string', writeOnly: true }, b: staffOnly }), false],
  ['something personal', object({ a: { 'x-plinth': { sensitivity: 'pii' } } }), true],
  ['a secret deep in a list', { items: object({ a: { 'x-plinth': { sensitivity: 'secret' } } }) }, true],
  ['a name behind a reference', { anyOf: [{}, { $ref: '#/components/schemas/Name' }] }, true],
])('what must be sealed by whoever keeps it is seen: %s', (_, schema, holds) => {
  const document: JsonObject = { components: { schemas: { Name: { 'x-plinth': { sensitivity: 'pii' } } } } };
  expect(holdsSensitive(schema, document)).toBe(holds);
});

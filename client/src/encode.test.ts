// What the client writes is what the platform's encoder writes, and is read back as it was: styles, forms, parts.

import { isDeepStrictEqual } from 'node:util';
import {
  type Body,
  compileBodyCodec,
  compileParams,
  type Contract,
  descriptorOf,
  encodeParams,
  isBodyFile,
  load,
  type Operation,
} from '@plinth/contract';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { OperationDescriptor } from './descriptor.ts';
import { writeRequest } from './request.ts';

const path = '/things';

async function operationOf(method: string, parts: object, at = path): Promise<[Operation, Contract]> {
  const document = {
    openapi: '3.2.0',
    info: { title: 'Things', version: '1.0.0' },
    paths: { [at]: { [method]: { operationId: 'it', responses: { 204: { description: 'Done.' } }, ...parts } } },
  };
  const read = () => Promise.resolve(JSON.stringify(document));
  const { contract, findings } = await load('things.json', { read, foreign: true });
  const [operation] = contract?.operations ?? [];
  if (!contract || !operation) throw new Error(JSON.stringify(findings));
  return [operation, contract];
}

/** The smallest value of 200 that comes back otherwise than it was sent; undefined = none. */
async function lost<T>(values: fc.Arbitrary<T>, carry: (value: T) => unknown): Promise<unknown> {
  const property = fc.asyncProperty(values, async (value) =>
    isDeepStrictEqual(plainOf(await carry(value)), plainOf(value)),
  );
  const { counterexample } = await fc.check(property, { seed: 5, numRuns: 200 });
  return counterexample === null ? undefined : { sent: counterexample[0], got: await carry(counterexample[0]) };
}

/** Prototypes do not count. */
function plainOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plainOf);
  if (value instanceof Uint8Array || typeof value !== 'object' || value === null) return value;
  return new Map(Object.entries(value).map(([key, part]) => [key, plainOf(part)]));
}

const anyText = fc.string({ unit: 'binary', maxLength: 12 }).filter((text) => !text.includes('\0'));
const text = anyText.filter((each) => each !== '');
const without = (signs: RegExp): fc.Arbitrary<string> =>
  anyText.filter((each) => each.trim() === each && each !== '' && !signs.test(each) && !/^\.{1,2}$/.test(each));
const token = fc.stringMatching(/^[\w!#$&*+^`|~.:@/-]{1,10}$/);
const integer = fc.maxSafeInteger();
const listOf = <T>(item: fc.Arbitrary<T>): fc.Arbitrary<T[]> => fc.array(item, { minLength: 1, maxLength: 4 });
const list = { type: 'array', items: { type: 'string' } };
const map = {
  type: 'object',
  properties: { a: { type: 'string' }, b: { type: 'integer' }, c: { type: ['boolean', 'null'] } },
};
const mapOf = (words: fc.Arbitrary<string>) =>
  fc.record(
    { a: words, b: integer, c: fc.constantFrom(true, false, null) },
    { requiredKeys: ['b'], noNullPrototype: true },
  );
const deepSchema = {
  type: 'object',
  properties: {
    text: { type: 'string' },
    tags: { type: 'array', items: { type: 'integer' } },
    rows: { type: 'array', items: { type: 'object', properties: { n: { type: 'integer' }, inner: map } } },
  },
};
const deepValue = fc.record(
  {
    text: anyText,
    tags: listOf(integer),
    rows: listOf(fc.record({ n: integer, inner: mapOf(anyText) }, { noNullPrototype: true })),
  },
  { requiredKeys: ['text'], noNullPrototype: true },
);

type Row = [name: string, param: object, values: fc.Arbitrary<unknown>];
const both = (name: string, param: object, values: fc.Arbitrary<unknown>): Row[] =>
  [true, false].map((explode) => [`${name}${explode ? ', exploded' : ''}`, { ...param, explode }, values]);

const rows: Row[] = [
  ['a text in a path', { in: 'path', schema: { type: 'string' } }, text],
  ...both('a list in a path', { in: 'path', schema: list }, listOf(text)),
  ...both('an object in a path', { in: 'path', schema: map }, mapOf(anyText)),
  ...both('a list as label', { in: 'path', style: 'label', schema: list }, listOf(without(/[.]/))),
  ...both('an object as label', { in: 'path', style: 'label', schema: map }, mapOf(without(/[.]/))),
  ['a matrix', { in: 'path', style: 'matrix', schema: { type: 'string' } }, text],
  ...both('a list as matrix', { in: 'path', style: 'matrix', schema: list }, listOf(text)),
  ...both('an object as matrix', { in: 'path', style: 'matrix', schema: map }, mapOf(anyText)),
  ['a text', { in: 'query', schema: { type: 'string' } }, anyText],
  ['a text that keeps reserved signs', { in: 'query', allowReserved: true, schema: { type: 'string' } }, anyText],
  ['null, where that is a value', { in: 'query', schema: { type: ['null', 'integer'] } }, fc.option(integer)],
  ...both('a list', { in: 'query', schema: list }, listOf(text)),
  ...both('an object', { in: 'query', schema: map }, mapOf(anyText)),
  [
    'a list with spaces between',
    { in: 'query', style: 'spaceDelimited', explode: false, schema: list },
    listOf(text.filter((each) => !each.includes(' '))),
  ],
  [
    'a list with pipes between',
    { in: 'query', style: 'pipeDelimited', explode: false, schema: list },
    listOf(text.filter((each) => !each.includes('|'))),
  ],
  [
    'maps and lists inside each other',
    { in: 'query', style: 'deepObject', explode: true, schema: deepSchema },
    deepValue,
  ],
  ['JSON', { in: 'query', content: { 'application/json': { schema: deepSchema } } }, deepValue],
  [
    'a whole query that is a form',
    { in: 'querystring', content: { 'application/x-www-form-urlencoded': { schema: map } } },
    mapOf(anyText),
  ],
  [
    'a whole query that is a form with lists and maps',
    { in: 'querystring', content: { 'application/x-www-form-urlencoded': { schema: deepSchema } } },
    deepValue,
  ],
  [
    'a whole query that is a form as its encoding says',
    {
      in: 'querystring',
      content: {
        'application/x-www-form-urlencoded': {
          schema: { type: 'object', properties: { tags: list, json: deepSchema } },
          encoding: { tags: { explode: false }, json: { contentType: 'application/json' } },
        },
      },
    },
    fc.record({ tags: listOf(text), json: deepValue }, { noNullPrototype: true }),
  ],
  ['an integer in a header', { in: 'header', schema: { type: 'integer' } }, integer],
  ...both('a list in a header', { in: 'header', schema: list }, listOf(token)),
  ...both('an object in a header', { in: 'header', schema: map }, mapOf(token)),
];

describe('a parameter is read as it was sent', () => {
  it.each(rows)('%s', async (_, param, values) => {
    const isPath = 'in' in param && param.in === 'path';
    const parts = { parameters: [{ name: 'p', ...(isPath ? { required: true } : {}), ...param }] };
    const [operation, contract] = await operationOf('get', parts, isPath ? `${path}/{p}` : path);
    const reader = compileParams(operation, contract.document);
    const descriptor: OperationDescriptor = descriptorOf(contract, operation);
    const carry = (value: unknown): unknown => {
      const { target, headers } = writeRequest(descriptor, { p: value });
      const own = encodeParams(operation, { p: value });
      expect(target).toBe(own.path + own.query);
      const [sent = '', query = ''] = target.split('?', 2);
      const read = reader.read({ path: { p: sent.split('/')[2] ?? '' }, query, header: (name) => headers[name] });
      return read.violations.length > 0 ? read.violations : read.values['p'];
    };
    expect(await lost(values, carry)).toBeUndefined();
  });
});

/** Through a real Request, which writes the boundary, and the codec. */
async function bodyCarrier(media: object): Promise<(value: unknown) => Promise<unknown>> {
  const [operation, contract] = await operationOf('post', { requestBody: { required: true, content: media } });
  const codec = compileBodyCodec(operation.body as Body, contract, { unknown: 'refuse' });
  const descriptor: OperationDescriptor = descriptorOf(contract, operation);
  return async (value) => {
    const { headers, body } = writeRequest(descriptor, { body: value });
    const request = new Request('http://things.example/', { method: 'POST', headers, body: body ?? null });
    const decoded = codec.decode(await request.bytes(), request.headers.get('content-type') ?? '');
    return 'value' in decoded ? decoded.value : decoded.violations;
  };
}

describe('a body is read as it was sent', () => {
  it('a form, without a word about its properties', async () => {
    const carry = await bodyCarrier({ 'application/x-www-form-urlencoded': { schema: deepSchema } });
    expect(await lost(deepValue, carry)).toBeUndefined();
  });

  it('a form, each property as its encoding says', async () => {
    const properties = { spread: map, flat: map, pipes: list, joined: list, json: deepSchema };
    const encoding = {
      spread: { style: 'form', explode: true },
      flat: { style: 'form', explode: false },
      pipes: { style: 'pipeDelimited', explode: false },
      joined: { explode: false },
      json: { contentType: 'application/json' },
    };
    const carry = await bodyCarrier({
      'application/x-www-form-urlencoded': { schema: { type: 'object', properties }, encoding },
    });
    const value = fc.record(
      {
        spread: mapOf(anyText),
        flat: mapOf(anyText),
        pipes: listOf(text.filter((each) => !each.includes('|'))),
        joined: listOf(text),
        json: deepValue,
      },
      { requiredKeys: [], noNullPrototype: true },
    );
    expect(await lost(value, carry)).toBeUndefined();
  });

  it('a form with parts: texts, numbers, lists, objects, JSON by name, files', async () => {
    const properties = {
      note: { type: 'string' },
      count: { type: 'integer' },
      tags: list,
      options: deepSchema,
      data: { type: 'object', properties: { n: { type: 'integer' } } },
    };
    const encoding = { data: { contentType: 'application/vnd.data+json' } };
    const carry = await bodyCarrier({ 'multipart/form-data': { schema: { type: 'object', properties }, encoding } });
    // Line ends in fields become those of forms (HTML, 4.10.22.8).
    const line = anyText.filter((each) => !/[\r\n]/.test(each));
    const value = fc.record(
      {
        note: line,
        count: integer,
        tags: listOf(line),
        options: deepValue,
        data: fc.record({ n: integer }, { noNullPrototype: true }),
      },
      { requiredKeys: [], noNullPrototype: true },
    );
    expect(await lost(value, carry)).toBeUndefined();
    const file = { type: 'string', format: 'binary' };
    const upload = await bodyCarrier({
      'multipart/form-data': { schema: { type: 'object', properties: { file } } },
    });
    const sent = await upload({ file: new File(['abc'], 'a.txt', { type: 'text/plain' }) });
    const got = (sent as Record<string, unknown>)['file'];
    expect(isBodyFile(got) && [got.fileName, got.type, Buffer.from(got.bytes).toString()]).toEqual([
      'a.txt',
      'text/plain',
      'abc',
    ]);
  });
});

import { isDeepStrictEqual } from 'node:util';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { JsonObject, Media, Schema } from '../model/contract.ts';
import { type BodyCodec, type BodyFile, bodyLimits, compileBodyCodec, type Decoded } from './body.ts';

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);
const contract = { document: {} };

function codecOf(media: Partial<Media> & { type: string }, unknown: 'refuse' | 'drop' | 'pass' = 'refuse'): BodyCodec {
  return compileBodyCodec({ required: true, media: [{ encoding: {}, examples: [], ...media }] }, contract, { unknown });
}

/** The value, or its violations in short. */
function short(decoded: Decoded | undefined): unknown {
  if (!decoded || 'value' in decoded) return decoded?.value;
  return decoded.violations.map(({ pointer, rule }) => `${pointer} ${rule}`);
}

const decode = (codec: BodyCodec, text: string, type: string): unknown => short(codec.decode(bytesOf(text), type));
const there = (codec: BodyCodec, value: unknown): unknown => {
  const { type, body } = codec.encode(value);
  return short(codec.decode(typeof body === 'string' ? bytesOf(body) : body, type));
};

async function* inPieces(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function readAll(codec: BodyCodec, text: string, type: string, size: number): Promise<unknown[]> {
  const items: unknown[] = [];
  for await (const item of codec.read(inPieces(bytesOf(text), size), type)) items.push(short(item));
  return items;
}

const text = fc.string({ unit: 'grapheme', maxLength: 12 });
const file: fc.Arbitrary<BodyFile> = fc.record(
  {
    fileName: text.filter((name) => !/%(?:22|0d|0a)/i.test(name)),
    type: fc.constantFrom('image/png', 'text/csv; header=present'),
    bytes: fc.uint8Array({ maxLength: 50 }),
  },
  { noNullPrototype: true },
);

const kind = (event: string, data: JsonObject): JsonObject => ({ properties: { event: { const: event }, data } });

describe('a body of a contract', () => {
  it('is JSON, text or bytes by its content type, which has to be declared', () => {
    const codec = compileBodyCodec(
      {
        required: true,
        media: ['application/json', 'text/plain', 'image/*'].map((type) => ({ type, encoding: {}, examples: [] })),
      },
      contract,
      { unknown: 'refuse' },
    );
    expect(decode(codec, '{"a":1}', 'application/json; charset=utf-8')).toEqual({ a: 1 });
    expect(decode(codec, 'ä', 'text/plain')).toBe('ä');
    expect(decode(codec, 'ab', 'image/png')).toEqual(bytesOf('ab'));
    expect(decode(codec, '{', 'application/json')).toEqual([' malformed-json']);
    expect(decode(codec, '{"__proto__":1}', 'application/json')).toEqual([' json-not-acceptable']);
    expect(short(codec.decode(new Uint8Array([255]), 'text/plain'))).toEqual([' malformed']);
    expect(codec.decode(bytesOf('a'), 'audio/mpeg')).toMatchObject({
      violations: [{ rule: 'media-type', message: 'audio/mpeg is not among: application/json, text/plain, image/*.' }],
    });
  });

  it('that is a form is judged by its schema', () => {
    const schema: Schema = {
      type: 'object',
      required: ['count'],
      properties: { count: { type: 'integer', maximum: 9 }, id: { type: 'string', readOnly: true } },
    };
    const codec = codecOf({ type: 'application/x-www-form-urlencoded', schema });
    expect(decode(codec, 'count=3', 'application/x-www-form-urlencoded')).toEqual({ count: 3 });
    expect(decode(codec, 'count=10', 'application/x-www-form-urlencoded')).toEqual(['/count maximum']);
    expect(decode(codec, 'count=x', 'application/x-www-form-urlencoded')).toEqual(['/count type']);
    expect(decode(codec, 'count=1&more=2', 'application/x-www-form-urlencoded')).toEqual(['/more unknown-property']);
    expect(decode(codec, '', 'application/x-www-form-urlencoded')).toEqual(['/count required']);
  });

  it('is no larger than it may be', () => {
    const codec = compileBodyCodec(
      { required: true, media: [{ type: 'text/plain', encoding: {}, examples: [] }] },
      contract,
      { unknown: 'refuse', limits: { ...bodyLimits, bodyBytes: 3 } },
    );
    expect(decode(codec, 'abc', 'text/plain')).toBe('abc');
    expect(decode(codec, 'abcd', 'text/plain')).toEqual([' body-bytes']);
  });
});

const formSchema: Schema = {
  type: 'object',
  properties: {
    note: { type: 'string' },
    pages: { type: 'integer' },
    ok: { type: 'boolean' },
    tags: { type: 'array', items: { type: 'string' } },
    owner: { type: 'object', properties: { name: { type: 'string' }, age: { type: 'number' } } },
    rows: { type: 'array', items: { type: 'object', additionalProperties: true } },
    file: { type: 'string', format: 'binary', contentMediaType: 'application/octet-stream' },
    files: { type: 'array', items: { contentMediaType: 'image/png' } },
  },
};
const formData = (parts: string, type = ''): string =>
  `--b\r\nContent-Disposition: form-data; ${parts}\r\n${type === '' ? '' : `Content-Type: ${type}\r\n`}\r\n`;
const formType = 'multipart/form-data; boundary=b';

describe('multipart/form-data', () => {
  it('comes back as it was: texts, numbers, lists, objects, files', () => {
    const codec = codecOf({ type: 'multipart/form-data', schema: formSchema });
    const value = fc.record(
      {
        note: text,
        pages: fc.maxSafeInteger(),
        ok: fc.boolean(),
        tags: fc.array(text, { minLength: 1, maxLength: 3 }),
        owner: fc.record({ name: text, age: fc.integer() }, { noNullPrototype: true }),
        rows: fc.array(fc.record({ a: fc.jsonValue({ maxDepth: 2 }) }, { noNullPrototype: true }), {
          minLength: 1,
          maxLength: 3,
        }),
        file,
        files: fc.array(file, { minLength: 1, maxLength: 3 }),
      },
      { requiredKeys: ['note'], noNullPrototype: true },
    );
    const { counterexample } = fc.check(
      fc.property(value, (sent) => isDeepStrictEqual({ ...(there(codec, sent) as object) }, withoutMinusZero(sent))),
      { seed: 3, numRuns: 300 },
    );
    expect(counterexample).toBeNull();
  });

  it('refuses a part of another type, a repeated one, JSON that is none, and what the schema forbids', () => {
    const codec = codecOf({
      type: 'multipart/form-data',
      schema: {
        type: 'object',
        properties: {
          photo: { contentMediaType: 'image/png', maxLength: 3 },
          owner: { type: 'object' },
          pages: { type: 'integer' },
        },
      },
      encoding: { photo: { contentType: 'image/png, image/jpeg' } },
    });
    const read = (body: string): unknown => decode(codec, `${body}\r\n--b--\r\n`, formType);
    const photo = (bytes: string, type: string): string =>
      `${formData('name="photo"; filename="a/../b"', type)}${bytes}`;
    expect(read(photo('abc', 'image/jpeg'))).toEqual({
      photo: { fileName: 'a/../b', type: 'image/jpeg', bytes: bytesOf('abc') },
    });
    expect(read(photo('abc', 'image/gif'))).toEqual(['/photo media-type']);
    expect(read(`${formData('name="pages"')}1\r\n${formData('name="pages"')}2`)).toEqual(['/pages repeated']);
    expect(read(`${formData('name="owner"')}{`)).toEqual(['/owner malformed-json']);
    expect(read(`${formData('name="pages"')}x`)).toEqual(['/pages type']);
    expect(read(`${formData('name="more"')}x`)).toEqual(['/more unknown-property']);
    expect(read('--b\r\n\r\nx')).toEqual([' part-name']);
    expect(decode(codec, '--b--', 'multipart/form-data')).toEqual([' boundary']);
    expect(decode(codec, '--b', formType)).toEqual([' malformed']);
  });

  it('counts the bytes of a file as its length', () => {
    const schema: Schema = { type: 'object', properties: { f: { type: 'string', format: 'binary', maxLength: 3 } } };
    const codec = codecOf({ type: 'multipart/form-data', schema });
    const read = (bytes: string): unknown =>
      decode(codec, `${formData('name="f"; filename=x')}${bytes}\r\n--b--`, formType);
    expect(read('abc')).toMatchObject({ f: { bytes: bytesOf('abc') } });
    expect(read('abcd')).toEqual(['/f maxLength']);
  });

  it('judges the headers that its encoding declares', () => {
    const codec = codecOf({
      type: 'multipart/form-data',
      schema: { type: 'object', properties: { f: { type: 'string' } } },
      encoding: { f: { headers: { 'X-Page': { required: true, schema: { type: 'integer' } } } } },
    });
    const read = (header: string): unknown =>
      decode(codec, `--b\r\nContent-Disposition: form-data; name=f\r\n${header}\r\nx\r\n--b--`, formType);
    expect(read('X-Page: 7\r\n')).toEqual({ f: 'x' });
    expect(read('X-Page: seven\r\n')).toEqual(['/f type']);
    expect(read('')).toEqual(['/f required']);
  });

  it('reaches no prototype', () => {
    const codec = codecOf({ type: 'multipart/form-data' }, 'pass');
    const value = decode(codec, `${formData('name="__proto__"')}x\r\n--b--`, formType) as object;
    expect(Object.keys(value)).toEqual(['__proto__']);
    expect(Object.getPrototypeOf(value)).toBeNull();
  });
});

/** JSON has no minus zero, and neither has a body. */
function withoutMinusZero(value: unknown): unknown {
  if (Object.is(value, -0)) return 0;
  if (Array.isArray(value)) return value.map(withoutMinusZero);
  if (value instanceof Uint8Array || typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, withoutMinusZero(part)]));
}

const part = (type: string, body: string): string => `--b\r\nContent-Type: ${type}\r\n\r\n${body}\r\n`;

describe('multipart/mixed', () => {
  const media = {
    type: 'multipart/mixed',
    itemSchema: { type: ['object', 'string'], required: ['n'], properties: { n: { type: 'integer' } } } as Schema,
    prefixEncoding: [{ contentType: 'application/json' }] as JsonObject[],
    itemEncoding: { contentType: 'image/png' },
  };
  const codec = codecOf(media);
  const type = 'multipart/mixed; boundary=b';

  it('gives its parts one by one, each judged, however the bytes come', async () => {
    const body = `${part('application/json', '{"n":1}')}${part('image/png', 'abc')}${part('image/gif', 'abc')}--b--`;
    const png = { type: 'image/png', bytes: bytesOf('abc') };
    for (const size of [1, 5, 1000])
      expect(await readAll(codec, body, type, size)).toEqual([{ n: 1 }, png, ['/2 media-type']]);
    expect(await readAll(codec, part('application/json', '{"n":"x"}'), type, 3)).toEqual([[' malformed']]);
    expect(decode(codec, `${part('application/json', '{"n":"x"}')}--b--`, type)).toEqual(['/0/n type']);
  });

  it('comes back as it was', () => {
    const png = { type: 'image/png', bytes: new Uint8Array([1, 255, 13, 10]) };
    expect(there(codec, [{ n: 3 }, png])).toEqual([{ n: 3 }, png]);
  });
});

describe('a stream of items', () => {
  const itemSchema: Schema = { type: 'object', required: ['n'], properties: { n: { type: 'integer' } } };
  const rows = [
    ['application/x-ndjson', '{"n":1}\r\n\n{"n":"x"}\n[\n{"n":4}'],
    ['application/json-seq', '\u001E{"n":1}\n\u001E{"n":"x"}\n\u001E[\n\u001E{"n":4}\n'],
  ] as const;

  it.each(rows)('%s gives each item judged as it passes, however the bytes come', async (type, body) => {
    const codec = codecOf({ type, itemSchema });
    for (const size of [1, 4, 1000])
      expect(await readAll(codec, body, type, size)).toEqual([
        { n: 1 },
        ['/1/n type'],
        ['/2 malformed-json'],
        { n: 4 },
      ]);
    expect(decode(codec, body, type)).toEqual(['/1/n type', '/2 malformed-json']);
  });

  it('gives an item before the next one has come', () => {
    const reading = codecOf({ type: 'application/jsonl', itemSchema }).open('application/jsonl');
    expect(reading.write(bytesOf('{"n":1}\n{"n"'))).toEqual([{ value: { n: 1 } }]);
    expect(reading.write(bytesOf(':2}\n'))).toEqual([{ value: { n: 2 } }]);
    expect(reading.end()).toEqual([]);
  });

  it('of events reads fields, comments and each kind of line end, and drops what is cut off', async () => {
    const codec = codecOf(
      {
        type: 'text/event-stream',
        itemSchema: {
          type: 'object',
          properties: {
            data: { type: 'string', contentMediaType: 'application/json', contentSchema: itemSchema },
            event: { enum: ['made', 'gone'] },
          },
        },
      },
      'pass',
    );
    const body =
      '\uFEFF: hello\nevent: made\ndata: {"n":\ndata: 1}\nid: 7\nretry: 50\n\n' +
      'data:{"n":2}\r\n\r\ndata: {"n":"x"}\r\revent: lost\ndata: {"n":1}\n\ndata: {\n\nevent: gone\n\ndata: {"n":9}\n';
    const items = [
      { data: '{"n":\n1}', event: 'made', id: '7', retry: 50 },
      { data: '{"n":2}' },
      ['/2/data/n type'],
      ['/3/event enum'],
      ['/4/data malformed-json'],
    ];
    for (const size of [1, 7, 1000]) expect(await readAll(codec, body, 'text/event-stream', size)).toEqual(items);
  });

  it('judges data of events of several kinds by the branch that the event fits', async () => {
    const codec = codecOf(
      {
        type: 'text/event-stream',
        itemSchema: {
          type: 'object',
          required: ['event'],
          properties: { event: { type: 'string' }, data: { type: 'string' } },
          oneOf: [
            kind('made', { contentMediaType: 'application/json', contentSchema: itemSchema }),
            kind('left', { contentMediaType: 'application/json', contentSchema: { type: 'boolean' } }),
            kind('said', { maxLength: 3 }),
          ],
        },
      },
      'pass',
    );
    const body =
      'event: made\ndata: {"n":1}\n\nevent: left\ndata: true\n\nevent: said\ndata: hi\n\n' +
      'event: made\ndata: true\n\nevent: left\ndata: {"n":1}\n\nevent: left\ndata: {\n\n';
    expect(await readAll(codec, body, 'text/event-stream', 9)).toEqual([
      { event: 'made', data: '{"n":1}' },
      { event: 'left', data: 'true' },
      { event: 'said', data: 'hi' },
      ['/3/data type'],
      ['/4/data type'],
      ['/5/data malformed-json'],
    ]);
  });

  it('ends at an item that is too long', async () => {
    const codec = compileBodyCodec(
      { required: true, media: [{ type: 'application/x-ndjson', encoding: {}, examples: [] }] },
      contract,
      { unknown: 'pass', limits: { ...bodyLimits, itemBytes: 10 } },
    );
    expect(await readAll(codec, '1\n12345678901\n2\n', 'application/x-ndjson', 3)).toEqual([1, ['/1 item-bytes']]);
  });

  it('of records tells a number that is cut off', () => {
    const codec = codecOf({ type: 'application/json-seq' });
    expect(decode(codec, '\u001E12\n\u001E34', 'application/json-seq')).toEqual(['/1 malformed-json']);
  });

  it('comes back as it was', () => {
    const item = fc
      .jsonValue()
      .map(withoutMinusZero)
      .filter((value) => !JSON.stringify(value).includes('"__proto__":'));
    for (const type of ['application/x-ndjson', 'application/jsonl', 'application/json-seq']) {
      const codec = codecOf({ type }, 'pass');
      const property = fc.property(fc.array(item, { maxLength: 5 }), (items) =>
        isDeepStrictEqual(there(codec, items), items),
      );
      expect(fc.check(property, { seed: 4, numRuns: 200 }).counterexample).toBeNull();
    }
    const codec = codecOf({ type: 'text/event-stream' }, 'pass');
    const events = [{ data: 'a\nb', event: 'x', id: '1', retry: 5 }, { data: '' }, { data: ' c' }];
    expect(there(codec, events)).toEqual(events);
  });
});

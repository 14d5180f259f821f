// Bodies that are no JSON, through a running edge: what reaches the handler, and what the sender is told.

import { afterAll, beforeAll, expect, it } from 'vitest';
import { read } from '../capability.ts';
import { reply } from '../context.ts';
import { notesContract, startTestEdge, type TestEdge } from './test-edge.ts';

const contractText = `
openapi: 3.2.0
info: { title: Files, version: 1.0.0 }
servers: [{ url: /files/v1 }]
x-plinth: { capability: files, owner: { team: test, contact: test@example.org }, audience: [customer] }
paths:
  /files/{names}:
    get:
      operationId: listFiles
      summary: See some files
      security: []
      parameters: [{ name: names, in: path, required: true, schema: { type: array, items: { type: string } } }]
      responses: { '200': { description: Names., content: { application/json: { schema: true } } } }
  /files:
    post:
      operationId: sendFile
      summary: Send a file
      security: []
      x-plinth: { effect: read }
      requestBody:
        required: true
        content:
          application/json: { schema: { $ref: '#/components/schemas/Note' } }
          application/x-www-form-urlencoded: { schema: { $ref: '#/components/schemas/Note' } }
          multipart/form-data:
            schema: { $ref: '#/components/schemas/Upload' }
            encoding: { photo: { contentType: 'image/png, image/jpeg' } }
          application/x-ndjson: { itemSchema: { $ref: '#/components/schemas/Note' } }
          text/plain: {}
      responses: { '200': { description: Read., content: { application/json: { schema: true } } } }
components:
  schemas:
    Note:
      type: object
      required: [pages]
      properties: { pages: { type: integer, maximum: 9 }, owner: { type: object, properties: { age: { type: integer } } } }
    Upload:
      type: object
      required: [photo]
      properties:
        pages: { type: integer }
        photo: { contentMediaType: image/png }
        tags: { type: array, items: { type: string } }
`;

let running: TestEdge;
let got: unknown;
beforeAll(async () => {
  running = await startTestEdge({
    contract: await notesContract(contractText),
    handlers: {
      listFiles: read(async ({ names }: { names: unknown }) => reply(200, { names })),
      sendFile: read(async ({ body }: { body: unknown }) => {
        got = body;
        return reply(200, {});
      }),
    },
  });
});
afterAll(() => running.close());

/** What the handler got, or the code and the violations in short. */
async function send(body: string | FormData | URLSearchParams, type?: string): Promise<unknown> {
  const headers = type === undefined ? {} : { 'content-type': type };
  const answer = await fetch(`${running.url}/files/v1/files`, { method: 'POST', headers, body });
  if (answer.status === 200) return got;
  const { code, errors = [] } = (await answer.json()) as { code: string; errors?: { pointer: string; rule: string }[] };
  return [answer.status, code, ...errors.map(({ pointer, rule }) => `${pointer} ${rule}`)];
}

function form(parts: Record<string, string | Blob | string[]>): FormData {
  const data = new FormData();
  for (const [name, part] of Object.entries(parts))
    for (const one of Array.isArray(part) ? part : [part]) data.append(name, one);
  return data;
}

it('a form is an object, typed and judged as JSON would be', async () => {
  expect(await send(new URLSearchParams({ pages: '4', 'owner[age]': '7' }))).toEqual({ pages: 4, owner: { age: 7 } });
  expect(await send(new URLSearchParams({ pages: '10' }))).toEqual([400, 'invalid-body', '/pages maximum']);
  expect(await send(new URLSearchParams({ paegs: '4' }))).toEqual([
    400,
    'invalid-body',
    '/pages required',
    '/paegs unknown-property',
  ]);
  expect(await send('pages=%zz', 'application/x-www-form-urlencoded')).toEqual([
    400,
    'invalid-body',
    '/pages malformed',
  ]);
});

it('a multipart form gives files with their bytes, and fields by their types', async () => {
  const photo = new File(['abc'], '../a.png', { type: 'image/png' });
  expect(await send(form({ photo, pages: '3', tags: ['x', 'y'] }))).toEqual({
    photo: { fileName: '../a.png', type: 'image/png', bytes: new TextEncoder().encode('abc') },
    pages: 3,
    tags: ['x', 'y'],
  });
  expect(await send(form({ pages: '3' }))).toEqual([400, 'invalid-body', '/photo required']);
  expect(await send(form({ photo: new File(['a'], 'a.gif', { type: 'image/gif' }) }))).toEqual([
    400,
    'invalid-body',
    '/photo media-type',
  ]);
});

const tags = (count: number): string[] => Array.from({ length: count }, () => 'x');

it('a multipart form has at most 20 parts, and is a body like any other in size', async () => {
  const photo = new File(['a'], 'a.png', { type: 'image/png' });
  expect(await send(form({ photo, tags: tags(19) }))).toMatchObject({ tags: tags(19) });
  expect(await send(form({ photo, tags: tags(20) }))).toEqual([400, 'invalid-body', ' parts']);
  const large = new File([new Uint8Array(1_048_577)], 'a.png', { type: 'image/png' });
  expect(await send(form({ photo: large }))).toEqual([413, 'body-too-large']);
  expect(await send('--b', 'multipart/form-data; boundary=b')).toEqual([400, 'invalid-body', ' malformed']);
  expect(await send('--b', 'multipart/form-data')).toEqual([400, 'invalid-body', ' boundary']);
});

it('lines of JSON are a list, each line judged', async () => {
  expect(await send('{"pages":1}\n{"pages":2}\n', 'application/x-ndjson')).toEqual([{ pages: 1 }, { pages: 2 }]);
  expect(await send('{"pages":1}\n{"pages":10}\n{', 'application/x-ndjson')).toEqual([
    400,
    'invalid-body',
    '/1/pages maximum',
    '/2 malformed-json',
  ]);
});

it('a text is a text', async () => {
  expect(await send('Grüße', 'text/plain; charset=utf-8')).toBe('Grüße');
  expect(await send('{"pages":1}', 'application/json')).toEqual({ pages: 1 });
});

it('a body has a mebibyte and not a byte more', async () => {
  const bytes = 1024 * 1024;
  const [most, more] = [bytes, bytes + 1].map((size) => '{"pages":1}'.padEnd(size, ' ')) as [string, string];
  expect(await send(most, 'application/json')).toEqual({ pages: 1 });
  expect(await send(more, 'application/json')).toEqual([413, 'body-too-large']);
});

it('a list in a path is split before it is decoded', async () => {
  const response = await fetch(`${running.url}/files/v1/files/a%2Cb,c%2F%25,%2B+`);
  expect(await response.json()).toEqual({ names: ['a,b', 'c/%', '++'] });
});

it.each([
  [422, ['422']],
  [400, ['400', '422']],
  [400, []],
] as const)(
  'a body that breaks its schema is told by %i where the contract documents %j',
  async (status, documented) => {
    const text = documented.reduce(
      (made, each) =>
        made.replace(
          "responses: { '200': { description: Read.",
          `responses: { '${each}': { description: Odd. }, '200': { description: Read.`,
        ),
      contractText,
    );
    const world = await startTestEdge({
      contract: await notesContract(text),
      handlers: { sendFile: read(async () => reply(200, {})) },
    });
    const send = async (body?: string): Promise<number> => {
      const headers = { 'content-type': 'application/json' };
      return (await fetch(`${world.url}/files/v1/files`, { method: 'POST', headers, ...(body && { body }) })).status;
    };
    expect([await send('{"pages":"many"}'), await send('{}'), await send()]).toEqual([status, status, status]);
    // What is no JSON breaks no schema.
    expect(await send('{')).toBe(400);
    await world.close();
  },
);

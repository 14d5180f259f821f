import { expect, it } from 'vitest';
import { createClient, type OperationDescriptor } from './index.ts';

const upload: OperationDescriptor = {
  capability: 'files',
  id: 'upload',
  method: 'POST',
  path: '/files',
  params: [],
  hasBody: true,
  effect: 'write',
  idempotency: 'none',
  foreign: true,
};

/** Sends through a real Request, which reads the body and writes its header as `fetch` does. */
async function sent(media: string, body: unknown): Promise<Request> {
  let request: Request | undefined;
  const client = createClient({
    fetch: async (url, init) => {
      request = new Request(new URL(url, 'https://files.example'), init);
      return new Response(null, { status: 204 });
    },
  });
  await client.call({ ...upload, media }, { body });
  if (!request) throw new Error('nothing was sent');
  return request;
}

it('writes a multipart form with files, lists and objects', async () => {
  const request = await sent('multipart/form-data', {
    file: new Blob(['abc'], { type: 'text/plain' }),
    tags: ['a', 'b'],
    options: { deep: true },
    absent: undefined,
  });
  expect(request.headers.get('content-type')).toMatch(/^multipart\/form-data; boundary=/);
  const form = await request.formData();
  expect(form.getAll('tags')).toEqual(['a', 'b']);
  expect(form.get('options')).toBe('{"deep":true}');
  expect(form.has('absent')).toBe(false);
  const file = form.get('file');
  expect(file instanceof File && (await file.text())).toBe('abc');
});

it('writes a form, and sends text and bytes as they are', async () => {
  const form = await sent('application/x-www-form-urlencoded', { a: 'x & y', b: [1, 2] });
  expect(await form.text()).toBe('a=x%20%26%20y&b=1&b=2');
  expect(form.headers.get('content-type')).toBe('application/x-www-form-urlencoded');
  const bytes = await sent('application/octet-stream', Uint8Array.of(1, 2));
  expect(await bytes.bytes()).toEqual(Uint8Array.of(1, 2));
});

it('reads bytes as bytes and text as text', async () => {
  const answers = [
    new Response('a,b', { headers: { 'content-type': 'text/csv' } }),
    new Response(Uint8Array.of(9), { headers: { 'content-type': 'image/png' } }),
  ];
  const client = createClient({ fetch: async () => answers.shift() ?? Response.error() });
  const read = { ...upload, method: 'GET', effect: 'read' as const };
  expect(await client.call(read)).toBe('a,b');
  expect(await client.call(read)).toEqual(Uint8Array.of(9));
});

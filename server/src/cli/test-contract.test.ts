// `plinth test` over HTTP: against a small service that is right, or wrong in one way; exit codes and formats.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { catchOutput } from '@plinth/testing';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { run } from './commands.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'plinth-test-'));
const said = catchOutput();
const servers: Server[] = [];

afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const contract = path.join(folder, 'notes.yaml');
writeFileSync(
  contract,
  `openapi: 3.1.0
info: { title: Notes, version: 1.0.0 }
servers: [{ url: /notes/v1 }]
paths:
  /notes:
    post:
      operationId: makeNote
      security: [{ token: [] }]
      requestBody: { required: true, content: { application/json: { schema: { type: object, additionalProperties: false, required: [text], properties: { text: { type: string, maxLength: 10 } } } } } }
      responses: { '201': { description: It., content: { application/json: { schema: { $ref: '#/components/schemas/Note' } } } }, '400': { description: No. }, '401': { description: No. } }
    delete:
      operationId: removeNotes
      responses: { '204': { description: Gone. } }
components:
  securitySchemes: { token: { type: http, scheme: bearer } }
  schemas: { Note: { type: object, required: [id, text], properties: { id: { type: string }, text: { type: string } } } }
`,
);
writeFileSync(path.join(folder, 'plinth.test.yaml'), 'ada: { headers: { Authorization: Bearer right } }\n');

/** A service; `isRight` = false: it takes texts of any length. Gives its base URL. */
async function serve(isRight: boolean): Promise<string> {
  let count = 0;
  const server = createServer((request, response) => {
    void answer(request, response, { isRight, id: `n${++count}` });
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/notes/v1`;
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  how: { isRight: boolean; id: string },
): Promise<void> {
  const { status, value } = answerTo(request, await bodyOf(request), how);
  response.writeHead(status, {
    'content-type': 'application/json',
    allow: 'POST, DELETE',
    'www-authenticate': 'Bearer',
  });
  response.end(status === 204 ? '' : JSON.stringify(value));
}

function answerTo(
  { method, url, headers }: IncomingMessage,
  body: string,
  { isRight, id }: { isRight: boolean; id: string },
): { status: number; value: unknown } {
  if (url !== '/notes/v1/notes') return { status: 404, value: {} };
  if (method === 'DELETE') return { status: 204, value: {} };
  if (method !== 'POST') return { status: 405, value: {} };
  if (headers.authorization !== 'Bearer right') return { status: 401, value: {} };
  if (!headers['content-type']?.startsWith('application/json')) return { status: 415, value: {} };
  const text = textOf(body);
  if (text === undefined || (isRight && text.length > 10)) return { status: 400, value: {} };
  return { status: 201, value: { id, text } };
}

function textOf(body: string): string | undefined {
  try {
    const value = JSON.parse(body) as Record<string, unknown> | null;
    const isNote = value !== null && typeof value === 'object' && Object.keys(value).join() === 'text';
    return isNote && typeof value['text'] === 'string' ? value['text'] : undefined;
  } catch {
    return undefined;
  }
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request) text += String(chunk);
  return text;
}

function line(body: unknown): string {
  return JSON.stringify({
    request: {
      method: 'POST',
      url: '/notes/v1/notes',
      headers: { 'content-type': 'application/json' },
      body: '{"text":"a"}',
    },
    response: { status: 201, headers: { 'content-type': 'application/json' }, body },
  });
}

const test = (...words: string[]): Promise<number> => run(['test', contract, '--cases', '20', '--seed', '1', ...words]);

describe('plinth test', () => {
  it('ends with 0 when all is well, and says what it covered and what it left out', async () => {
    expect(await test('--base-url', await serve(true), '--min-coverage', '80')).toBe(0);
    expect(said.out).toMatch(/makeNote\s+\d+\s+1\/1/);
    expect(said.out).toContain('removeNotes was left out');
    expect(said.err).toMatch(/Notes: \d+ requests, 0 failures/);
  });

  it('ends with 1 on a failure, and prints a curl line that does not give the credential away', async () => {
    expect(await test('--base-url', await serve(false))).toBe(1);
    expect(said.out).toContain('invalid-accepted  makeNote');
    expect(said.out).toContain('-H "authorization: $ADA_AUTHORIZATION"');
    expect(said.out).not.toContain('Bearer right');
  });

  it('ends with 1 when too little was covered', async () => {
    expect(await test('--base-url', await serve(true), '--phases', 'examples', '--min-coverage', '80')).toBe(1);
    expect(said.err).toContain('is below 80 %');
  });

  it('ends with 4 when nothing answers', async () => {
    expect(await test('--base-url', 'http://127.0.0.1:1')).toBe(4);
    expect(said.err).toContain('Nothing answers');
  });

  it.each([
    [['--base-url', 'nowhere'], 'is no address'],
    [['--base-url', 'http://h', '--phases', 'all'], 'examples, coverage'],
    [['--base-url', 'http://h', '--checks', 'none'], 'server-error'],
    [['--base-url', 'http://h', '--operations', 'none'], 'makeNote'],
    [['--base-url', 'http://h', '--time', 'long'], '90s'],
    [['--base-url', 'http://h', '--workers', '0'], 'above 0'],
    [['--base-url', 'http://h', '--format', 'pdf'], 'junit'],
    [['--base-url', 'http://h', '--principals', 'none.yaml'], 'none.yaml'],
    [[], '--base-url is missing'],
  ])('ends with 2 on wrong use: %j', async (words, advice) => {
    expect(await test(...words)).toBe(2);
    expect(said.err).toContain(advice);
  });

  it('ends with 3 when the contract or the traffic cannot be read', async () => {
    expect(await run(['test', path.join(folder, 'none.yaml'), '--base-url', 'http://h'])).toBe(3);
    expect(await test('--traffic', path.join(folder, 'none.har'))).toBe(3);
    writeFileSync(path.join(folder, 'empty.ndjson'), 'nothing\n');
    expect(await test('--traffic', path.join(folder, 'empty.ndjson'))).toBe(3);
    expect(said.err).toContain('holds no exchange');
  });

  it('writes JUnit, Markdown and JSON', async () => {
    const url = await serve(false);
    const file = path.join(folder, 'report');
    expect(await test('--base-url', url, '--format', 'junit', '--output', file)).toBe(1);
    expect(readFileSync(file, 'utf8')).toMatch(/<testsuite name="makeNote" tests="2" failures="1">/);
    expect(await test('--base-url', url, '--format', 'markdown')).toBe(1);
    expect(said.out).toContain('## invalid-accepted: makeNote');
    said.out = '';
    expect(await test('--base-url', url, '--json')).toBe(1);
    expect(JSON.parse(said.out)).toMatchObject({
      seed: 1,
      failures: [{ check: 'invalid-accepted', operation: 'makeNote' }],
    });
  });

  it('compares traffic without sending anything', async () => {
    const file = path.join(folder, 'traffic.ndjson');
    writeFileSync(file, `${line({ id: 'n1', text: 'a' })}\n`);
    expect(await test('--traffic', file)).toBe(0);
    writeFileSync(file, `${line({ id: 'n1', text: 1 })}\n`);
    expect(await test('--traffic', file)).toBe(1);
    expect(said.out).toContain('response-schema');
  });
});

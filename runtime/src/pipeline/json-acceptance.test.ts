// JSON texts that every parser must accept or refuse, sent to an edge: what it lets through to a handler is JSON, whole.

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { read } from '../capability.ts';
import { reply } from '../context.ts';
import { notesContract, startTestEdge, type TestEdge } from './test-edge.ts';

const folder = path.join(
  process.env['PLINTH_TEST_DATA'] ?? path.resolve(import.meta.dirname, '../../../../shared/data'),
  'json-parsing/test_parsing',
);
const files = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith('.json')) : [];
const named = (start: string): string[] => files.filter((name) => name.startsWith(start));
/** Valid JSON with a number of more than 64 characters, or with the character U+0000, which no database keeps. */
const beyondBounds = [
  'y_number_double_close_to_zero.json',
  'y_object_escaped_null_in_key.json',
  'y_string_null_escape.json',
];
const mustAccept = named('y_').filter((name) => !beyondBounds.includes(name));
const mustRefuse = named('n_');

// eslint-disable-next-line no-console -- A suite that does not run must say so.
if (files.length === 0) console.warn(`SKIPPED: JSON texts are not at ${folder} (set PLINTH_TEST_DATA)`);

const contractText = `
openapi: 3.1.0
info: { title: Echo, version: 1.0.0 }
servers: [{ url: /echo/v1 }]
x-plinth: { capability: echo, owner: { team: test, contact: test@example.org }, audience: [customer] }
paths:
  /values:
    post:
      operationId: sendValue
      summary: Send a value
      security: []
      x-plinth: { effect: read }
      requestBody: { required: true, content: { application/json: { schema: true } } }
      responses: { '200': { description: Read., content: { application/json: { schema: true } } } }
`;

describe.runIf(files.length > 0)('the body reader of the edge', () => {
  let running: TestEdge;
  beforeAll(async () => {
    running = await startTestEdge({
      contract: await notesContract(contractText),
      handlers: { sendValue: read(async ({ body }: { body: unknown }) => reply(200, { got: body })) },
    });
  });
  afterAll(() => running.close());
  const send = (file: string): Promise<Response> =>
    fetch(`${running.url}/echo/v1/values`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: new Uint8Array(readFileSync(path.join(folder, file))),
    });

  it(`accepts all ${mustAccept.length} texts within its bounds that must be accepted, and understands them as JSON.parse does`, async () => {
    for (const file of mustAccept) {
      const answer = await send(file);
      const text = readFileSync(path.join(folder, file), 'utf8');
      const got: unknown = JSON.parse(text);
      // As text again: the answer is JSON, which knows no minus zero.
      expect([file, answer.status, await answer.text()]).toEqual([file, 200, JSON.stringify({ got })]);
    }
  });

  it(`names the bound to the ${beyondBounds.length} of them that is beyond it`, async () => {
    for (const file of beyondBounds)
      expect(await (await send(file)).json()).toMatchObject({ status: 400, code: 'json-not-acceptable' });
  });

  it(`refuses all ${mustRefuse.length} texts that must be refused`, async () => {
    for (const file of mustRefuse) {
      const answer = await send(file);
      const { code } = (await answer.json()) as { code: string };
      expect([file, answer.status]).toEqual([file, 400]);
      expect(['malformed-json', 'json-not-acceptable', 'invalid-body']).toContain(code);
    }
  });
});

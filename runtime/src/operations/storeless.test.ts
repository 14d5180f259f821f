// Keys of a process without a database: the same table of outcomes, kept in memory.

import { afterAll, beforeAll, expect, it } from 'vitest';
import { write } from '../capability.ts';
import { reply } from '../context.ts';
import { problem } from '../kernel/index.ts';
import { startTestEdge, type TestEdge } from '../pipeline/test-edge.ts';

let world: TestEdge;
let runs = 0;
beforeAll(async () => {
  const createNote = write(async ({ body: { text } }: { body: { text: string } }) => {
    runs += 1;
    return text === 'done' ? reply(201, { id: 'n', text, version: runs }) : problem(text as never, { noteId: 'n' });
  });
  world = await startTestEdge({ handlers: { createNote }, services: { database: undefined } });
});
afterAll(() => world.close());

it.each([
  ['done', 201, 1],
  ['conflicting-state', 409, 1],
  ['not-found', 404, 2],
  ['precondition-failed', 412, 2],
  ['dependency-unavailable', 503, 2],
])('a call that ends with %s (%i) runs %i times when it is repeated', async (text, status, times) => {
  runs = 0;
  const headers = {
    authorization: `Bearer ${await world.token()}`,
    'content-type': 'application/json',
    'idempotency-key': text,
  };
  const body = JSON.stringify({ text });
  for (const replayed of [null, times === 1 ? 'true' : null]) {
    const answer = await fetch(`${world.url}/notes/v1/notes`, { method: 'POST', headers, body });
    expect([answer.status, answer.headers.get('idempotent-replayed')]).toEqual([status, replayed]);
  }
  expect(runs).toBe(times);
});

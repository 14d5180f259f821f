// Handlers of today behind the adapters of an earlier contract.

import type { Contract } from '@plinth/contract';
import { beforeAll, expect, it } from 'vitest';
import { type BoundHandler, read, write } from '../capability.ts';
import { problem, reply } from '../index.ts';
import { adaptMajor, capabilityOf, idOfMajor, isEarlierMajor } from './majors.ts';
import { notesContract } from './test-edge.ts';

let earlier: Contract;
beforeAll(async () => {
  earlier = await notesContract();
  earlier.id = idOfMajor('notes', 1);
});

/** What a handler answers. */
async function answerOf(handler: BoundHandler | undefined, input: object): Promise<unknown> {
  return (handler?.run as ((input: object, ctx: object) => Promise<unknown>) | undefined)?.(input, {});
}

it('an adapter changes a copy of what was asked, and finds it as it was when it makes the answer', async () => {
  const seen: unknown[] = [];
  const createNote = write(async (input: { body: { lines: string[] } }) => {
    seen.push(input.body);
    return reply(201, { lines: input.body.lines });
  });
  const handlers = adaptMajor(
    earlier,
    { createNote },
    {
      up: {
        createNote: (input) => {
          const { body } = input as { body: { text?: string; lines?: string[] } };
          body.lines = [body.text ?? ''];
          delete body.text;
          return input;
        },
      },
      down: { createNote: (said, asked) => ({ ...said, body: { ...(said.body as object), asked } }) },
    },
  );
  const input = { body: { text: 'a' } };
  expect(await answerOf(handlers['createNote'], input)).toEqual({
    status: 201,
    body: { lines: ['a'], asked: { body: { text: 'a' } } },
  });
  expect([seen, input]).toEqual([[{ lines: ['a'] }], { body: { text: 'a' } }]);
});

it('a problem is told as it is, under the name that an operation has today; what is no more has no handler', async () => {
  const find = read(async () => problem('not-found'));
  const down = { getNote: () => reply(200, {}) };
  const handlers = adaptMajor(earlier, { find }, { operations: { getNote: 'find' }, up: {}, down });
  expect(Object.keys(handlers)).toEqual(['getNote']);
  expect(handlers['getNote']?.kind).toBe('read');
  expect(await answerOf(handlers['getNote'], {})).toMatchObject({ code: 'not-found' });
});

it('the name of an earlier major says so, and whose it is', () => {
  const ids = ['notes', 'notes@1'].map((id) => ({ id }));
  expect(ids.map(isEarlierMajor)).toEqual([false, true]);
  expect(ids.map(capabilityOf)).toEqual(['notes', 'notes']);
});

import { afterAll, beforeAll, expect, it } from 'vitest';
import { anonymous } from '../../kernel/index.ts';
import { openTestDatabase, type TestDatabase } from '../../store/test-database.ts';
import { concludeCall, type NewUpstreamCall, noteCall } from './calls.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await openTestDatabase();
});
afterAll(() => database.close());

const around = JSON.stringify({ status: 201, body: '' }).length;

it.each([
  ['1 MiB is kept', 1_048_576 - around, { status: 201, body: expect.stringMatching(/^x+$/) }],
  ['more is not, but its status is', 1_048_577 - around, { status: 201, isKept: false }],
])('of an answer to a call that took effect %s', async (key, length, reply) => {
  const call: NewUpstreamCall = {
    key,
    upstream: 'till',
    operation: 'payouts.payOut',
    reference: key,
    fingerprint: 'f',
    input: {},
    principal: anonymous,
    traceId: 't',
    callbacks: undefined,
  };
  expect(await noteCall(database.db, call)).toBe('new');
  const concluded = await database.transaction((tx) =>
    concludeCall(tx, key, { status: 201, body: 'x'.repeat(length) }),
  );
  expect(concluded).toBe(true);
  expect(await noteCall(database.db, call)).toMatchObject({ state: 'done', reply });
});

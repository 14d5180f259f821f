// Who may act for whom, and what was agreed to, as it stands at the moment of the question.

import { afterAll, beforeAll, expect, it } from 'vitest';
import { consents } from './consents.ts';
import { relations } from './relations.ts';
import { openTestDatabase, type TestDatabase } from './test-database.ts';

let store: TestDatabase;
beforeAll(async () => {
  store = await openTestDatabase();
});
afterAll(() => store.close());

const day = (number: number) => Temporal.Instant.from(`2030-01-${String(number).padStart(2, '0')}T00:00:00Z`);
const given = { customerId: 'cus_bob', relation: 'delegate', grantee: 'cus_ada', since: day(10) };
const asked = { grantee: 'cus_ada', relations: ['delegate', 'household'], customers: ['cus_eve', 'cus_bob'] };

it('a relation holds from its first moment on and before its last, between these two, and until it is withdrawn', async () => {
  await store.transaction((tx) => relations.grant(tx, { ...given, until: day(20) }));
  const holds = async (at: Temporal.Instant, other: Partial<typeof asked> = {}) =>
    relations.granter(store.db, { ...asked, at, ...other });
  const moments = [day(10).subtract({ milliseconds: 1 }), day(10), day(20).subtract({ milliseconds: 1 }), day(20)];
  const held: (string | undefined)[] = [];
  for (const at of moments) held.push(await holds(at));
  expect(held).toEqual([undefined, 'cus_bob', 'cus_bob', undefined]);
  for (const other of [{ grantee: 'cus_eve' }, { relations: ['household'] }, { customers: ['cus_eve'] }])
    expect([other, await holds(day(15), other)]).toEqual([other, undefined]);
  await store.transaction((tx) => relations.grant(tx, given));
  expect(await holds(day(28))).toBe('cus_bob');
  const { since: _, ...ended } = given;
  const withdraw = () => store.transaction((tx) => relations.withdraw(tx, ended));
  expect([await withdraw(), await withdraw(), await holds(day(15))]).toEqual([true, false, undefined]);
});

const say = (yes: boolean) =>
  store.transaction((tx) =>
    consents.set(tx, { customerId: 'cus_ada', purpose: 'marketing', given: yes, at: day(1), textVersion: '1' }),
  );
const has = (purpose = 'marketing', who = 'cus_ada') => consents.has(store.db, who, purpose);

it('a consent is what was said last, of one purpose', async () => {
  expect(await has()).toBe(false);
  await say(true);
  expect([await has(), await has('research'), await has('marketing', 'cus_bob')]).toEqual([true, false, false]);
  await say(false);
  expect(await has()).toBe(false);
});

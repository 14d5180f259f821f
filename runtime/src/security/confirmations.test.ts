// One confirmation is good for the one call that was read back: everything that it is bound to is changed once.

import { type RawBuilder, sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Principal } from '../kernel/index.ts';
import { staff } from '../pipeline/test-edge.ts';
import { openTestDatabase, type TestDatabase } from '../store/test-database.ts';
import { type ConfirmedCall, Confirmations } from './confirmations.ts';

let store: TestDatabase;
let confirmations: Confirmations;
beforeAll(async () => {
  store = await openTestDatabase();
  confirmations = new Confirmations(store);
});
afterAll(() => store.close());

const ada = 'cus_ada';
const assistant: Principal = {
  ...staff(),
  subject: 'ada',
  customerId: ada,
  audience: 'agent',
  actor: ['assistant'],
  applicationId: 'app_1',
};
const sha = (letter: string): string => letter.repeat(64);
let calls = 0;

/** A call that nothing else in this file makes. */
const aCall = (): ConfirmedCall => ({
  principal: assistant,
  operation: 'orders.cancelOrder',
  contractHash: sha('c'),
  argsHash: sha('a').replace(/^.{6}/, String((calls += 1)).padStart(6, '0')),
  idempotencyKey: `key ${calls}`,
});

/** Begins all of `work` before another transaction commits its `change` and after it was made: each has read what was. */
async function behind(change: RawBuilder<unknown>, work: readonly (() => Promise<unknown>)[]): Promise<unknown[]> {
  const waiting = `select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`;
  return store
    .transaction(async (tx) => {
      await change.execute(tx);
      const all = Promise.all(work.map((each) => each()));
      await expect.poll(async () => (await store.rows(waiting)).length, { timeout: 10_000 }).toBe(work.length);
      return { all };
    })
    .then(({ all }) => all);
}

async function confirmed(call: ConfirmedCall): Promise<string> {
  const { id } = await confirmations.issue(call, 'Cancel the order.');
  expect(await confirmations.confirm(id, ada)).toBe(true);
  return id;
}

const others: [string, Partial<ConfirmedCall>][] = [
  ['another customer', { principal: { ...assistant, customerId: 'cus_ben' } }],
  ['another issuer', { principal: { ...assistant, issuer: 'https://evil.test' } }],
  ['other software', { principal: { ...assistant, applicationId: 'app_2' } }],
  ['another actor', { principal: { ...assistant, actor: ['model'] } }],
  ['an actor behind the actor', { principal: { ...assistant, actor: ['assistant', 'model'] } }],
  ['another operation', { operation: 'orders.placeOrder' }],
  ['another version of the contract', { contractHash: sha('d') }],
  ['other arguments', { argsHash: sha('b') }],
  ['another Idempotency-Key', { idempotencyKey: 'another' }],
];

describe('a confirmation is good for', () => {
  it('its very call, and each repetition of it', async () => {
    const call = aCall();
    const id = await confirmed(call);
    expect(await confirmations.use(id, call)).toBe('ok');
    expect(await confirmations.use(id, { ...call })).toBe('ok');
  });

  it.each(others)('nothing to %s, before and after it was used', async (_, change) => {
    const call = aCall();
    const id = await confirmed(call);
    expect(await confirmations.use(id, { ...call, ...change })).toBe('required');
    expect(await confirmations.use(id, call)).toBe('ok');
    // Whose it is not hears nothing of its use.
    const afterwards = 'principal' in change ? 'required' : 'used';
    expect(await confirmations.use(id, { ...call, ...change })).toBe(afterwards);
  });

  it.each(others.filter(([, change]) => !('idempotencyKey' in change)))(
    'no loan of its key to %s',
    async (_, change) => {
      const { idempotencyKey, ...call } = aCall();
      await confirmed({ ...call, idempotencyKey });
      expect(await confirmations.lend({ ...call, ...change })).toBeUndefined();
      expect(await confirmations.lend(call)).toEqual({ idempotencyKey, isConfirmed: true });
      // It was spent with the loan.
      expect(await confirmations.lend(call)).toBeUndefined();
    },
  );

  it('a loan of the key that the customer has said yes to, though another was asked about before', async () => {
    const call = aCall();
    await confirmations.issue(call, 'Cancel the order.');
    await confirmed({ ...call, idempotencyKey: 'agreed' });
    expect(await confirmations.lend(call)).toEqual({ idempotencyKey: 'agreed', isConfirmed: true });
    // What is left is what nobody has answered.
    expect(await confirmations.lend(call)).toEqual({ idempotencyKey: call.idempotencyKey, isConfirmed: false });
  });

  it('nothing before the customer has said yes', async () => {
    const call = aCall();
    const { id } = await confirmations.issue(call, 'Cancel the order.');
    expect(await confirmations.use(id, call)).toBe('waiting');
    expect(await confirmations.lend(call)).toEqual({ idempotencyKey: call.idempotencyKey, isConfirmed: false });
    expect(await confirmations.use(id, call)).toBe('waiting');
  });

  it('nothing after the customer has said no, and no yes comes after it', async () => {
    const call = aCall();
    const id = await confirmed(call);
    await confirmations.void(id, 'cus_ben');
    expect(await confirmations.find(id, ada)).toMatchObject({ state: 'confirmed' });
    await confirmations.void(id, ada);
    expect(await confirmations.use(id, call)).toBe('required');
    expect(await confirmations.confirm(id, ada)).toBe(false);
    expect(await confirmations.lend(call)).toBeUndefined();
  });

  it('nothing to software that comes together with a no of the customer', async () => {
    const call = aCall();
    const id = await confirmed(call);
    const no = sql`update runtime.confirmation set state = 'void' where args_hash = ${call.argsHash}`;
    const got = await behind(no, [() => confirmations.use(id, call), () => confirmations.lend(call)]);
    expect(got).toEqual(['required', undefined]);
    expect(await confirmations.find(id, ada)).toMatchObject({ state: 'void' });
  });

  it('each of twins that come together', async () => {
    const call = aCall();
    const id = await confirmed(call);
    const nothing = sql`select 1 from runtime.confirmation where args_hash = ${call.argsHash} for update`;
    const use = () => confirmations.use(id, call);
    expect(await behind(nothing, [use, use, () => confirmations.lend(call)])).toEqual([
      'ok',
      'ok',
      { idempotencyKey: call.idempotencyKey, isConfirmed: true },
    ]);
  });

  it('nothing more once it was used: no yes and no no changes that', async () => {
    const call = aCall();
    const id = await confirmed(call);
    expect(await confirmations.use(id, call)).toBe('ok');
    expect(await confirmations.confirm(id, ada)).toBe(false);
    await confirmations.void(id, ada);
    expect(await confirmations.find(id, ada)).toMatchObject({ state: 'used' });
    expect(await confirmations.lend(call)).toBeUndefined();
    expect(await confirmations.use(id, { ...call, idempotencyKey: 'another' })).toBe('used');
  });

  it('nothing after a no that came before any yes', async () => {
    const call = aCall();
    const { id } = await confirmations.issue(call, 'Cancel the order.');
    await confirmations.void(id, ada);
    expect(await confirmations.confirm(id, ada)).toBe(false);
    expect(await confirmations.use(id, call)).toBe('required');
  });

  it('nothing after its end, for anybody', async () => {
    const [call, asked] = [aCall(), aCall()];
    const id = await confirmed(call);
    const open = await confirmations.issue(asked, 'Cancel the order.');
    await store.rows("update runtime.confirmation set expires_at = now() - interval '1 second'");
    expect(await confirmations.use(id, call)).toBe('required');
    expect(await confirmations.find(id, ada)).toBeUndefined();
    expect(await confirmations.confirm(open.id, ada)).toBe(false);
    expect(await confirmations.lend(call)).toBeUndefined();
  });

  it('ten minutes', async () => {
    const { expiresAt } = await confirmations.issue(aCall(), 'Cancel the order.');
    const leftS = Temporal.Instant.from(expiresAt).epochMilliseconds / 1000 - Date.now() / 1000;
    expect(Math.abs(leftS - 600)).toBeLessThan(60);
  });
});

it('a customer sees and confirms their own only', async () => {
  const call = aCall();
  const { id } = await confirmations.issue(call, 'Cancel the order.');
  expect(await confirmations.find(id, 'cus_ben')).toBeUndefined();
  expect(await confirmations.confirm(id, 'cus_ben')).toBe(false);
  expect(await confirmations.find(id, ada)).toMatchObject({ readback: 'Cancel the order.', state: 'readBack' });
  expect(await confirmations.use(id, call)).toBe('waiting');
});

it('when it was confirmed and used is when that was so first: a yes and a use may be repeated', async () => {
  const call = aCall();
  const id = await confirmed(call);
  const times = async () =>
    store.rows(
      `select confirmed_at::text, used_at::text from runtime.confirmation where args_hash = '${call.argsHash}'`,
    );
  const first = await times();
  expect(await confirmations.confirm(id, ada)).toBe(true);
  expect(await times()).toEqual(first);
  expect(await confirmations.use(id, call)).toBe('ok');
  const used = await times();
  expect(await confirmations.use(id, call)).toBe('ok');
  expect(await times()).toEqual(used);
  expect(used[0]?.['used_at']).not.toBeNull();
});

it('its id is stored as a hash alone, and one that was made up is none', async () => {
  const call = aCall();
  const id = await confirmed(call);
  const rows = JSON.stringify(await store.rows('select t::text, id_hash from runtime.confirmation t'));
  expect(rows).not.toContain(id);
  expect(rows).not.toContain(Buffer.from(id).toString('hex'));
  for (const other of ['', `${id}x`, id.slice(1), 'x'.repeat(10_000)]) {
    expect(await confirmations.use(other, call)).toBe('required');
    expect(await confirmations.find(other, ada)).toBeUndefined();
  }
});

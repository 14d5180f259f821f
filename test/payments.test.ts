// Payments whose later steps go wrong: what was only asked is never taken for done, and what was refused is free again.

import { payments } from '@plinth/capabilities/payments';
import { fromWireId, movableClock, newIds, servicePrincipal, systemClock, worldCustomers } from '@plinth/runtime';
import { atEase, eventually, type TestDatabase } from '@plinth/testing';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readConfig } from '../server/src/config.ts';
import { createPlatform, type Platform } from '../server/src/platform.ts';
import { audit } from '../server/src/world.ts';
import { aSeededDatabase } from './seeded.ts';

const clock = movableClock(systemClock.now(), true);
const ids = newIds(clock);
const service = servicePrincipal('test');
const [ada] = worldCustomers(8, Temporal.Now.plainDateISO('UTC').with({ day: 1 })).map(({ id }) => id) as [string];
let database: TestDatabase;
let platform: Platform;

beforeAll(async () => {
  database = await aSeededDatabase();
  const config = readConfig({ demo: true, ephemeral: true }, { LOG_LEVEL: 'silent' });
  const mail = { send: () => Promise.resolve(), close: () => Promise.resolve() };
  const databaseUrl = database.url;
  platform = await createPlatform({
    config,
    database,
    databaseUrl,
    mail,
    clock,
    load: atEase,
    capabilities: [payments],
  });
});
afterAll(async () => {
  await platform.close();
  await database.close();
});

describe('a capture', () => {
  it('that is declined takes nothing, and the payment can still be given up', async () => {
    const id = await authorized('card_capture_declined');
    const key = ids.uuid();
    const tried = await capture(id, undefined, key);
    expect(tried).toMatchObject({ status: 409, body: { code: 'payments.declined' } });
    expect(await capture(id, undefined, key)).toEqual(tried);
    expect(await payment(id)).toMatchObject({ state: 'authorized', captured: eur(0) });
    expect(await facts(id)).toEqual(['payment.authorized']);
    expect(await refund(id, 1000)).toMatchObject({ status: 201, body: { kind: 'void' } });
    expect(await payment(id)).toMatchObject({ state: 'cancelled' });
  });

  it('without an answer counts as neither taken nor free, until the provider says no', async () => {
    const id = await authorized('card_capture_unknown');
    expect((await capture(id, 600)).body).toMatchObject({ code: 'payments.not-settled-yet', retryable: true });
    expect(await payment(id)).toMatchObject({ state: 'authorized', captured: eur(0) });
    expect((await refund(id, 100)).body).toMatchObject({ code: 'payments.not-settled-yet' });
    expect((await ask('payments.cancelPayment', { paymentId: id })).body).toMatchObject({
      code: 'payments.not-settled-yet',
    });
    expect((await capture(id, 401)).body).toMatchObject({
      code: 'payments.too-much',
      detail: expect.stringContaining('4.00 EUR'),
    });
    await answered();
    expect(await payment(id)).toMatchObject({ state: 'authorized', captured: eur(0) });
    expect(await ask('payments.cancelPayment', { paymentId: id })).toMatchObject({ status: 201 });
  });

  it('whose answer was lost is taken once, booked once and told once', async () => {
    const id = await authorized('card_capture_timeout');
    const key = ids.uuid();
    expect((await capture(id, undefined, key)).body).toMatchObject({ code: 'payments.not-settled-yet' });
    expect(await capture(id, undefined, key)).toMatchObject({ status: 201, body: { state: 'captured' } });
    expect(await capture(id)).toMatchObject({ status: 201, body: { captured: eur(1000) } });
    await platform.settled();
    expect(await facts(id)).toEqual(['payment.authorized', 'payment.captured']);
    expect(await booked(id)).toEqual(['1000 capture']);
  });

  it('of all of it, and giving all of it back, happen once however many ask at the same time', async () => {
    const id = await authorized('card_ok');
    await Promise.all(Array.from({ length: 8 }, () => capture(id)));
    expect(await booked(id)).toEqual(['1000 capture']);
    const back = await Promise.all(Array.from({ length: 8 }, () => refund(id, 1000)));
    expect(back.filter(({ status }) => status === 201)).toHaveLength(1);
    expect(await booked(id)).toEqual(['1000 capture', '1000 refund']);
    expect(await payment(id)).toMatchObject({ state: 'refunded', captured: eur(1000), refunded: eur(1000) });
    expect(await facts(id)).toEqual(['payment.authorized', 'payment.captured', 'payment.refunded']);
  });
});

describe('a refund', () => {
  it('gives back only what was certainly taken', async () => {
    const id = await authorized('card_capture_timeout');
    const first = ids.uuid();
    await capture(id, 300, first);
    expect(await capture(id, 300, first)).toMatchObject({ status: 201 });
    expect((await capture(id, 500)).body).toMatchObject({ code: 'payments.not-settled-yet' });
    expect((await refund(id, 301)).body).toMatchObject({ code: 'payments.not-settled-yet' });
    expect((await refund(id, 801)).body).toMatchObject({ code: 'payments.too-much' });
    expect(await refund(id, 300)).toMatchObject({ status: 201, body: { kind: 'refund' } });
    await answered();
    expect(await refund(id, 500)).toMatchObject({ status: 201 });
    expect(await payment(id)).toMatchObject({ state: 'refunded', captured: eur(800), refunded: eur(800) });
    expect(await booked(id)).toEqual(['300 capture', '300 refund', '500 capture', '500 refund']);
  });

  it('that is declined leaves the money taken', async () => {
    const id = await captured('card_refund_declined');
    const reference = ids.uuid();
    expect((await refund(id, 1000, reference)).body).toMatchObject({ code: 'payments.declined' });
    expect((await refund(id, 1000, reference)).body).toMatchObject({ code: 'payments.declined' });
    expect(await payment(id)).toMatchObject({ state: 'captured', refunded: eur(0) });
    expect(await booked(id)).toEqual(['1000 capture']);
  });

  it('of everything leaves nothing of which a capture could say that it is taken', async () => {
    const id = await captured('card_ok');
    expect(await capture(id)).toMatchObject({ status: 201, body: { state: 'captured' } });
    expect(await refund(id, 1000)).toMatchObject({ status: 201, body: { kind: 'refund' } });
    expect(await capture(id)).toMatchObject({ status: 409, body: { code: 'payments.not-authorized' } });
    expect(await payment(id)).toMatchObject({ state: 'refunded', captured: eur(1000), refunded: eur(1000) });
  });

  it('without an answer keeps its amount from another one', async () => {
    const id = await captured('card_refund_unknown');
    expect((await refund(id, 700)).body).toMatchObject({ code: 'payments.not-settled-yet' });
    expect((await refund(id, 301)).body).toMatchObject({ code: 'payments.too-much' });
    await answered();
    expect(await payment(id)).toMatchObject({ state: 'captured', refunded: eur(0) });
  });

  it('and captures at the same time never give back more than was taken', async () => {
    const id = await authorized('card_ok');
    const [taken, back] = await Promise.all([
      Promise.all(Array.from({ length: 5 }, () => capture(id, 200))),
      Promise.all(Array.from({ length: 8 }, () => refund(id, 200))),
    ]);
    // A refund that came before the first capture freed the payment instead.
    const freed = back.some(({ body }) => (body as { kind?: string }).kind === 'void');
    const done = back.filter(({ status, body }) => status === 201 && (body as { kind: string }).kind === 'refund');
    const took = taken.filter(({ status }) => status === 201).length;
    // One that came between gave back what was taken until then: after that nothing more is taken.
    expect(took > 0).toBe(!freed);
    expect(done.length).toBeLessThanOrEqual(took);
    expect((await payment(id)) as object).toMatchObject({
      captured: eur(200 * took),
      refunded: eur(200 * done.length),
    });
  });
});

it('shows nobody the mark of a payment that never arrived', async () => {
  const id = ids.of('pay');
  expect(await ask('payments.cancelPayment', { paymentId: id })).toMatchObject({ status: 201 });
  expect((await ask('payments.getPayment', { paymentId: id })).status).toBe(404);
  const { items } = (await ask('payments.listPayments', { state: 'cancelled', limit: 100 })).body as {
    items: { id: string; customerId: string }[];
  };
  expect(items.map((each) => each.id)).not.toContain(id);
  expect(items.every(({ customerId }) => customerId !== '')).toBe(true);
});

it('an outcome that nobody found out in six days is not asked for again: the provider may have forgotten the key', async () => {
  const old = await authorized('card_capture_unknown');
  const fresh = await authorized('card_capture_unknown');
  for (const id of [old, fresh]) expect((await capture(id, 300)).status).toBeGreaterThanOrEqual(400);
  const move = (interval: string) =>
    sql`update payments.attempts set at = at + ${interval}::interval
      where kind = 'capture' and payment_id = ${fromWireId('pay', old)}`.execute(database.db);
  await move('-6 days');
  clock.advance({ seconds: 10 });
  // Older ones are asked for first: when this one is known, the other was passed over.
  await eventually('the later one is known', 30_000, async () => (await stateOfCapture(fresh)) !== 'started');
  expect(await stateOfCapture(old)).toBe('started');
  await move('6 days');
  await answered();
});

it('every invariant of payments holds after all of that', async () => {
  const { checked, broken } = await audit(database, [payments]);
  expect(broken).toEqual([]);
  expect(checked).toBeGreaterThan(10);
});

async function stateOfCapture(id: string): Promise<string | undefined> {
  const { rows } = await sql<{ state: string }>`select state from payments.attempts
    where kind = 'capture' and payment_id = ${fromWireId('pay', id)}`.execute(database.db);
  return rows[0]?.state;
}

async function ask(operation: string, input: Record<string, unknown>, key = ids.uuid()) {
  const { status, body } = await platform.edge.invoke({ operation, principal: service, input, idempotencyKey: key });
  return { status, body };
}

async function authorized(method: string): Promise<string> {
  const id = ids.of('pay');
  const body = { id, customerId: ada, amount: eur(1000), method, reference: id };
  expect(await ask('payments.createPayment', { body })).toMatchObject({ status: 201, body: { state: 'authorized' } });
  return id;
}

async function captured(method: string): Promise<string> {
  const id = await authorized(method);
  expect(await capture(id)).toMatchObject({ status: 201, body: { state: 'captured' } });
  return id;
}

function capture(paymentId: string, amount?: number, key?: string) {
  return ask('payments.capturePayment', { paymentId, body: amount === undefined ? {} : { amount: eur(amount) } }, key);
}

function refund(paymentId: string, amount: number, reference = ids.uuid()) {
  return ask('payments.refundPayment', { paymentId, body: { amount: eur(amount), reference } });
}

async function payment(paymentId: string) {
  return (await ask('payments.getPayment', { paymentId })).body;
}

/** The provider knows by now, and the job has asked it for everything. */
async function answered(): Promise<void> {
  clock.advance({ seconds: 10 });
  await eventually('every outcome is known', 30_000, async () => {
    const { rows } = await sql`select 1 from payments.attempts where state = 'started'`.execute(database.db);
    return rows.length === 0;
  });
}

async function facts(paymentId: string): Promise<string[]> {
  const { rows } = await sql<{ type: string }>`
    select type from runtime.outbox where subject = ${paymentId} order by aggregate_seq`.execute(database.db);
  return rows.map(({ type }) => type);
}

/** What the book says about a payment, smallest amount first. */
async function booked(paymentId: string): Promise<string[]> {
  const { rows } = await sql<{ line: string }>`
    select m.amount || ' ' || p.kind as line from payments.attempts a
    join payments.ledger_posting p on p.kind = a.kind and p.reference = a.provider_key
    join payments.ledger_move m on m.posting = p.id
    where a.payment_id = ${fromWireId('pay', paymentId)} order by m.amount, p.kind`.execute(database.db);
  return rows.map(({ line }) => line);
}

function eur(amount: number) {
  return { amount, currency: 'EUR' };
}

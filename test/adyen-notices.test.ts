// What Adyen says later of payments that counted as done: captures and refunds that fail, authorizations that end, money the
// bank takes back. Each message once, whatever its order, and never backwards.

import { readFileSync } from 'node:fs';
import { parseText, Origins } from '@plinth/contract';
import { fromWireId } from '@plinth/runtime';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { audit } from '../server/src/world.ts';
import { AdyenWorld, eur, hasAdyen, ids, type Said, webhooksFile } from './adyen-world.ts';

let world: AdyenWorld;

describe.runIf(hasAdyen)('of what counted as done, Adyen says', () => {
  beforeAll(async () => {
    world = await AdyenWorld.open();
    await world.platform.reload();
  });
  afterAll(() => world?.close());

  describe('that a capture failed', () => {
    it.each(['CAPTURE_FAILED', 'CAPTURE'])(
      '(%s): the money is no longer taken, once, and may be taken anew',
      async (eventCode) => {
        const { id, original } = await captured(1000);
        const [theirs = ''] = await world.attemptsOf(id, 'capture');
        const failure = {
          id,
          original,
          psp: theirs,
          eventCode,
          success: eventCode === 'CAPTURE' ? 'false' : 'true',
          amount: 1000,
        };
        await hear(failure);
        expect(await world.payment(id)).toMatchObject({ state: 'authorized', captured: eur(0), authorized: eur(1000) });
        expect(await booked(id)).toEqual(['1000 capture', '1000 reversal']);
        expect(await leftAccount(id)).toBe(0);
        // Twice, and the success that it overtook.
        await hear(failure, { ...failure, eventCode: 'CAPTURE', success: 'true' });
        expect(await world.factsOf(id)).toEqual(['payment.authorized', 'payment.captured', 'payment.captureFailed']);
        expect(await world.ask('payments.capturePayment', { paymentId: id })).toMatchObject({
          status: 201,
          body: { state: 'captured', captured: eur(1000) },
        });
        expect(await booked(id)).toEqual(['1000 capture', '1000 capture', '1000 reversal']);
        await world.platform.settled();
        expect(await leftAccount(id)).toBe(1000);
      },
    );

    it('of several of one amount: the one that is named, whatever the order', async () => {
      const id = await authorized(3000);
      for (let n = 0; n < 3; n++) await capture(id, 1000);
      const original = await world.theirs(id);
      // The mock gives like calls one reference; Adyen does not.
      await sql`
        update payments.attempts set theirs = 'C' || right(provider_key, 12)
        where kind = 'capture' and payment_id = ${fromWireId('pay', id)}`.execute(world.database.db);
      const theirs = await world.attemptsOf(id, 'capture');
      expect(new Set(theirs).size).toBe(3);
      const failures = theirs.slice(1).map((psp) => ({ id, original, psp, eventCode: 'CAPTURE_FAILED', amount: 1000 }));
      await hear(...failures.toReversed(), ...failures);
      expect(await world.payment(id)).toMatchObject({ state: 'captured', captured: eur(1000) });
      const { rows } = await sql<{ theirs: string }>`
        select theirs from payments.attempts where payment_id = ${fromWireId('pay', id)} and state = 'failed'
        order by at, provider_key`.execute(world.database.db);
      expect(rows.map(({ theirs }) => theirs)).toEqual(theirs.slice(1));
    });

    it('whose answer was lost: the one of that amount, and then no other', async () => {
      const id = await authorized(2000);
      await capture(id, 700);
      await capture(id, 700);
      await sql`update payments.attempts set theirs = null where kind = 'capture' and payment_id = ${fromWireId('pay', id)}`.execute(
        world.database.db,
      );
      const failure = {
        id,
        original: await world.theirs(id),
        psp: 'unheard',
        eventCode: 'CAPTURE_FAILED',
        amount: 700,
      };
      // Two could be meant: a person has to look.
      await hear(failure);
      expect(await world.payment(id)).toMatchObject({ captured: eur(1400) });
      await sql`update payments.attempts set theirs = 'named' where provider_key = (
        select provider_key from payments.attempts where kind = 'capture' and payment_id = ${fromWireId('pay', id)} limit 1)`.execute(
        world.database.db,
      );
      await hear({ ...failure, psp: 'second' });
      expect(await world.payment(id)).toMatchObject({ captured: eur(700) });
      await hear({ ...failure, psp: 'third' });
      expect(await world.payment(id)).toMatchObject({ captured: eur(700) });
    });

    it('and then that it did not: a failure that was none changes nothing', async () => {
      const { id, original } = await captured(1000);
      const [psp = ''] = await world.attemptsOf(id, 'capture');
      await hear({ id, original, psp, eventCode: 'CAPTURE_FAILED', success: 'false', amount: 1000 });
      expect(await world.stateOf(id)).toBe('captured');
    });
  });

  describe('that a refund failed', () => {
    it.each([
      ['REFUND_FAILED', 'true'],
      ['REFUNDED_REVERSED', 'true'],
      ['REFUND', 'false'],
    ])('(%s, success %s): the money is with the shop again, and may be given back anew', async (eventCode, success) => {
      const { id, original } = await captured(1000);
      expect(await refund(id, 1000, 'R-1')).toMatchObject({ status: 201 });
      expect(await world.stateOf(id)).toBe('refunded');
      const [psp = ''] = await world.attemptsOf(id, 'refund');
      const failure = { id, original, psp, eventCode, success, amount: 1000 };
      await hear(failure, failure, { ...failure, eventCode: 'REFUND', success: 'true' });
      expect(await world.payment(id)).toMatchObject({ state: 'captured', refunded: eur(0) });
      expect(await booked(id)).toEqual(['1000 capture', '1000 refund', '1000 reversal']);
      expect(await leftAccount(id)).toBe(1000);
      expect(await world.factsOf(id)).toEqual([
        'payment.authorized',
        'payment.captured',
        'payment.refunded',
        'payment.refundFailed',
      ]);
      // The same wish is answered with what became of it.
      expect((await refund(id, 1000, 'R-1')).body).toMatchObject({ code: 'payments.declined' });
      expect(await refund(id, 1000, 'R-2')).toMatchObject({ status: 201 });
    });

    it('in one notification with the capture it was of, in the wrong order', async () => {
      const { id, original } = await captured(1000);
      await refund(id, 400, 'R-1');
      const [of = ''] = await world.attemptsOf(id, 'capture');
      const [back = ''] = await world.attemptsOf(id, 'refund');
      await hear(
        { id, original, psp: back, eventCode: 'REFUND_FAILED', amount: 400 },
        { id, original, psp: of, eventCode: 'CAPTURE_FAILED', amount: 1000 },
      );
      expect(await world.payment(id)).toMatchObject({ state: 'authorized', captured: eur(0), refunded: eur(0) });
    });
  });

  describe('that nothing is reserved any longer', () => {
    it.each(['EXPIRE', 'CANCELLATION', 'TECHNICAL_CANCEL', 'CANCEL_OR_REFUND'])(
      '(%s): an authorized payment is given up, and cannot be taken',
      async (eventCode) => {
        const id = await authorized(1000);
        const original = await world.theirs(id);
        await hear({ id, original, psp: `X${id}`, eventCode, amount: 1000 });
        expect(await world.stateOf(id)).toBe('cancelled');
        expect(await world.factsOf(id)).toEqual(['payment.authorized', 'payment.cancelled']);
        expect((await world.ask('payments.capturePayment', { paymentId: id })).body).toMatchObject({
          code: 'payments.not-authorized',
        });
        // What the bank said before, late.
        await hear(
          { id, psp: original ?? '' },
          { id, original, psp: `X${id}`, eventCode, success: 'false', amount: 1000 },
        );
        expect(await world.stateOf(id)).toBe('cancelled');
      },
    );

    it.each(['EXPIRE', 'CANCELLATION'])('(%s): of what is taken nothing changes', async (eventCode) => {
      const { id, original } = await captured(1000);
      await hear({ id, original, psp: `X${id}`, eventCode, amount: 1000 });
      expect(await world.stateOf(id)).toBe('captured');
    });

    it('(OFFER_CLOSED): the bank will not decide any more, and the payment has failed', async () => {
      const id = await world.pend('card_pending');
      await hear({ id, eventCode: 'OFFER_CLOSED' });
      expect(await world.stateOf(id)).toBe('failed');
      await hear({ id });
      expect(await world.factsOf(id)).toEqual(['payment.unknown', 'payment.failed']);
    });
  });

  describe('that money went back without our asking', () => {
    it('(CANCEL_OR_REFUND, CHARGEBACK): it is given back, once, and what is left may be', async () => {
      const { id, original } = await captured(1000);
      const back = { id, original, psp: `R${id}`, eventCode: 'CANCEL_OR_REFUND', amount: 300 };
      const dispute = { id, original, psp: `D${id}`, eventCode: 'CHARGEBACK', amount: 200 };
      await hear(back, dispute, dispute, back);
      expect(await world.payment(id)).toMatchObject({ state: 'captured', refunded: eur(500) });
      expect((await refund(id, 501, 'R-1')).body).toMatchObject({ code: 'payments.too-much' });
      expect(await refund(id, 500, 'R-2')).toMatchObject({ status: 201 });
      expect(await world.stateOf(id)).toBe('refunded');
    });

    it('(CHARGEBACK_REVERSED, SECOND_CHARGEBACK): it comes back, and may go again', async () => {
      const { id, original } = await captured(1000);
      const dispute = { id, original, psp: `D${id}`, amount: 1000 };
      await hear({ ...dispute, eventCode: 'CHARGEBACK' });
      expect(await world.stateOf(id)).toBe('refunded');
      // Adyen names no payment here: the dispute and our reference are enough.
      await hear({ ...dispute, original: undefined, eventCode: 'CHARGEBACK_REVERSED' });
      expect(await world.stateOf(id)).toBe('captured');
      await hear({ ...dispute, eventCode: 'SECOND_CHARGEBACK' });
      await hear({ ...dispute, eventCode: 'CHARGEBACK' }, { ...dispute, eventCode: 'CHARGEBACK_REVERSED' });
      expect(await world.stateOf(id)).toBe('refunded');
      expect(await world.factsOf(id)).toEqual([
        'payment.authorized',
        'payment.captured',
        'payment.refunded',
        'payment.refundFailed',
        'payment.refunded',
      ]);
    });
  });

  it('what it says in words we have none for: it is kept and counted, and each of its words is one or the other', async () => {
    const codes = eventCodes();
    expect(codes.length).toBeGreaterThan(35);
    const id = await authorized(1000);
    const before = await world.payment(id);
    const facts = await world.factsOf(id);
    // Not done, so that none of them changes the payment.
    for (const eventCode of codes)
      await hear({ id, psp: `code-${eventCode}`, eventCode, success: 'false', amount: 1000 });
    const { rows } = await sql<{ code: string; state: string }>`
      select split_part(message_id, '/', 2) as code, state from runtime.webhook_inbox
      where message_id like 'code-%' order by code`.execute(world.database.db);
    expect(rows.map(({ code }) => code)).toEqual(codes.toSorted());
    expect(rows.filter(({ state }) => state === 'taken').map(({ code }) => code)).toEqual([
      'AUTHORISATION',
      'CANCELLATION',
      'CANCEL_OR_REFUND',
      'CAPTURE',
      'CAPTURE_FAILED',
      'CHARGEBACK',
      'CHARGEBACK_REVERSED',
      'EXPIRE',
      'OFFER_CLOSED',
      'REFUND',
      'REFUNDED_REVERSED',
      'REFUND_FAILED',
      'SECOND_CHARGEBACK',
      'TECHNICAL_CANCEL',
    ]);
    expect(await world.payment(id)).toEqual(before);
    expect(await world.factsOf(id)).toEqual(facts);
  });

  it('and after all of it the books are right', async () => {
    expect((await audit(world.database, world.capabilities)).broken).toEqual([]);
  });
});

/** Each in a notification of its own, and then what follows from it. */
async function hear(...said: readonly Said[]): Promise<void> {
  for (const each of said) {
    expect(await world.notify([each])).toBe(202);
    await world.platform.settled();
  }
}

async function authorized(amount: number): Promise<string> {
  const id = ids.of('pay');
  expect(await world.create('card_ok', amount, { id })).toMatchObject({ status: 201, body: { state: 'authorized' } });
  return id;
}

async function captured(amount: number): Promise<{ id: string; original: string | undefined }> {
  const id = await authorized(amount);
  await capture(id, amount);
  return { id, original: await world.theirs(id) };
}

async function capture(paymentId: string, amount: number): Promise<void> {
  const answer = await world.ask('payments.capturePayment', { paymentId, body: { amount: eur(amount) } });
  expect(answer).toMatchObject({ status: 201 });
}

function refund(paymentId: string, amount: number, reference: string): ReturnType<AdyenWorld['ask']> {
  return world.ask('payments.refundPayment', { paymentId, body: { amount: eur(amount), reference } });
}

/** What the book says about a payment, smallest amount first. */
async function booked(paymentId: string): Promise<string[]> {
  const { rows } = await sql<{ line: string }>`
    select m.amount || ' ' || p.kind as line from payments.attempts a
    join payments.ledger_posting p on p.reference = a.provider_key
    join payments.ledger_move m on m.posting = p.id
    where a.payment_id = ${fromWireId('pay', paymentId)} order by m.amount, p.kind`.execute(world.database.db);
  return rows.map(({ line }) => line);
}

/** Minor units that a payment took from its customer's account here. */
async function leftAccount(paymentId: string): Promise<number> {
  const { rows } = await sql<{ minor: string }>`
    select coalesce(-sum(amount_minor), 0)::text as minor from accounts.card_bookings
    where payment_id = ${paymentId}`.execute(world.database.db);
  return Number(rows[0]?.minor);
}

/** All event codes of Adyen's contract. */
function eventCodes(): string[] {
  const document = parseText(readFileSync(webhooksFile, 'utf8'), webhooksFile, new Origins()) as unknown as {
    components: { schemas: Record<string, { properties: { eventCode: { enum: string[] } } }> };
  };
  return document.components.schemas['NotificationRequestItem']?.properties.eventCode.enum ?? [];
}

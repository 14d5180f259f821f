// Payments at Adyen Checkout: asked for in its words, pending ones ended by its notifications, lost answers found out.

import { randomBytes } from 'node:crypto';
import { eventually } from '@plinth/testing';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ada, AdyenWorld, eur, hasAdyen, ids, itemOf, key, nextKey, type Said, signed } from './adyen-world.ts';

let world: AdyenWorld;

describe.runIf(hasAdyen)('payments at Adyen Checkout', () => {
  beforeAll(async () => {
    world = await AdyenWorld.open();
  });
  afterAll(() => world?.close());

  it('are switched on by its manifest', async () => {
    const { refused, upstreams } = await world.platform.reload();
    expect(refused).toEqual([]);
    expect(upstreams).toEqual([{ contract: 'payment-provider', upstream: 'adyen', operations: 4 }]);
  });

  it('are authorized, captured and refunded in its words', async () => {
    const made = await world.create('card_ok', 1999);
    expect(made).toMatchObject({ status: 201, body: { state: 'authorized' } });
    const { id } = made.body as { id: string };
    expect(await world.ask('payments.capturePayment', { paymentId: id })).toMatchObject({
      status: 201,
      body: { state: 'captured' },
    });
    const refund = { amount: eur(500), reference: 'R-1' };
    expect(await world.ask('payments.refundPayment', { paymentId: id, body: refund })).toMatchObject({ status: 201 });
    const sent = world.journal();
    expect(sent.map(({ operation }) => operation)).toEqual([
      'post-payments',
      'post-payments-paymentPspReference-captures',
      'post-payments-paymentPspReference-refunds',
    ]);
    expect(sent[0]?.input?.['body']).toMatchObject({
      reference: id,
      amount: { value: 1999, currency: 'EUR' },
      paymentMethod: { storedPaymentMethodId: 'card_ok' },
    });
    // The capture goes to the pspReference of the authorization.
    expect(sent[1]?.input?.['paymentPspReference']).toBe(await world.theirs(id));
  });

  it('given up are cancelled there', async () => {
    const { id } = (await world.create('card_ok', 700)).body as { id: string };
    expect(await world.ask('payments.cancelPayment', { paymentId: id })).toMatchObject({
      status: 201,
      body: { state: 'cancelled' },
    });
    expect(world.journal().at(-1)?.operation).toBe('post-payments-paymentPspReference-cancels');
  });

  it.each([
    ['card_declined', 900, 'payments.declined'],
    ['card_ok', 42_200, 'payments.declined'],
  ])('with %s over %i cents are declined', async (method, amount, code) => {
    expect((await world.create(method, amount)).body).toMatchObject({ code });
  });

  it.each([
    ['card_timeout', 1000],
    ['card_reset', 1001],
  ])(
    'with %s are unknown first, and certain without a second charge',
    async (method, amount) => {
      const id = ids.of('pay');
      const first = await world.create(method, amount, { id });
      expect(first.body).toMatchObject({ code: 'payments.not-settled-yet' });
      await eventually('the payment is authorized', 30_000, async () => {
        // Asking every 10 ms would use up the limit.
        await new Promise((resolve) => setTimeout(resolve, 300));
        const { body } = await world.ask('payments.getPayment', { paymentId: id });
        return (body as { state: string }).state === 'authorized';
      });
      // The mock did the work once; each repetition was the same key and got the same reference.
      const charges = world
        .journal()
        .filter(({ input }) => (input?.['body'] as { reference?: string })?.reference === id);
      expect(charges).toHaveLength(1);
    },
    40_000,
  );

  it.each([
    ['card_pending', 1002],
    ['card_received', 1003],
    ['card_ok', 50_000],
  ])('with %s over %i cents stay open while the provider does not know', async (method, amount) => {
    expect((await world.create(method, amount)).body).toMatchObject({
      code: 'payments.not-settled-yet',
      retryable: true,
    });
  });

  describe('left pending', () => {
    it.each([
      ['card_pending', 'true', 'authorized'],
      ['card_received', 'true', 'authorized'],
      ['card_pending', 'false', 'failed'],
    ])('with %s end by a notification (success: %s) as %s, once', async (method, success, state) => {
      const id = await world.pend(method);
      const notice = { id, success };
      expect(await world.notify([notice])).toBe(202);
      await world.platform.settled();
      expect(await world.stateOf(id)).toBe(state);
      // Again, by the other key, of another attempt, and the opposite, late.
      expect(await world.notify([notice])).toBe(202);
      expect(await world.notify([notice], { by: nextKey })).toBe(202);
      expect(await world.notify([{ ...notice, psp: `Q${id}` }])).toBe(202);
      expect(await world.notify([{ id, success: success === 'true' ? 'false' : 'true' }])).toBe(202);
      await world.platform.settled();
      expect(await world.stateOf(id)).toBe(state);
      expect(await world.factsOf(id)).toEqual(['payment.unknown', `payment.${state}`]);
    });

    it('are captured at the reference that the notification named, though the answer was lost', async () => {
      const id = ids.of('pay');
      expect((await world.create('card_reset', 1500, { id })).body).toMatchObject({ code: 'payments.not-settled-yet' });
      await sql`delete from runtime.upstream_id where ours = ${id}`.execute(world.database.db);
      expect(await world.notify([{ id, psp: 'QFQTPCQ8HXSKGK82' }])).toBe(202);
      await world.platform.settled();
      expect(await world.stateOf(id)).toBe('authorized');
      expect(await world.theirs(id)).toBe('QFQTPCQ8HXSKGK82');
      expect(await world.ask('payments.capturePayment', { paymentId: id })).toMatchObject({ status: 201 });
      expect(world.journal().at(-1)?.input?.['paymentPspReference']).toBe('QFQTPCQ8HXSKGK82');
    });

    it('and called off meanwhile are freed there when the bank says yes', async () => {
      const id = await world.pend('card_pending');
      expect(await world.ask('payments.cancelPayment', { paymentId: id })).toMatchObject({ status: 201 });
      expect(await world.notify([{ id }])).toBe(202);
      await eventually('it is freed', 30_000, () =>
        Promise.resolve(world.journal().at(-1)?.operation === 'post-payments-paymentPspReference-cancels'),
      );
      expect(await world.stateOf(id)).toBe('cancelled');
    }, 40_000);

    it('stay so by what is not signed, not ours, or about something else', async () => {
      const id = await world.pend('card_pending');
      const good = signed(itemOf({ id, psp: 'forged' }), key);
      expect(await world.notify([{ id, psp: 'forged' }], { by: randomBytes(32).toString('hex') })).toBe(401);
      expect(await world.send([{ ...good, amount: { value: 1, currency: 'EUR' } }])).toBe(401);
      expect(await world.send([itemOf({ id, psp: 'forged' })])).toBe(401);
      expect(await world.send([itemOf({ id, psp: 'forged' }), signed(itemOf({ id, psp: 'beside' }), key)])).toBe(401);
      const said: [psp: string, change: Partial<Said>][] = [
        ['not-ours', { id: ids.of('pay') }],
        ['elsewhere', { id: 'order 7 of another shop' }],
        ['report', { eventCode: 'REPORT_AVAILABLE' }],
        ['another-account', { account: 'SomebodyElseECOM' }],
      ];
      for (const [psp, change] of said) expect(await world.notify([{ id, psp, ...change }])).toBe(202);
      await world.platform.settled();
      expect(await world.stateOf(id)).toBe('unknown');
      const { rows } = await sql<{ id: string; state: string }>`
        select split_part(message_id, '/', 1) as id, state from runtime.webhook_inbox
        where split_part(message_id, '/', 1) in ('forged', 'beside', 'not-ours', 'elsewhere', 'report', 'another-account')
        order by id`.execute(world.database.db);
      expect(rows).toEqual([
        { id: 'another-account', state: 'unknown' },
        { id: 'elsewhere', state: 'unknown' },
        { id: 'not-ours', state: 'taken' },
        { id: 'report', state: 'unknown' },
      ]);
      expect(world.platform.metrics.text()).toMatch(/plinth_webhook_received\S*result="unknown"\S* 3/);
    });

    it.each([
      ['true', ['order.received', 'order.placed']],
      ['false', ['order.received', 'order.rejected']],
    ])(
      'let the order that waits for them go on (success: %s)',
      async (success, facts) => {
        const lines = [{ sku: 'KETTLE-17', quantity: 1 }];
        const body = { lines, payment: { method: 'card_pending' } };
        const placing = world.ask('orders.placeOrder', { body });
        const payment = await eventuallyPending();
        expect(await world.notify([{ id: payment.id, success }])).toBe(202);
        await placing;
        await eventually(
          'the order has ended',
          30_000,
          async () => (await world.factsOf(payment.reference)).length === facts.length,
        );
        expect(await world.factsOf(payment.reference)).toEqual(facts);
        const end = success === 'true' ? 'captured' : 'failed';
        await eventually(`the payment is ${end}`, 30_000, async () => (await world.stateOf(payment.id)) === end);
      },
      40_000,
    );
  });
});

/** The payment of an order that is being placed. */
async function eventuallyPending(): Promise<{ id: string; reference: string }> {
  let found: { id: string; reference: string } | undefined;
  await eventually('the payment is pending', 20_000, async () => {
    const { body } = await world.ask('payments.listPayments', { state: 'unknown', customerId: ada, limit: 1 });
    [found] = (body as { items: { id: string; reference: string }[] }).items;
    return found?.reference.startsWith('ord_') === true;
  });
  return found as { id: string; reference: string };
}

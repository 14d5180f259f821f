import { fromWireId, type OpenContext, type OpenHandler, problem, reply } from '@plinth/runtime';
import { assert } from '@plinth/runtime/kernel';
import { authorizeKey, begin, settle } from '../attempt.ts';
import type { NewPayment } from '../generated.ts';
import { hasCardNumber, noReason, readPayment, toPayment } from '../payment.ts';
import type { Provider } from '../provider.ts';
import { type PaymentRow, paymentsDb } from '../tables.ts';

export const createPayment =
  (provider: Provider): OpenHandler<'payments.createPayment'> =>
  async (input, ctx) => {
    const { method, reference } = input.body;
    const id = input.body.id === undefined ? ctx.ids.uuid() : fromWireId('pay', input.body.id);
    assert(id, 'the contract says how ids look');
    if (hasCardNumber(`${method} ${reference}`)) {
      return problem('invalid-body', {
        pointer: '/method',
        message: 'Must be a token; card numbers are never accepted.',
      });
    }
    if (!provider.knows(method)) return problem('payments.unknown-method');
    const payment = await note(ctx, id, input.body);
    if (!payment || !isSame(payment, input.body)) {
      return problem(payment?.state === 'cancelled' ? 'payments.already-cancelled' : 'payments.id-taken');
    }
    if (payment.state === 'processing' || payment.state === 'unknown')
      await settle(ctx, provider, authorizeKey(payment.id));
    return answer((await readPayment(ctx.db, payment.id)) ?? payment);
  };

function answer(row: PaymentRow) {
  switch (row.state) {
    case 'cancelled':
      return problem('payments.already-cancelled');
    case 'failed':
      return problem('payments.declined', { reason: row.declinedBecause ?? noReason });
    case 'processing':
    case 'unknown':
      return problem('payments.not-settled-yet');
    default:
      return reply(201, toPayment(row));
  }
}

/** Payment and attempt, committed before the provider is asked; a repetition finds them. */
async function note(ctx: OpenContext, id: string, body: NewPayment): Promise<PaymentRow | undefined> {
  return ctx.transaction(async (tx) => {
    const db = paymentsDb(tx.db);
    const row = await db
      .insertInto('payments')
      .values({
        id,
        key: ctx.key,
        customerId: body.customerId,
        amountMinor: BigInt(body.amount.amount),
        capturedMinor: 0n,
        refundedMinor: 0n,
        currency: body.amount.currency,
        method: body.method,
        reference: body.reference,
        state: 'processing',
        declinedBecause: null,
        createdAt: tx.clock.now(),
      })
      .onConflict((conflict) => conflict.doNothing())
      .returningAll()
      .executeTakeFirst();
    if (row) {
      const providerKey = authorizeKey(id);
      await begin(tx, { providerKey, paymentId: id, kind: 'authorize', amountMinor: row.amountMinor });
      return row;
    }
    return db
      .selectFrom('payments')
      .selectAll()
      .where((eb) => eb.or([eb('id', '=', id), eb('key', '=', ctx.key)]))
      .executeTakeFirst();
  });
}

function isSame(row: PaymentRow, body: NewPayment): boolean {
  return (
    row.customerId === body.customerId &&
    row.amountMinor === BigInt(body.amount.amount) &&
    row.currency === body.amount.currency &&
    row.method === body.method &&
    row.reference === body.reference
  );
}

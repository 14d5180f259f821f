import type { OpenContext, WriteContext } from '@plinth/runtime';
import { askedMinor, authorizeKey, begin, findAttempt, settle, tell, voidKey } from './attempt.ts';
import { cancellable, lockPayment, movePayment } from './payment.ts';
import type { Provider } from './provider.ts';
import { type PaymentRow, paymentsDb } from './tables.ts';

/** Calls a payment off and frees what the bank reserved. undefined = not in a state for it, or a capture is under way. */
export async function callOff(ctx: OpenContext, provider: Provider, id: string): Promise<PaymentRow | undefined> {
  const done = await ctx.transaction(async (tx) => {
    // While a capture is being asked, nobody knows whether there is still something to free.
    if ((await lockPayment(tx.db, id)) && (await askedMinor(tx.db, id, 'capture')) > 0n) return undefined;
    const row = await movePayment(tx.db, id, { from: cancellable, to: 'cancelled' });
    if (!row) return undefined;
    tell(tx, 'payment.cancelled', row);
    return { row, mustFree: await planVoid(tx, row) };
  });
  if (!done) return undefined;
  if (done.mustFree) await settle(ctx, provider, voidKey(id));
  return done.row;
}

/** While the bank still decides there is nothing to free yet: whoever learns of its yes frees it then. */
async function planVoid(ctx: WriteContext, row: PaymentRow): Promise<boolean> {
  const authorization = await findAttempt(ctx.db, authorizeKey(row.id));
  if (authorization?.state !== 'succeeded') return false;
  return begin(ctx, {
    providerKey: voidKey(row.id),
    paymentId: row.id,
    kind: 'void',
    amountMinor: row.amountMinor,
  });
}

/** Leaves a mark for an id nobody knows; undefined when it is known. */
export async function markCancelled(ctx: OpenContext, id: string): Promise<PaymentRow | undefined> {
  return ctx.transaction(async ({ db, clock }) =>
    paymentsDb(db)
      .insertInto('payments')
      .values({
        id,
        key: null,
        customerId: '',
        amountMinor: 0n,
        capturedMinor: 0n,
        refundedMinor: 0n,
        currency: 'EUR',
        method: '',
        reference: '',
        state: 'cancelled',
        declinedBecause: null,
        createdAt: clock.now(),
      })
      .onConflict((conflict) => conflict.doNothing())
      .returningAll()
      .executeTakeFirst(),
  );
}

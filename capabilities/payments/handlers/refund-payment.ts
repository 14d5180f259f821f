import {
  formatMoney,
  fromWireId,
  type OpenHandler,
  problem,
  reply,
  toWireId,
  type WriteContext,
} from '@plinth/runtime';
import { sql } from 'kysely';
import { begin, findAttempt, settle } from '../attempt.ts';
import { callOff } from '../cancellation.ts';
import type { Refund } from '../generated.ts';
import { cancellable, lockPayment, readPayment, refundable } from '../payment.ts';
import { type PaymentRow, paymentsDb } from '../tables.ts';

export const refundPayment: OpenHandler<'payments.refundPayment'> = async (input, ctx) => {
  const id = fromWireId('pay', input.paymentId);
  const known = id && (await readPayment(ctx.db, id));
  if (!known) return problem('not-found');
  const { amount, reference } = input.body;
  // Nothing was taken yet: what is reserved is freed instead.
  const freed = cancellable.includes(known.state) ? await callOff(ctx, id) : undefined;
  if (freed) return reply(201, voided(freed, { reference, at: ctx.clock.now() }));
  const providerKey = `refund/${id}/${reference}`;
  const outcome = await ctx.transaction((tx) => ask(tx, id, { ...amount, providerKey, reference }));
  if (outcome === 'cancelled') return reply(201, voided(known, { reference, at: ctx.clock.now() }));
  if (outcome !== 'asked') return outcome;
  if ((await settle(ctx, providerKey)) === 'unknown') return problem('payments.not-settled-yet');
  const attempt = await findAttempt(ctx.db, providerKey);
  if (attempt?.state !== 'succeeded')
    return problem('payments.declined', { reason: 'the provider gives nothing back' });
  return reply(201, {
    id: toWireId('rfd', attempt.id),
    paymentId: input.paymentId,
    kind: 'refund',
    amount,
    reference,
    createdAt: attempt.at.toString(),
  });
};

async function ask(
  ctx: WriteContext,
  id: string,
  wish: { amount: number; currency: string; providerKey: string; reference: string },
) {
  const row = await lockPayment(ctx.db, id);
  if (!row) return problem('not-found');
  if (row.state === 'cancelled') return 'cancelled';
  const { providerKey, reference } = wish;
  const wanted = BigInt(wish.amount);
  const before = await findAttempt(ctx.db, providerKey);
  if (before) return before.amountMinor === wanted ? 'asked' : problem('payments.reference-used', { reference });
  if (!refundable.includes(row.state)) return problem('payments.not-captured', { state: row.state });
  if (wish.currency !== row.currency || !(await setAside(ctx, id, wanted))) {
    const left = row.capturedMinor - row.refundedMinor;
    return problem('payments.too-much', { available: formatMoney({ amount: left, currency: row.currency }) });
  }
  await begin(ctx, { providerKey, paymentId: id, kind: 'refund', amountMinor: wanted });
  return 'asked';
}

/** Given back ≤ taken, judged by the update itself. */
async function setAside(ctx: WriteContext, id: string, wanted: bigint): Promise<boolean> {
  const result = await paymentsDb(ctx.db)
    .updateTable('payments')
    .set({
      refundedMinor: sql`refunded_minor + ${String(wanted)}::bigint`,
      state: sql`case when refunded_minor + ${String(wanted)}::bigint = captured_minor
        then 'refunded' else 'captured' end`,
      version: sql`version + 1`,
    })
    .where('id', '=', id)
    .where('state', 'in', [...refundable])
    .where(sql<boolean>`refunded_minor + ${String(wanted)}::bigint <= captured_minor`)
    .executeTakeFirst();
  return result.numUpdatedRows === 1n;
}

/** A payment is given up once, so its id stands for the giving up. */
function voided(row: PaymentRow, how: { reference: string; at: Temporal.Instant }): Refund {
  return {
    id: toWireId('rfd', row.id),
    paymentId: toWireId('pay', row.id),
    kind: 'void',
    amount: { amount: Number(row.amountMinor), currency: row.currency },
    reference: how.reference,
    createdAt: how.at.toString(),
  };
}

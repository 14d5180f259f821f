import { fromWireId, type OpenHandler, problem, reply, toWire, toWireId, type WriteContext } from '@plinth/runtime';
import { askedMinor, begin, findAttempt, settle } from '../attempt.ts';
import { callOff } from '../cancellation.ts';
import type { Refund } from '../generated.ts';
import { cancellable, lockPayment, noReason, readPayment, refundable } from '../payment.ts';
import type { Provider } from '../provider.ts';
import type { PaymentRow } from '../tables.ts';

export const refundPayment =
  (provider: Provider): OpenHandler<'payments.refundPayment'> =>
  async (input, ctx) => {
    const id = fromWireId('pay', input.paymentId);
    const known = id && (await readPayment(ctx.db, id));
    if (!known) return problem('not-found');
    const { amount, reference } = input.body;
    // Nothing was taken yet: what is reserved is freed instead.
    const freed = cancellable.includes(known.state) ? await callOff(ctx, provider, id) : undefined;
    if (freed) return reply(201, voided(freed, { reference, at: ctx.clock.now() }));
    const providerKey = `refund/${id}/${reference}`;
    const outcome = await ctx.transaction((tx) => ask(tx, id, { ...amount, providerKey, reference }));
    if (outcome === 'cancelled') return reply(201, voided(known, { reference, at: ctx.clock.now() }));
    if (outcome !== 'asked') return outcome;
    if ((await settle(ctx, provider, providerKey)) === 'unknown') return problem('payments.not-settled-yet');
    const attempt = await findAttempt(ctx.db, providerKey);
    if (attempt?.state !== 'succeeded') {
      return problem('payments.declined', { reason: attempt?.declinedBecause ?? noReason });
    }
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
  const mayCome = await askedMinor(ctx.db, id, 'capture');
  if (!refundable.includes(row.state)) {
    return mayCome > 0n ? problem('payments.not-settled-yet') : problem('payments.not-captured', { state: row.state });
  }
  // What is not certain to have been taken is not given back.
  const left = row.capturedMinor - row.refundedMinor - (await askedMinor(ctx.db, id, 'refund'));
  if (wish.currency !== row.currency || wanted > left) {
    if (wish.currency === row.currency && wanted <= left + mayCome) return problem('payments.not-settled-yet');
    return problem('payments.too-much', { available: toWire({ amount: left, currency: row.currency }) });
  }
  await begin(ctx, { providerKey, paymentId: id, kind: 'refund', amountMinor: wanted });
  return 'asked';
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

import { fromWireId, type OpenHandler, problem, reply, sha256, toWire, type WriteContext } from '@plinth/runtime';
import { askedMinor, begin, findAttempt, settle } from '../attempt.ts';
import { capturable, lockPayment, noReason, readPayment, toPayment } from '../payment.ts';
import type { Provider } from '../provider.ts';

export const capturePayment =
  (provider: Provider): OpenHandler<'payments.capturePayment'> =>
  async (input, ctx) => {
    const id = fromWireId('pay', input.paymentId);
    if (!id) return problem('not-found');
    const providerKey = `capture/${id}/${sha256(ctx.key).slice(0, 24)}`;
    const outcome = await ctx.transaction((tx) => ask(tx, id, { providerKey, amount: input.body?.amount }));
    if (typeof outcome === 'object') return outcome;
    if (outcome === 'asked' && (await settle(ctx, provider, providerKey)) === 'unknown')
      return problem('payments.not-settled-yet');
    const attempt = await findAttempt(ctx.db, providerKey);
    if (attempt && attempt.state !== 'succeeded') {
      return problem('payments.declined', { reason: attempt.declinedBecause ?? noReason });
    }
    const row = await readPayment(ctx.db, id);
    return row ? reply(201, toPayment(row)) : problem('not-found');
  };

async function ask(
  ctx: WriteContext,
  id: string,
  wish: { providerKey: string; amount: { amount: number; currency: string } | undefined },
) {
  const { providerKey, amount } = wish;
  const row = await lockPayment(ctx.db, id);
  if (!row) return problem('not-found');
  if (await findAttempt(ctx.db, providerKey)) return 'asked';
  if (row.state === 'processing' || row.state === 'unknown') return problem('payments.not-settled-yet');
  const asked = await askedMinor(ctx.db, id, 'capture');
  const left = row.amountMinor - row.capturedMinor - asked;
  if (!amount && left === 0n && asked > 0n) return problem('payments.not-settled-yet');
  // All of it is taken already: that is what was wanted, unless it was given back since.
  if (!amount && left === 0n && row.state !== 'refunded') return 'nothing-left';
  if (!capturable.includes(row.state)) return problem('payments.not-authorized', { state: row.state });
  const wanted = amount ? BigInt(amount.amount) : left;
  const fits = amount === undefined || amount.currency === row.currency;
  if (!fits || wanted > left) {
    return problem('payments.too-much', { available: toWire({ amount: left, currency: row.currency }) });
  }
  await begin(ctx, { providerKey, paymentId: id, kind: 'capture', amountMinor: wanted });
  return 'asked';
}

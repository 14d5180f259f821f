// What the provider says unasked. Notices come twice, late, out of order and for what is not ours: an attempt goes from
// asked to done or declined, and from done to failed, never back, and nothing comes of a notice that would say otherwise.

import type { Db, WriteContext } from '@plinth/runtime';
import { assert } from '@plinth/runtime/kernel';
import { askedMinor, authorizeKey, begin, conclude, failLate, findAttempt, tell, voidKey } from './attempt.ts';
import { lockPayment, movePayment, readPayment } from './payment.ts';
import { declinedByBank, type Provider, type ProviderNotice } from './provider.ts';
import { type AttemptRow, paymentsDb } from './tables.ts';

/** Writes what a notice says, in the transaction of `ctx`. */
export async function hear(ctx: WriteContext, provider: Provider, notice: ProviderNotice): Promise<void> {
  const { paymentId, about, isDone } = notice;
  switch (about) {
    case 'authorization':
      // Called off meanwhile: the job that asks for what is open frees what the bank reserved.
      return settleBy(ctx, provider, { notice, attempt: await findAttempt(ctx.db, authorizeKey(paymentId)), isDone });
    case 'capture':
    case 'refund':
      return settleBy(ctx, provider, { notice, attempt: await attemptOf(ctx.db, notice, about), isDone });
    case 'captureFailure':
    case 'refundFailure': {
      const kind = about === 'captureFailure' ? 'capture' : 'refund';
      const attempt = isDone ? await attemptOf(ctx.db, notice, kind) : undefined;
      return settleBy(ctx, provider, { notice, attempt, isDone: false });
    }
    case 'void':
      if (isDone) return freed(ctx, provider, notice);
      return settleBy(ctx, provider, { notice, attempt: await findAttempt(ctx.db, voidKey(paymentId)), isDone });
    case 'reversal':
      if (!isDone) return undefined;
      return (await readPayment(ctx.db, paymentId))?.capturedMinor === 0n
        ? freed(ctx, provider, notice)
        : givenBack(ctx, provider, notice);
    case 'chargeback':
    case 'secondChargeback':
      return isDone ? givenBack(ctx, provider, notice) : undefined;
    case 'chargebackReversal': {
      const attempt = isDone ? await findAttempt(ctx.db, `chargeback/${notice.theirs}`) : undefined;
      return settleBy(ctx, provider, { notice, attempt, isDone: false });
    }
  }
}

/** The attempt that the provider knows by this reference; before it has named one, the only one of that amount. */
async function attemptOf(
  db: Db,
  { paymentId, theirs, amountMinor }: ProviderNotice,
  kind: 'capture' | 'refund',
): Promise<AttemptRow | undefined> {
  const all = await paymentsDb(db)
    .selectFrom('attempts')
    .selectAll()
    .where('paymentId', '=', paymentId)
    .where('kind', '=', kind)
    .execute();
  const named = all.find((attempt) => attempt.theirs === theirs);
  if (named) return named;
  const unnamed = all.filter(
    (attempt) => attempt.theirs === null && attempt.state !== 'declined' && attempt.amountMinor === amountMinor,
  );
  return unnamed.length === 1 ? unnamed[0] : undefined;
}

async function settleBy(
  ctx: WriteContext,
  provider: Provider,
  { notice, attempt, isDone }: { notice: ProviderNotice; attempt: AttemptRow | undefined; isDone: boolean },
): Promise<void> {
  if (!attempt) return;
  // Named from now on, so that the next notice of it is not taken for one of another of the same amount.
  if (attempt.theirs === null) await nameAttempt(ctx, attempt, notice.theirs);
  if (attempt.state === 'started')
    await conclude(ctx, provider, {
      attempt,
      answer: isDone ? { state: 'succeeded', theirs: notice.theirs } : declinedByBank,
    });
  if (isDone || attempt.kind === 'authorize') return;
  // Read anew: its answer may have come meanwhile.
  const now = await findAttempt(ctx.db, attempt.providerKey);
  if (now?.state === 'succeeded') await failLate(ctx, now);
}

async function nameAttempt(ctx: WriteContext, { providerKey }: AttemptRow, theirs: string): Promise<void> {
  await paymentsDb(ctx.db)
    .updateTable('attempts')
    .set({ theirs })
    .where('providerKey', '=', providerKey)
    .where('theirs', 'is', null)
    .execute();
}

/** Nothing is reserved any longer: freed as we asked, given up by somebody there, or too old. */
async function freed(ctx: WriteContext, provider: Provider, notice: ProviderNotice): Promise<void> {
  const { paymentId } = notice;
  const providerKey = voidKey(paymentId);
  const asked = await findAttempt(ctx.db, providerKey);
  if (asked) return settleBy(ctx, provider, { notice, attempt: asked, isDone: true });
  // The bank had not decided, and now it will not.
  const authorization = await findAttempt(ctx.db, authorizeKey(paymentId));
  if (authorization?.state === 'started')
    return settleBy(ctx, provider, { notice, attempt: authorization, isDone: false });
  const row = await lockPayment(ctx.db, paymentId);
  if (row?.state !== 'authorized') return;
  // Tried again by the runtime: only the answer tells whether there is still something to call off.
  if ((await askedMinor(ctx.db, paymentId, 'capture')) > 0n) throw new Error('a capture is being asked');
  await begin(ctx, { providerKey, paymentId, kind: 'void', amountMinor: row.amountMinor });
  await concludeOwn(ctx, provider, { providerKey, theirs: notice.theirs });
  const cancelled = await movePayment(ctx.db, paymentId, { from: ['authorized'], to: 'cancelled' });
  assert(cancelled, 'it is locked');
  tell(ctx, 'payment.cancelled', cancelled);
}

/** Money went back without our asking: by somebody at the provider, or by the bank for its customer. */
async function givenBack(ctx: WriteContext, provider: Provider, notice: ProviderNotice): Promise<void> {
  const { paymentId, about, theirs, amountMinor, currency } = notice;
  const row = await lockPayment(ctx.db, paymentId);
  if (!row) return;
  const providerKey = `${about}/${theirs}`;
  if (await findAttempt(ctx.db, providerKey)) return;
  // A person has to look when it stays so: it is tried again, and then a dead letter.
  const left = row.capturedMinor - row.refundedMinor - (await askedMinor(ctx.db, paymentId, 'refund'));
  if (currency !== row.currency || amountMinor > left) throw new Error('more went back than is left taken');
  await begin(ctx, { providerKey, paymentId, kind: 'refund', amountMinor });
  await concludeOwn(ctx, provider, { providerKey, theirs });
}

/** Of what was never asked, and has happened. */
async function concludeOwn(
  ctx: WriteContext,
  provider: Provider,
  { providerKey, theirs }: { providerKey: string; theirs: string },
): Promise<void> {
  const attempt = await findAttempt(ctx.db, providerKey);
  assert(attempt, 'it was noted in this transaction');
  await conclude(ctx, provider, { attempt, answer: { state: 'succeeded', theirs } });
}

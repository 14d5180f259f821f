// The one way to the provider: what is asked is committed first, then asked, then what came of it is written. Each part
// may be repeated after a crash; the provider's key makes the repetition the same charge.

import { crashPoint, type Db, type OpenContext, toWireId, type WriteContext } from '@plinth/runtime';
import { assert } from '@plinth/runtime/kernel';
import { sql } from 'kysely';
import { createBook, type NewAccount } from '../ledger/index.ts';
import { lockPayment, movePayment, readPayment, stateOf, toPayment } from './payment.ts';
import type { Provider, ProviderAnswer } from './provider.ts';
import { type AttemptKind, type AttemptRow, type PaymentRow, paymentsDb } from './tables.ts';

/** Money at the provider and what is owed to the shop for it. */
export const book = createBook('payments');

export function houseAccounts(provider: Pick<Provider, 'name'>, currency: string): NewAccount[] {
  return [
    { code: `provider:${provider.name}:${currency}`, unit: currency, floor: null, rank: 1 },
    { code: `clearing:sales:${currency}`, unit: currency, floor: null, rank: 1 },
  ];
}

/** Notes what will be asked. The same provider key twice is one attempt. */
export async function begin(
  ctx: WriteContext,
  attempt: { providerKey: string; paymentId: string; kind: AttemptKind; amountMinor: bigint },
): Promise<boolean> {
  const result = await paymentsDb(ctx.db)
    .insertInto('attempts')
    .values({ ...attempt, id: ctx.ids.uuid(), state: 'started', at: ctx.clock.now() })
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirst();
  return result.numInsertedOrUpdatedRows === 1n;
}

export async function findAttempt(db: Db, providerKey: string): Promise<AttemptRow | undefined> {
  return paymentsDb(db).selectFrom('attempts').selectAll().where('providerKey', '=', providerKey).executeTakeFirst();
}

/** Asks the provider (again) and writes the outcome. 'unknown' = it did not say; a job keeps asking. */
export async function settle(ctx: OpenContext, provider: Provider, providerKey: string): Promise<'known' | 'unknown'> {
  const attempt = await findAttempt(ctx.db, providerKey);
  assert(attempt, 'an attempt is written before it is made');
  if (attempt.state !== 'started') return 'known';
  const payment = await readPayment(ctx.db, attempt.paymentId);
  assert(payment, 'an attempt has a payment');
  const { kind, amountMinor } = attempt;
  const { method, currency } = payment;
  crashPoint('payment.asked');
  const answer = await provider.send(ctx, {
    key: providerKey,
    kind,
    paymentId: payment.id,
    method,
    amountMinor,
    currency,
  });
  crashPoint('payment.answered');
  if (answer.state === 'no-answer') {
    await ctx.transaction((tx) => doubt(tx, attempt));
    return 'unknown';
  }
  const next = await ctx.transaction((tx) => conclude(tx, provider, { attempt, answer }));
  // Called off while the bank was deciding: what it reserved is freed at once.
  return next === undefined ? 'known' : settle(ctx, provider, next);
}

async function doubt(ctx: WriteContext, attempt: AttemptRow): Promise<void> {
  if (attempt.kind !== 'authorize') return;
  const row = await movePayment(ctx.db, attempt.paymentId, { from: ['processing'], to: 'unknown' });
  if (row) tell(ctx, 'payment.unknown', row);
}

/** Writes an answer once. Returns the provider key of what must be asked next. */
export async function conclude(
  ctx: WriteContext,
  provider: Provider,
  { attempt, answer }: { attempt: AttemptRow; answer: Exclude<ProviderAnswer, { state: 'no-answer' }> },
): Promise<string | undefined> {
  const declinedBecause = answer.state === 'declined' ? answer.because : null;
  const theirs = answer.state === 'succeeded' ? answer.theirs : undefined;
  const won = await paymentsDb(ctx.db)
    .updateTable('attempts')
    .set({ state: answer.state, declinedBecause, ...(theirs === undefined ? {} : { theirs }) })
    .where('providerKey', '=', attempt.providerKey)
    .where('state', '=', 'started')
    .executeTakeFirst();
  if (won.numUpdatedRows !== 1n) return undefined;
  if (attempt.kind === 'authorize') return authorized(ctx, attempt, answer);
  // Declined: nothing moved, and with its attempt answered the amount is no longer set aside.
  if (attempt.kind === 'void' || answer.state === 'declined') return undefined;
  const row = await moved(ctx, attempt, attempt.amountMinor);
  await postMoney(ctx, provider, attempt, row.currency);
  const type = attempt.kind === 'capture' ? 'payment.captured' : 'payment.refunded';
  tellMoved(ctx, type, { row, attempt, id: toWireId('att', attempt.id) });
  return undefined;
}

/** What counted as done was not: the amounts, the book and the state say so. Once; later words change nothing. */
export async function failLate(ctx: WriteContext, attempt: AttemptRow): Promise<void> {
  const won = await paymentsDb(ctx.db)
    .updateTable('attempts')
    .set({ state: 'failed', declinedBecause: 'rejected by the bank later' })
    .where('providerKey', '=', attempt.providerKey)
    .where('state', '=', 'succeeded')
    .executeTakeFirst();
  if (won.numUpdatedRows !== 1n) return;
  if (attempt.kind === 'void')
    return ctx.log.error('what was given up is still reserved', { reference: attempt.providerKey });
  const row = await moved(ctx, attempt, -attempt.amountMinor);
  const { rows } = await sql<{ id: string }>`
    select id from payments.ledger_posting
    where kind = ${attempt.kind} and reference = ${attempt.providerKey}`.execute(ctx.db);
  assert(rows[0], 'every success is posted');
  const posted = await book.reverse(ctx, { id: rows[0].id, reference: attempt.providerKey });
  assert(posted.ok, 'accounts of the house have no floor');
  const type = attempt.kind === 'capture' ? 'payment.captureFailed' : 'payment.refundFailed';
  tellMoved(ctx, type, { row, attempt, id: toWireId('rev', posted.id) });
}

async function authorized(
  ctx: WriteContext,
  attempt: AttemptRow,
  answer: Exclude<ProviderAnswer, { state: 'no-answer' }>,
): Promise<string | undefined> {
  const { paymentId, amountMinor } = attempt;
  const from = ['processing', 'unknown'] as const;
  if (answer.state === 'declined') {
    const failed = await movePayment(ctx.db, paymentId, { from, to: 'failed', declinedBecause: answer.because });
    if (failed) tell(ctx, 'payment.failed', failed);
    return undefined;
  }
  const row = await movePayment(ctx.db, paymentId, { from, to: 'authorized' });
  if (row) {
    tell(ctx, 'payment.authorized', row);
    return undefined;
  }
  const providerKey = voidKey(paymentId);
  await begin(ctx, { providerKey, paymentId, kind: 'void', amountMinor });
  return providerKey;
}

/** What was only asked is certain now, or what was certain is not (`byMinor` below zero). */
async function moved(ctx: WriteContext, attempt: AttemptRow, byMinor: bigint): Promise<PaymentRow> {
  const before = await lockPayment(ctx.db, attempt.paymentId);
  assert(before, 'an attempt has a payment');
  const column = attempt.kind === 'capture' ? 'capturedMinor' : 'refundedMinor';
  const after = { ...before, [column]: before[column] + byMinor };
  // Tried again by the runtime: what was given back of it may fail as well.
  if (after.refundedMinor > after.capturedMinor) throw new Error('more was given back than would be left');
  return paymentsDb(ctx.db)
    .updateTable('payments')
    .set({ [column]: after[column], state: stateOf(after), version: sql`version + 1` })
    .where('id', '=', before.id)
    .returningAll()
    .executeTakeFirstOrThrow();
}

/** Minor units asked of the provider and not answered yet. Exact while the payment is locked. */
export async function askedMinor(db: Db, paymentId: string, kind: 'capture' | 'refund'): Promise<bigint> {
  const { asked } = await paymentsDb(db)
    .selectFrom('attempts')
    .select(sql<bigint>`coalesce(sum(amount_minor), 0)::bigint`.as('asked'))
    .where('paymentId', '=', paymentId)
    .where('kind', '=', kind)
    .where('state', '=', 'started')
    .executeTakeFirstOrThrow();
  return asked;
}

/** Money taken is owed to the shop by the provider; money given back no longer is. */
async function postMoney(ctx: WriteContext, provider: Provider, attempt: AttemptRow, currency: string): Promise<void> {
  await book.ensure(ctx, houseAccounts(provider, currency));
  const posted = await book.post(ctx, {
    kind: attempt.kind,
    reference: attempt.providerKey,
    moves: [moneyMove(provider, attempt.kind, { amount: attempt.amountMinor, currency })],
  });
  assert(posted.ok, 'accounts of the house have no floor');
}

export function moneyMove(
  provider: Pick<Provider, 'name'>,
  kind: AttemptKind,
  { amount, currency }: { amount: bigint; currency: string },
) {
  const atProvider = `provider:${provider.name}:${currency}`;
  const owed = `clearing:sales:${currency}`;
  return kind === 'capture' ? { from: atProvider, to: owed, amount } : { from: owed, to: atProvider, amount };
}

export function authorizeKey(paymentId: string): string {
  return `authorize/${paymentId}`;
}

export function voidKey(paymentId: string): string {
  return `void/${paymentId}`;
}

export function tell(
  ctx: WriteContext,
  type: 'payment.authorized' | 'payment.failed' | 'payment.cancelled' | 'payment.unknown',
  row: PaymentRow,
): void {
  ctx.emit(type, {
    subject: toWireId('pay', row.id),
    customerId: row.customerId,
    data: toPayment(row),
  });
}

/** `id`: the same for every telling of it. */
function tellMoved(
  ctx: WriteContext,
  type: 'payment.captured' | 'payment.refunded' | 'payment.captureFailed' | 'payment.refundFailed',
  { row, attempt, id }: { row: PaymentRow; attempt: AttemptRow; id: string },
): void {
  const amount = { amount: Number(attempt.amountMinor), currency: row.currency };
  ctx.emit(type, {
    subject: toWireId('pay', row.id),
    customerId: row.customerId,
    data: { ...toPayment(row), moved: { id, amount } },
  });
}

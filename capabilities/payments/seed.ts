import { fromWireId, type Seed, worldHash, worldId, worldPurchases } from '@plinth/runtime';
import { createLoad, load } from '../ledger/index.ts';
import { authorizeKey, houseAccounts, moneyMove } from './attempt.ts';
import { simulator } from './simulator.ts';
import type { AttemptKind } from './tables.ts';

interface SeededAttempt {
  key: string;
  paymentId: string;
  kind: AttemptKind;
  amount: number;
  at: Temporal.Instant;
}

/** The card payment of every purchase: taken, and given back when the order was called off. */
export const seed: Seed = async (tx, world) => {
  const purchases = worldPurchases(world.customers, world.anchor).map((purchase) => ({
    ...purchase,
    id: fromWireId('pay', purchase.paymentId) ?? '',
    isBack: purchase.state === 'cancelled',
  }));
  const attempts = purchases.flatMap(({ id, totalMinor: amount, at, orderId, isBack }): SeededAttempt[] => {
    const common = { paymentId: id, amount };
    return [
      { ...common, key: authorizeKey(id), kind: 'authorize', at },
      { ...common, key: `capture/${id}/world`, kind: 'capture', at: at.add({ minutes: 1 }) },
      ...(isBack
        ? [{ ...common, key: `refund/${id}/${orderId}`, kind: 'refund' as const, at: at.add({ hours: 2 }) }]
        : []),
    ];
  });
  const book = createLoad('payments');
  for (const account of houseAccounts(simulator, 'EUR')) book.account(account);
  const posted = attempts
    .filter((attempt) => attempt.kind !== 'authorize')
    .toSorted((a, b) => Temporal.Instant.compare(a.at, b.at));
  for (const { kind, key, amount, at } of posted) {
    book.post({
      kind,
      reference: key,
      bookedAt: at,
      moves: [moneyMove(simulator, kind, { amount: BigInt(amount), currency: 'EUR' })],
    });
  }
  await load(tx, 'payments.payments', purchases, {
    id: ['uuid', (row) => row.id],
    customer_id: ['text', (row) => row.customer.id],
    amount_minor: ['bigint', (row) => row.totalMinor],
    captured_minor: ['bigint', (row) => row.totalMinor],
    refunded_minor: ['bigint', (row) => (row.isBack ? row.totalMinor : 0)],
    currency: ['text', () => 'EUR'],
    method: ['text', (row) => (worldHash('card', row.customer.n) % 3 === 0 ? 'Debit card' : 'Credit card')],
    reference: ['text', (row) => row.orderId],
    state: ['text', (row) => (row.isBack ? 'refunded' : 'captured')],
    created_at: ['timestamptz', (row) => row.at.toString()],
  });
  await load(tx, 'payments.attempts', attempts, {
    provider_key: ['text', (row) => row.key],
    id: ['uuid', (row) => fromWireId('rfd', worldId('rfd', row.key)) ?? ''],
    payment_id: ['uuid', (row) => row.paymentId],
    kind: ['text', (row) => row.kind],
    amount_minor: ['bigint', (row) => row.amount],
    state: ['text', () => 'succeeded'],
    at: ['timestamptz', (row) => row.at.toString()],
  });
  await book.flush(tx);
};

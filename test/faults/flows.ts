// Single matters of a customer, from the first call to the end of everything that follows from it.

import { newIds, systemClock } from '@plinth/runtime';
import type { Act, WorkloadWorld } from '@plinth/testing';

type Wish = Omit<Act, 'state' | 'method' | 'other' | 'end' | 'kind'> & { kind: Act['kind'] | 'cancellation' };

/** All of them. A subscription cycle is none: nothing here is bought again by itself. */
export const flowNames = ['transfer', 'refund', 'checkout', 'refused-order', 'cancelled-order'] as const;

export interface Flow {
  name: (typeof flowNames)[number];
  /** What becomes of the order it makes, whatever dies. */
  order?: 'placed' | 'rejected' | 'cancelled';
  /** Points that every run of it passes; which others it passes is found out. */
  through: readonly string[];
  /** One after the other; `answers` are the bodies of those before. */
  wishes: readonly ((answers: readonly Record<string, unknown>[]) => Wish)[];
}

const ids = newIds(systemClock);
const eur = (amount: number) => ({ amount, currency: 'EUR' });
const amount = 1250;
/** What is ordered. */
export const sku = 'KETTLE-17';

/** The n-th matters: other accounts, ids and callers each time, so that no limit of a caller is reached. */
export function flowsOf(accounts: WorkloadWorld['accounts'], n: number): readonly Flow[] {
  const [from, to] = [accounts[n % accounts.length], accounts[(n + 1) % accounts.length]];
  if (from === undefined || to === undefined) throw new Error('the world has no accounts');
  const { customerId } = from;
  const subject = `flow-${n}`;
  return [
    transfer(from, to, subject),
    refund(customerId, subject),
    {
      name: 'checkout',
      order: 'placed',
      through: ['order.reserved', 'order.paid', 'order.placed', 'workflow.step.before-commit', 'workflow.end.after'],
      wishes: [ordered(customerId, 'card_ok')],
    },
    {
      name: 'refused-order',
      order: 'rejected',
      through: ['order.reserved', 'workflow.undoing.before', 'workflow.undo.call', 'workflow.undo.after'],
      wishes: [ordered(customerId, 'card_declined')],
    },
    {
      name: 'cancelled-order',
      order: 'cancelled',
      through: ['order.reserved', 'order.paid', 'order.placed', 'workflow.step.before-commit', 'workflow.end.after'],
      wishes: [ordered(customerId, 'card_ok'), cancelled(customerId)],
    },
  ];
}

type Account = WorkloadWorld['accounts'][number];

function transfer(from: Account, to: Account, subject: string): Flow {
  const id = ids.of('chk');
  return {
    name: 'transfer',
    through: ['write.before-handler', 'write.flushed', 'write.before-commit', 'write.after-commit'],
    wishes: [
      () => ({
        kind: 'transfer',
        id,
        path: '/accounts/v1/transfers',
        key: `transfer-${id}`,
        subject,
        body: { fromAccountId: from.id, toNumber: to.number, amount: eur(amount), reference: id },
        about: { from: from.id, to: to.id, amount },
      }),
    ],
  };
}

function refund(customerId: string, subject: string): Flow {
  const payment = ids.of('pay');
  const path = '/payments/v1/payments';
  const wish = (kind: 'capture' | 'refund', body: Record<string, unknown>) => () => {
    const id = `${kind}-${payment}`;
    return { kind, id, path: `${path}/${payment}/${kind}s`, key: id, subject, body, about: { payment, amount } };
  };
  return {
    name: 'refund',
    through: ['open.after-start', 'payment.asked', 'payment.answered', 'write.flushed', 'open.after-done'],
    wishes: [
      () => ({
        kind: 'payment',
        id: payment,
        path,
        key: `payment-${payment}`,
        subject,
        body: { id: payment, customerId, amount: eur(amount), method: 'card_ok', reference: payment },
        about: { amount, method: 'card_ok' },
      }),
      wish('capture', { amount: eur(amount) }),
      wish('refund', { amount: eur(amount), reference: `refund-${payment}` }),
    ],
  };
}

function ordered(customerId: string, method: string): Flow['wishes'][number] {
  const id = ids.of('chk');
  const by = { subject: customerId, customerId };
  const body = { lines: [{ sku, quantity: 1 }], payment: { method } };
  return () => ({
    kind: 'order',
    id,
    path: '/orders/v1/orders',
    key: `order-${id}`,
    ...by,
    body,
    about: { customerId },
  });
}

/** Of the order that was answered before. */
function cancelled(customerId: string): Flow['wishes'][number] {
  const id = ids.of('chk');
  const by = { subject: customerId, customerId };
  return ([placed]) => {
    const path = `/orders/v1/orders/${String(placed?.['id'])}/cancellations`;
    return { kind: 'cancellation', id, path, key: `cancel-${id}`, ...by, body: {}, about: {} };
  };
}

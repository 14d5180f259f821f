// Single matters of a customer, from the first call to the end of everything that follows from it.

import { newIds, systemClock } from '@plinth/runtime';
import type { Act, WorkloadWorld } from '@plinth/testing';

type Wish = Omit<Act, 'state' | 'method' | 'other' | 'end' | 'kind'> & { kind: Act['kind'] | 'cancellation' };

export interface Flow {
  name: string;
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
  const [transfer, payment, order] = [ids.of('chk'), ids.of('pay'), ids.of('chk')];
  const pay = `/payments/v1/payments`;
  return [
    {
      name: 'transfer',
      through: ['write.before-handler', 'write.flushed', 'write.before-commit', 'write.after-commit'],
      wishes: [
        () => ({
          kind: 'transfer',
          id: transfer,
          path: '/accounts/v1/transfers',
          key: `transfer-${transfer}`,
          subject,
          body: { fromAccountId: from.id, toNumber: to.number, amount: eur(amount), reference: transfer },
          about: { from: from.id, to: to.id, amount },
        }),
      ],
    },
    {
      name: 'refund',
      through: ['open.after-start', 'payment.asked', 'payment.answered', 'write.flushed', 'open.after-done'],
      wishes: [
        () => ({
          kind: 'payment',
          id: payment,
          path: pay,
          key: `payment-${payment}`,
          subject,
          body: { id: payment, customerId, amount: eur(amount), method: 'card_ok', reference: payment },
          about: { amount, method: 'card_ok' },
        }),
        () => ({
          kind: 'capture',
          id: `capture-${payment}`,
          path: `${pay}/${payment}/captures`,
          key: `capture-${payment}`,
          subject,
          body: { amount: eur(amount) },
          about: { payment, amount },
        }),
        () => ({
          kind: 'refund',
          id: `refund-${payment}`,
          path: `${pay}/${payment}/refunds`,
          key: `refund-${payment}`,
          subject,
          body: { amount: eur(amount), reference: `refund-${payment}` },
          about: { payment, amount },
        }),
      ],
    },
    {
      name: 'cancelled order',
      through: ['order.reserved', 'order.paid', 'order.placed', 'workflow.step.before-commit', 'workflow.end.after'],
      wishes: [
        () => ({
          kind: 'order',
          id: order,
          path: '/orders/v1/orders',
          key: `order-${order}`,
          subject: customerId,
          customerId,
          body: { lines: [{ sku, quantity: 1 }], payment: { method: 'card_ok' } },
          about: { customerId },
        }),
        ([placed]) => ({
          kind: 'cancellation',
          id: `cancel-${order}`,
          path: `/orders/v1/orders/${String(placed?.['id'])}/cancellations`,
          key: `cancel-${order}`,
          subject: customerId,
          customerId,
          body: {},
          about: {},
        }),
      ],
    },
  ];
}

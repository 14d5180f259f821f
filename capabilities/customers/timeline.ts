// How facts read on a timeline. A fact nobody wrote a sentence for still appears, in words made from its type, so a
// capability dropped in a minute ago has its events there too.

import { formatMoney, type PlinthEvent, type WireMoney } from '@plinth/runtime';

interface Line {
  /** Marks in braces are members of the event's data (`moved.amount` goes deeper); money is written as people read it. */
  title: string;
  /** Operation that shows the thing. */
  operation?: string;
  staffOnly?: boolean;
}

const lines: Readonly<Record<string, Line | null>> = {
  'order.placed': { title: 'Order {number} placed', operation: 'orders.getOrder' },
  'order.received': null,
  'order.rejected': { title: 'Order {number} could not be placed', operation: 'orders.getOrder' },
  'order.fulfilled': { title: 'Order {number} sent', operation: 'orders.getOrder' },
  'order.cancelled': { title: 'Order {number} cancelled', operation: 'orders.getOrder' },
  'ticket.opened': { title: 'Request {number}: {subject}', operation: 'tickets.getTicket' },
  'ticket.replied': { title: 'We answered your request', operation: 'tickets.getTicket' },
  'ticket.customerReplied': { title: 'You wrote about your request', operation: 'tickets.getTicket' },
  'ticket.resolved': { title: 'Request {number} solved', operation: 'tickets.getTicket' },
  'ticket.reopened': { title: 'Request {number} opened again', operation: 'tickets.getTicket' },
  'ticket.assigned': {
    title: 'Request {number} taken on by {assigneeName}',
    operation: 'tickets.getTicket',
    staffOnly: true,
  },
  'ticket.noted': null,
  'points.earned': { title: '{points} points earned', operation: 'loyalty.getMember' },
  'points.redeemed': { title: '{points} points spent', operation: 'loyalty.getMember' },
  'points.returned': { title: '{points} points given back', operation: 'loyalty.getMember' },
  'consent.given': { title: 'Agreed to {purpose}', operation: 'customers.listConsents' },
  'consent.withdrawn': { title: 'Withdrew consent to {purpose}', operation: 'customers.listConsents' },
  'delegate.granted': { title: 'Somebody may act for you', operation: 'customers.listDelegates' },
  'delegate.withdrawn': { title: 'Somebody may act for you no longer', operation: 'customers.listDelegates' },
  'customer.updated': { title: 'Details changed', operation: 'customers.getCustomer' },
  'customer.closed': { title: 'Record closed: {reason}', operation: 'customers.getCustomer', staffOnly: true },
  'customer.noted': null,
  'conversation.started': { title: 'Talked with the assistant' },
  'handover.requested': { title: 'Asked for a person' },
  'decision.outcome': null,
  'turn.posted': null,
  'control.changed': null,
  'message.sent': null,
  'message.read': null,
  'stock.reserved': null,
  'stock.released': null,
  'payment.authorized': null,
  'payment.captured': { title: '{moved.amount} paid by card', operation: 'payments.getPayment' },
  'payment.refunded': { title: '{moved.amount} paid back to the card', operation: 'payments.getPayment' },
  'payment.captureFailed': { title: 'Card payment of {moved.amount} rejected later', operation: 'payments.getPayment' },
  'payment.refundFailed': {
    title: '{moved.amount} could not be paid back to the card',
    operation: 'payments.getPayment',
  },
  'payment.failed': { title: 'Card payment of {amount} declined', operation: 'payments.getPayment' },
  'payment.cancelled': null,
  'payment.unknown': null,
  'account.opened': { title: 'Account {name} opened', operation: 'accounts.getAccount' },
  'account.frozen': { title: 'Account {name} frozen', operation: 'accounts.getAccount' },
  'account.unfrozen': { title: 'Account {name} can be used again', operation: 'accounts.getAccount' },
  'account.closed': { title: 'Account {name} closed', operation: 'accounts.getAccount' },
  'transfer.posted': { title: '{amount} transferred', operation: 'accounts.getTransfer' },
  'balance.low': { title: '{available} left to spend', operation: 'accounts.getAccount' },
  'transaction.booked': null,
};

export interface TimelineLine {
  title: string;
  operation: string | null;
  visibility: 'customer' | 'staff';
}

/** The line of a fact; undefined when it says nothing to a person. */
export function lineOf(event: PlinthEvent): TimelineLine | undefined {
  const line = lines[event.type];
  if (line === null) return undefined;
  const title = line ? fill(line.title, event.data) : fromType(event.type);
  return { title, operation: line?.operation ?? null, visibility: line?.staffOnly ? 'staff' : 'customer' };
}

function fill(title: string, data: unknown): string {
  return title
    .replaceAll(/\{([\w.]+)\}/g, (_, path: string) => {
      const value = path.split('.').reduce<unknown>((found, name) => membersOf(found)[name], data);
      if (isMoney(value)) return formatMoney(value);
      return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
    })
    .replaceAll(/\s+/g, ' ')
    .trim();
}

function membersOf(value: unknown): Record<string, unknown> {
  return (typeof value === 'object' && value !== null ? value : {}) as Record<string, unknown>;
}

function isMoney(value: unknown): value is WireMoney {
  const { amount, currency } = membersOf(value);
  return typeof amount === 'number' && typeof currency === 'string';
}

/** `card.frozen` → `Card frozen`; `accountLimit.raised` → `Account limit raised`. */
export function fromType(type: string): string {
  const words = type
    .replaceAll('.', ' ')
    .replaceAll(/([a-z])([A-Z])/g, '$1 $2')
    .toLowerCase();
  return words.charAt(0).toUpperCase() + words.slice(1);
}

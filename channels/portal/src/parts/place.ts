// Where a suggestion or a fact leads.

import type { DecidedItem } from '@plinth/client/personalization';

/** Operations that have a better page than their generated form. */
const ownPages = {
  'accounts.listAccounts': '/accounts',
  'accounts.createTransfer': '/transfer',
  'catalogue.listOfferings': '/shop',
  'customers.listConsents': '/profile',
  'loyalty.getMember': '/rewards',
  'notifications.listInbox': '/messages',
  'orders.listOrders': '/orders',
  'tickets.listTickets': '/requests',
  'tickets.openTicket': '/requests/new',
} as Readonly<
  Record<
    string,
    | '/accounts'
    | '/transfer'
    | '/shop'
    | '/profile'
    | '/rewards'
    | '/messages'
    | '/orders'
    | '/requests'
    | '/requests/new'
    | undefined
  >
>;

/** Accepting leads to the page made for the operation, else to its generated form, filled in. */
export function placeOf(item: DecidedItem, decision: string) {
  const sku = item.item?.sku ?? skuOf(item.accept?.input);
  if (sku !== undefined && (item.accept === undefined || item.accept.operation.endsWith('placeOrder')))
    return { to: '/checkout', search: { sku, decision } } as const;
  if (!item.accept) return undefined;
  const own = ownPages[item.accept.operation];
  if (own !== undefined) return { to: own } as const;
  const subject = Object.values(item.accept.input).find((value) => typeof value === 'string' && pageOf(value));
  if (typeof subject === 'string' && /\.get/.test(item.accept.operation)) return pageOf(subject);
  const [capability = '', operationId = ''] = item.accept.operation.split('.');
  return {
    to: '/do/$capability/$operationId',
    params: { capability, operationId },
    search: { input: item.accept.input, decision },
  } as const;
}

function skuOf(input: Record<string, unknown> | undefined): string | undefined {
  const body = input?.['body'] as { lines?: { sku?: unknown }[] } | undefined;
  const sku = body?.lines?.[0]?.sku;
  return typeof sku === 'string' ? sku : undefined;
}

/** The page of a thing by its id; undefined where the portal has none. */
export function pageOf(subject: string) {
  if (subject.startsWith('ord_')) return { to: '/orders/$orderId', params: { orderId: subject } } as const;
  if (subject.startsWith('tkt_') || subject.startsWith('tic_'))
    return { to: '/requests/$ticketId', params: { ticketId: subject } } as const;
  if (subject.startsWith('acc_')) return { to: '/accounts/$accountId', params: { accountId: subject } } as const;
  return undefined;
}

// Made from contract.yaml (Notifications 1.0.0). Do not edit: change the contract and run
//   npm run generate

import { bindOperations, type Client, type OperationCall, type PagedCall, type OperationDescriptor } from '../index.ts';

export type Message = {
  id: string;
  customerId: string;
  title: string;
  text: string;
  kind: 'service' | 'marketing' | 'urgent';
  state: 'delivered' | 'suppressed' | 'failed' | 'pending';
  suppressedBecause?: string | undefined;
  link?: string | undefined;
  sentAt: string;
  readAt?: string | undefined;
};

export interface NotificationsClient {
  /** Send a message to a customer */
  sendMessage: OperationCall<
    {
      body: {
        customerId: string;
        title: string;
        text: string;
        /** Marketing needs the customer's consent. */
        kind?: 'service' | 'marketing' | 'urgent' | undefined;
        email?: boolean | undefined;
        /** Needed for e-mail. */
        emailAddress?: string | undefined;
        /** Path of a page that shows more. */
        link?: string | undefined;
        dedupeKey: string;
      };
    },
    Message
  >;
  /** Read my messages */
  listInbox: PagedCall<
    {
      /** How many to return. */
      limit?: number | undefined;
      /** Where the page before ended (`next`). */
      cursor?: string | undefined;
    },
    {
      items: Message[];
      next: string | null;
    },
    'items'
  >;
  /** Mark a message as read */
  markRead: OperationCall<
    {
      messageId: string;
    },
    Message
  >;
}

/** The operations as data, for `client.call`. */
export const notificationsOperations = {
  sendMessage: {
    capability: 'notifications',
    id: 'sendMessage',
    method: 'POST',
    path: '/notifications/v1/messages',
    hasBody: true,
    effect: 'write',
    idempotency: 'required',
    params: [],
  },
  listInbox: {
    capability: 'notifications',
    id: 'listInbox',
    method: 'GET',
    path: '/notifications/v1/inbox',
    hasBody: false,
    effect: 'read',
    idempotency: 'none',
    params: [
      { name: 'limit', in: 'query', style: 'form', explode: true },
      { name: 'cursor', in: 'query', style: 'form', explode: true },
    ],
    paging: { items: 'items', next: 'next' },
  },
  markRead: {
    capability: 'notifications',
    id: 'markRead',
    method: 'PUT',
    path: '/notifications/v1/inbox/{messageId}/read-state',
    hasBody: false,
    effect: 'write',
    idempotency: 'optional',
    params: [
      { name: 'messageId', in: 'path', style: 'simple', explode: false },
    ],
  },
} as const satisfies Record<string, OperationDescriptor>;

/** Notifications: one function per operation. */
export function createNotifications(client: Client): NotificationsClient {
  return bindOperations<NotificationsClient>(client, notificationsOperations);
}

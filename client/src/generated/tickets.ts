// Made from contract.yaml (Tickets 1.0.0). Do not edit: change the contract and run
//   npm run generate

import { bindOperations, type Client, type OperationCall, type PagedCall, type OperationDescriptor } from '../index.ts';

export type TicketState = 'new' | 'open' | 'waitingCustomer' | 'resolved' | 'closed';

export type Text = {
  text: string;
};

export type NewTicket = {
  subject: string;
  text: string;
  /** Staff and services only. */
  customerId?: string | undefined;
  /** Id of an order, account or card. */
  aboutRef?: string | undefined;
  /** Services only. The conversation that led here. */
  conversationId?: string | undefined;
  /** At a kiosk without signing in. */
  contact?: string | undefined;
  /** Services only. One open ticket per customer and key. */
  dedupeKey?: string | undefined;
};

export type Ticket = {
  id: string;
  number: string;
  customerId?: string | undefined;
  subject: string;
  state: TicketState;
  priority: 'P1' | 'P2' | 'P3' | 'P4';
  channel: string;
  assignee?: string | undefined;
  assigneeName?: string | undefined;
  aboutRef?: string | undefined;
  conversationId?: string | undefined;
  openedAt: string;
  dueAt: string;
  firstReplyAt?: string | undefined;
  version: number;
};

export type Entry = {
  id: string;
  kind: 'customer' | 'staff' | 'assistant' | 'note' | 'system';
  author: string;
  text: string;
  at: string;
};

export type NewAttachment = {
  /** JPEG, PNG, WebP or PDF, at most 10 MiB. */
  file: Blob;
};

export type Attachment = {
  id: string;
  name: string;
  type: string;
  /** Bytes. */
  size: number;
  kind: 'customer' | 'staff';
  author: string;
  at: string;
};

export type TicketDetail = Ticket & {
  entries: Entry[];
  attachments: Attachment[];
};

export type TicketPage = {
  items: Ticket[];
  next: string | null;
};

export type EntryFact = {
  ticketId: string;
  entryId: string;
  author: string;
  text: string;
  conversationId?: string | undefined;
};

export type AttachmentFact = {
  ticketId: string;
  attachmentId: string;
  kind: 'customer' | 'staff';
};

export interface TicketsClient {
  /** See my requests */
  listTickets: PagedCall<
    {
      /** How many to return. */
      limit?: number | undefined;
      /** Where the page before ended (`next`). */
      cursor?: string | undefined;
      state?: TicketState | undefined;
      /** Staff only. `me`, `none` or a staff id. */
      assignee?: string | undefined;
      /** Staff only. Whose. */
      customerId?: string | undefined;
    },
    TicketPage,
    'items'
  >;
  /** Ask for help */
  openTicket: OperationCall<
    {
      body: NewTicket;
    },
    Ticket,
    'tickets.contact-required'
  >;
  /** See a request */
  getTicket: OperationCall<
    {
      /** Which request. */
      ticketId: string;
    },
    TicketDetail
  >;
  /** Answer */
  replyToTicket: OperationCall<
    {
      /** Which request. */
      ticketId: string;
      body: Text;
    },
    Entry,
    'tickets.closed'
  >;
  /** Attach a photo or paper */
  addTicketAttachment: OperationCall<
    {
      /** Which request. */
      ticketId: string;
      body: NewAttachment;
    },
    Attachment,
    'tickets.closed' | 'tickets.too-many-attachments'
  >;
  /** Save an attachment */
  getTicketAttachment: OperationCall<
    {
      /** Which request. */
      ticketId: string;
      /** Which attachment. */
      attachmentId: string;
    },
    Uint8Array
  >;
  /** Remove an attachment */
  removeTicketAttachment: OperationCall<
    {
      /** Which request. */
      ticketId: string;
      /** Which attachment. */
      attachmentId: string;
    },
    undefined
  >;
  /** Add an internal note */
  addTicketNote: OperationCall<
    {
      /** Which request. */
      ticketId: string;
      body: Text;
    },
    Entry
  >;
  /** Take or hand on a ticket */
  assignTicket: OperationCall<
    {
      /** Which request. */
      ticketId: string;
      body: {
        /** `me` takes it. */
        assignee: string;
      };
    },
    Ticket,
    'tickets.closed'
  >;
  /** Resolve a ticket */
  resolveTicket: OperationCall<
    {
      /** Which request. */
      ticketId: string;
      body?: {
        text?: string | undefined;
      } | undefined;
    },
    Ticket
  >;
  /** Say that it is not solved */
  reopenTicket: OperationCall<
    {
      /** Which request. */
      ticketId: string;
    },
    Ticket
  >;
}

/** The operations as data, for `client.call`. */
export const ticketsOperations = {
  listTickets: {
    capability: 'tickets',
    id: 'listTickets',
    method: 'GET',
    path: '/tickets/v1/tickets',
    hasBody: false,
    effect: 'read',
    idempotency: 'none',
    params: [
      { name: 'limit', in: 'query', style: 'form', explode: true },
      { name: 'cursor', in: 'query', style: 'form', explode: true },
      { name: 'state', in: 'query', style: 'form', explode: true },
      { name: 'assignee', in: 'query', style: 'form', explode: true },
      { name: 'customerId', in: 'query', style: 'form', explode: true },
    ],
    paging: { items: 'items', next: 'next' },
  },
  openTicket: {
    capability: 'tickets',
    id: 'openTicket',
    method: 'POST',
    path: '/tickets/v1/tickets',
    hasBody: true,
    effect: 'write',
    idempotency: 'required',
    params: [],
  },
  getTicket: {
    capability: 'tickets',
    id: 'getTicket',
    method: 'GET',
    path: '/tickets/v1/tickets/{ticketId}',
    hasBody: false,
    effect: 'read',
    idempotency: 'none',
    params: [
      { name: 'ticketId', in: 'path', style: 'simple', explode: false },
    ],
  },
  replyToTicket: {
    capability: 'tickets',
    id: 'replyToTicket',
    method: 'POST',
    path: '/tickets/v1/tickets/{ticketId}/replies',
    hasBody: true,
    effect: 'write',
    idempotency: 'required',
    params: [
      { name: 'ticketId', in: 'path', style: 'simple', explode: false },
    ],
  },
  addTicketAttachment: {
    capability: 'tickets',
    id: 'addTicketAttachment',
    method: 'POST',
    path: '/tickets/v1/tickets/{ticketId}/attachments',
    hasBody: true,
    media: 'multipart/form-data',
    effect: 'write',
    idempotency: 'required',
    params: [
      { name: 'ticketId', in: 'path', style: 'simple', explode: false },
    ],
    form: {
      file: { media: 'image/jpeg' },
    },
  },
  getTicketAttachment: {
    capability: 'tickets',
    id: 'getTicketAttachment',
    method: 'GET',
    path: '/tickets/v1/tickets/{ticketId}/attachments/{attachmentId}',
    hasBody: false,
    effect: 'read',
    idempotency: 'none',
    params: [
      { name: 'ticketId', in: 'path', style: 'simple', explode: false },
      { name: 'attachmentId', in: 'path', style: 'simple', explode: false },
    ],
  },
  removeTicketAttachment: {
    capability: 'tickets',
    id: 'removeTicketAttachment',
    method: 'DELETE',
    path: '/tickets/v1/tickets/{ticketId}/attachments/{attachmentId}',
    hasBody: false,
    effect: 'destructive',
    idempotency: 'optional',
    params: [
      { name: 'ticketId', in: 'path', style: 'simple', explode: false },
      { name: 'attachmentId', in: 'path', style: 'simple', explode: false },
    ],
  },
  addTicketNote: {
    capability: 'tickets',
    id: 'addTicketNote',
    method: 'POST',
    path: '/tickets/v1/tickets/{ticketId}/notes',
    hasBody: true,
    effect: 'write',
    idempotency: 'required',
    params: [
      { name: 'ticketId', in: 'path', style: 'simple', explode: false },
    ],
  },
  assignTicket: {
    capability: 'tickets',
    id: 'assignTicket',
    method: 'POST',
    path: '/tickets/v1/tickets/{ticketId}/assignments',
    hasBody: true,
    effect: 'write',
    idempotency: 'required',
    params: [
      { name: 'ticketId', in: 'path', style: 'simple', explode: false },
    ],
  },
  resolveTicket: {
    capability: 'tickets',
    id: 'resolveTicket',
    method: 'POST',
    path: '/tickets/v1/tickets/{ticketId}/resolutions',
    hasBody: true,
    effect: 'write',
    idempotency: 'required',
    params: [
      { name: 'ticketId', in: 'path', style: 'simple', explode: false },
    ],
  },
  reopenTicket: {
    capability: 'tickets',
    id: 'reopenTicket',
    method: 'POST',
    path: '/tickets/v1/tickets/{ticketId}/reopenings',
    hasBody: false,
    effect: 'write',
    idempotency: 'required',
    params: [
      { name: 'ticketId', in: 'path', style: 'simple', explode: false },
    ],
  },
} as const satisfies Record<string, OperationDescriptor>;

/** Tickets: one function per operation. */
export function createTickets(client: Client): TicketsClient {
  return bindOperations<TicketsClient>(client, ticketsOperations);
}

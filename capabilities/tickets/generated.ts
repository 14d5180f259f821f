// Made from contract.yaml, events.yaml and problems.yaml of Tickets. Do not edit: change those and run
//   npm run generate

import type { FileReference } from '@plinth/contract';
import type { Reply } from '@plinth/runtime';

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
  file: string;
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

/** Operations of this capability: input and declared answers. */
export interface TicketsOperations {
  /** See my requests */
  'tickets.listTickets': {
    input: {
      /** How many to return. */
      limit?: number | undefined;
      /** Where the page before ended (`next`). */
      cursor?: string | undefined;
      state?: TicketState | undefined;
      /** Staff only. `me`, `none` or a staff id. */
      assignee?: string | undefined;
      /** Staff only. Whose. */
      customerId?: string | undefined;
    };
    reply: Reply<200, TicketPage>;
  };
  /** Ask for help */
  'tickets.openTicket': {
    input: {
      body: NewTicket;
    };
    reply: Reply<201, Ticket>;
  };
  /** See a request */
  'tickets.getTicket': {
    input: {
      /** Which request. */
      ticketId: string;
    };
    reply: Reply<200, TicketDetail>;
  };
  /** Answer */
  'tickets.replyToTicket': {
    input: {
      /** Which request. */
      ticketId: string;
      body: Text;
    };
    reply: Reply<201, Entry>;
  };
  /** Attach a photo or paper */
  'tickets.addTicketAttachment': {
    input: {
      /** Which request. */
      ticketId: string;
      body: {
        /** JPEG, PNG, WebP or PDF, at most 10 MiB. */
        file: FileReference;
      };
    };
    reply: Reply<201, Attachment>;
  };
  /** Save an attachment */
  'tickets.getTicketAttachment': {
    input: {
      /** Which request. */
      ticketId: string;
      /** Which attachment. */
      attachmentId: string;
    };
    reply: Reply<200, Uint8Array | AsyncIterable<Uint8Array>>;
  };
  /** Remove an attachment */
  'tickets.removeTicketAttachment': {
    input: {
      /** Which request. */
      ticketId: string;
      /** Which attachment. */
      attachmentId: string;
    };
    reply: Reply<204, undefined>;
  };
  /** Add an internal note */
  'tickets.addTicketNote': {
    input: {
      /** Which request. */
      ticketId: string;
      body: Text;
    };
    reply: Reply<201, Entry>;
  };
  /** Take or hand on a ticket */
  'tickets.assignTicket': {
    input: {
      /** Which request. */
      ticketId: string;
      body: {
        /** `me` takes it. */
        assignee: string;
      };
    };
    reply: Reply<201, Ticket>;
  };
  /** Resolve a ticket */
  'tickets.resolveTicket': {
    input: {
      /** Which request. */
      ticketId: string;
      body?: {
        text?: string | undefined;
      } | undefined;
    };
    reply: Reply<201, Ticket>;
  };
  /** Say that it is not solved */
  'tickets.reopenTicket': {
    input: {
      /** Which request. */
      ticketId: string;
    };
    reply: Reply<201, Ticket>;
  };
}

/** Facts this capability tells, with the shape of their data. */
export interface TicketsEvents {
  /** A customer's matter was opened. */
  'ticket.opened': Ticket;
  /** A member of staff answered. */
  'ticket.replied': EntryFact;
  /** The customer wrote again. */
  'ticket.customerReplied': EntryFact;
  /** An internal note was added. */
  'ticket.noted': {
    ticketId: string;
    entryId: string;
  };
  /** A file was attached. */
  'ticket.attached': AttachmentFact;
  /** A file was removed. */
  'ticket.detached': AttachmentFact;
  /** Somebody took the matter on. */
  'ticket.assigned': Ticket;
  /** The matter is solved. */
  'ticket.resolved': Ticket;
  /** The customer said it is not solved. */
  'ticket.reopened': Ticket;
}

/** Problems this capability may answer. */
export interface TicketsProblems {
  /** 422: How can we reach you */
  'tickets.contact-required': true;
  /** 409: The request is closed */
  'tickets.closed': true;
  /** 409: Too many attachments */
  'tickets.too-many-attachments': true;
}

declare module '@plinth/runtime' {
  interface Operations extends TicketsOperations {}
  interface Events extends TicketsEvents {}
  interface Problems extends TicketsProblems {}
}

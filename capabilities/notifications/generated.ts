// Made from contract.yaml, events.yaml and problems.yaml of Notifications. Do not edit: change those and run
//   npm run generate

import type { Reply } from '@plinth/runtime';

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

/** Operations of this capability: input and declared answers. */
export interface NotificationsOperations {
  /** Send a message to a customer */
  'notifications.sendMessage': {
    input: {
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
    };
    reply: Reply<201, Message>;
  };
  /** Read my messages */
  'notifications.listInbox': {
    input: {
      /** How many to return. */
      limit?: number | undefined;
      /** Where the page before ended (`next`). */
      cursor?: string | undefined;
    };
    reply: Reply<200, {
      items: Message[];
      next: string | null;
    }>;
  };
  /** Mark a message as read */
  'notifications.markRead': {
    input: {
      messageId: string;
    };
    reply: Reply<200, Message>;
  };
}

/** Facts this capability tells, with the shape of their data. */
export interface NotificationsEvents {
  /** A message reached the customer's inbox. */
  'message.sent': {
    messageId: string;
    kind: string;
  };
  /** The customer read a message. */
  'message.read': {
    messageId: string;
  };
}

/** Problems this capability may answer. */
export interface NotificationsProblems {}

declare module '@plinth/runtime' {
  interface Operations extends NotificationsOperations {}
  interface Events extends NotificationsEvents {}
  interface Problems extends NotificationsProblems {}
}

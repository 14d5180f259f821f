// Made from contract.yaml, events.yaml and problems.yaml of Assistant. Do not edit: change those and run
//   npm run generate

import type { Reply } from '@plinth/runtime';

export type Control = 'assistant' | 'waiting' | 'staff' | 'ended';

export type Conversation = {
  id: string;
  customerId: string;
  control: Control;
  staffName?: string | undefined;
  ticketId?: string | undefined;
  channel: string;
  startedAt: string;
  lastText: string;
  version: number;
};

/** One part of a message. kind says which other members are there: text{text} · card{title,state?,fields[],operation?,input?} · list{items[]} · choices{choices[]} · form{operation,schema,values} · confirm{confirmationId,title,readback[],accept,decline} · link{href,label} · status{text} · offer{decisionId,item}. */
export type Part = {
  kind: 'text' | 'card' | 'list' | 'choices' | 'form' | 'confirm' | 'link' | 'status' | 'offer' | 'handover';
  [key: string]: unknown;
};

export type Message = {
  id: string;
  sequence: number;
  author: 'customer' | 'assistant' | 'staff' | 'system';
  name?: string | undefined;
  parts: Part[];
  at: string;
};

export type ConversationDetail = Conversation & {
  messages: Message[];
};

/** Operations of this capability: input and declared answers. */
export interface AssistantOperations {
  /** See conversations */
  'assistant.listConversations': {
    input: {
      /** How many to return. */
      limit?: number | undefined;
      /** Where the page before ended (`next`). */
      cursor?: string | undefined;
      /** Who has the word. */
      control?: Control | undefined;
    };
    reply: Reply<200, {
      items: Conversation[];
      next: string | null;
    }>;
  };
  /** Start a conversation */
  'assistant.startConversation': {
    input: {
      body?: {
        /** Id of the thing the page shows. */
        about?: string | undefined;
      } | undefined;
    };
    reply: Reply<201, ConversationDetail>;
  };
  /** See a conversation */
  'assistant.getConversation': {
    input: {
      conversationId: string;
    };
    reply: Reply<200, ConversationDetail>;
  };
  /** Say something */
  'assistant.sendTurn': {
    input: {
      conversationId: string;
      body: {
        text?: string | undefined;
        /** Value of a pressed choice. */
        choice?: string | undefined;
        /** Values of a form part. */
        values?: {
          [key: string]: unknown;
        } | undefined;
        confirmation?: {
          id: string;
          accept: boolean;
        } | undefined;
      };
    };
    reply: Reply<201, {
      messages: Message[];
      control: Control;
    }>;
  };
  /** Talk to a person */
  'assistant.requestHandover': {
    input: {
      conversationId: string;
    };
    reply: Reply<201, ConversationDetail>;
  };
  /** Take over a conversation */
  'assistant.takeControl': {
    input: {
      conversationId: string;
    };
    reply: Reply<201, ConversationDetail>;
  };
  /** Give a conversation back to the assistant */
  'assistant.returnControl': {
    input: {
      conversationId: string;
    };
    reply: Reply<201, ConversationDetail>;
  };
  /** Write to the customer in the conversation */
  'assistant.sendStaffMessage': {
    input: {
      conversationId: string;
      body: {
        /** Services only. The same id twice is one message. */
        id?: string | undefined;
        /** Services only. */
        author?: string | undefined;
        text: string;
      };
    };
    reply: Reply<201, Message>;
  };
  /** See what the assistant can do */
  'assistant.listSkills': {
    input: {};
    reply: Reply<200, {
      items: {
        operation: string;
        title: string;
        mode: 'usable' | 'suggestOnly';
        phrases?: number | undefined;
      }[];
      next: string | null;
    }>;
  };
}

/** Facts this capability tells, with the shape of their data. */
export interface AssistantEvents {
  /** A customer started to talk. */
  'conversation.started': {
    conversationId: string;
  };
  /** A message was added to a conversation. */
  'turn.posted': {
    conversationId: string;
    messageId: string;
    sequence: number;
    author: string;
    name?: string | undefined;
    text?: string | undefined;
    control?: string | undefined;
    ticketId?: string | undefined;
  };
  /** The assistant could not help, or the customer wanted a person. Carries what a person needs to go on. */
  'handover.requested': {
    conversationId: string;
    reason: string;
    subject: string;
    transcript: {
      author: string;
      text: string;
      at: string;
    }[];
    tried?: {
      [key: string]: unknown;
    }[] | undefined;
  };
  /** Somebody else has the word. */
  'control.changed': {
    conversationId: string;
    control: string;
    staffName?: string | undefined;
  };
}

/** Problems this capability may answer. */
export interface AssistantProblems {
  /** 409: The conversation has ended */
  'assistant.ended': true;
}

declare module '@plinth/runtime' {
  interface Operations extends AssistantOperations {}
  interface Events extends AssistantEvents {}
  interface Problems extends AssistantProblems {}
}

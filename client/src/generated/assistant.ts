// Made from contract.yaml (Assistant 1.0.0). Do not edit: change the contract and run
//   npm run generate

import { bindOperations, type Client, type OperationCall, type PagedCall, type OperationDescriptor } from '../index.ts';

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

export interface AssistantClient {
  /** See conversations */
  listConversations: PagedCall<
    {
      /** How many to return. */
      limit?: number | undefined;
      /** Where the page before ended (`next`). */
      cursor?: string | undefined;
      /** Who has the word. */
      control?: Control | undefined;
    },
    {
      items: Conversation[];
      next: string | null;
    },
    'items'
  >;
  /** Start a conversation */
  startConversation: OperationCall<
    {
      body?: {
        /** Id of the thing the page shows. */
        about?: string | undefined;
      } | undefined;
    },
    ConversationDetail
  >;
  /** See a conversation */
  getConversation: OperationCall<
    {
      conversationId: string;
    },
    ConversationDetail
  >;
  /** Say something */
  sendTurn: OperationCall<
    {
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
    },
    {
      messages: Message[];
      control: Control;
    },
    'assistant.ended'
  >;
  /** Talk to a person */
  requestHandover: OperationCall<
    {
      conversationId: string;
    },
    ConversationDetail,
    'assistant.ended'
  >;
  /** Take over a conversation */
  takeControl: OperationCall<
    {
      conversationId: string;
    },
    ConversationDetail,
    'assistant.ended'
  >;
  /** Give a conversation back to the assistant */
  returnControl: OperationCall<
    {
      conversationId: string;
    },
    ConversationDetail
  >;
  /** Write to the customer in the conversation */
  sendStaffMessage: OperationCall<
    {
      conversationId: string;
      body: {
        /** Services only. The same id twice is one message. */
        id?: string | undefined;
        /** Services only. */
        author?: string | undefined;
        text: string;
      };
    },
    Message,
    'assistant.ended'
  >;
  /** See what the assistant can do */
  listSkills: OperationCall<
    {},
    {
      items: {
        operation: string;
        title: string;
        mode: 'usable' | 'suggestOnly';
        phrases?: number | undefined;
      }[];
      next: string | null;
    }
  >;
}

/** The operations as data, for `client.call`. */
export const assistantOperations = {
  listConversations: {
    capability: 'assistant',
    id: 'listConversations',
    method: 'GET',
    path: '/assistant/v1/conversations',
    hasBody: false,
    effect: 'read',
    idempotency: 'none',
    params: [
      { name: 'limit', in: 'query', style: 'form', explode: true },
      { name: 'cursor', in: 'query', style: 'form', explode: true },
      { name: 'control', in: 'query', style: 'form', explode: true },
    ],
    paging: { items: 'items', next: 'next' },
  },
  startConversation: {
    capability: 'assistant',
    id: 'startConversation',
    method: 'POST',
    path: '/assistant/v1/conversations',
    hasBody: true,
    effect: 'write',
    idempotency: 'required',
    params: [],
  },
  getConversation: {
    capability: 'assistant',
    id: 'getConversation',
    method: 'GET',
    path: '/assistant/v1/conversations/{conversationId}',
    hasBody: false,
    effect: 'read',
    idempotency: 'none',
    params: [
      { name: 'conversationId', in: 'path', style: 'simple', explode: false },
    ],
  },
  sendTurn: {
    capability: 'assistant',
    id: 'sendTurn',
    method: 'POST',
    path: '/assistant/v1/conversations/{conversationId}/turns',
    hasBody: true,
    effect: 'write',
    idempotency: 'required',
    params: [
      { name: 'conversationId', in: 'path', style: 'simple', explode: false },
    ],
  },
  requestHandover: {
    capability: 'assistant',
    id: 'requestHandover',
    method: 'POST',
    path: '/assistant/v1/conversations/{conversationId}/handovers',
    hasBody: false,
    effect: 'write',
    idempotency: 'required',
    params: [
      { name: 'conversationId', in: 'path', style: 'simple', explode: false },
    ],
  },
  takeControl: {
    capability: 'assistant',
    id: 'takeControl',
    method: 'POST',
    path: '/assistant/v1/conversations/{conversationId}/controls',
    hasBody: false,
    effect: 'write',
    idempotency: 'required',
    params: [
      { name: 'conversationId', in: 'path', style: 'simple', explode: false },
    ],
  },
  returnControl: {
    capability: 'assistant',
    id: 'returnControl',
    method: 'POST',
    path: '/assistant/v1/conversations/{conversationId}/returns',
    hasBody: false,
    effect: 'write',
    idempotency: 'required',
    params: [
      { name: 'conversationId', in: 'path', style: 'simple', explode: false },
    ],
  },
  sendStaffMessage: {
    capability: 'assistant',
    id: 'sendStaffMessage',
    method: 'POST',
    path: '/assistant/v1/conversations/{conversationId}/staff-messages',
    hasBody: true,
    effect: 'write',
    idempotency: 'required',
    params: [
      { name: 'conversationId', in: 'path', style: 'simple', explode: false },
    ],
  },
  listSkills: {
    capability: 'assistant',
    id: 'listSkills',
    method: 'GET',
    path: '/assistant/v1/skills',
    hasBody: false,
    effect: 'read',
    idempotency: 'none',
    params: [],
  },
} as const satisfies Record<string, OperationDescriptor>;

/** Assistant: one function per operation. */
export function createAssistant(client: Client): AssistantClient {
  return bindOperations<AssistantClient>(client, assistantOperations);
}

import type { DialogueState } from '@plinth/conversation';
import { type Db, inSchema } from '@plinth/runtime';
import type { Generated, Kysely } from 'kysely';
import type { Control, Message, Part } from './generated.ts';

/** What is remembered between turns. */
export interface StoredState {
  dialogue: DialogueState;
  /** At most one suggestion a conversation. */
  hasOffer: boolean;
  /** Id of the confirmation that the last turn asked for: what a plain yes may mean. */
  asked?: string;
}

export interface ConversationRow {
  id: string;
  customerId: string;
  startKey: string;
  control: Control;
  staffName: string | null;
  ticketId: string | null;
  channel: string;
  startedAt: Temporal.Instant;
  lastText: string;
  state: StoredState;
  turnSeq: bigint;
  version: bigint;
}

export interface MessageRow {
  id: string;
  conversationId: string;
  sequence: bigint;
  author: Message['author'];
  name: string | null;
  parts: Part[];
  at: Temporal.Instant;
  turnKey: string | null;
}

interface AssistantTables {
  conversations: Omit<ConversationRow, 'version' | 'turnSeq' | 'state'> & {
    version: Generated<bigint>;
    turnSeq: Generated<bigint>;
    state: StoredState;
  };
  messages: MessageRow;
}

export function assistantDb(db: Db): Kysely<AssistantTables> {
  return inSchema<AssistantTables>(db, 'assistant');
}

// What the assistant needs beyond an open context: the contracts as they are now, and the edge's way in for software that
// acts for a customer. The server passes its edge and its confirmations.

import type { Contract } from '@plinth/contract';
import type { resume, turn } from '@plinth/conversation';
import type { Principal, Trace } from '@plinth/runtime';

/** A call that enters the edge behind authentication (the server's `edge.invoke`). */
export interface AssistantCall {
  operation: string;
  principal: Principal;
  input: Record<string, unknown>;
  idempotencyKey?: string;
  confirmation?: string;
  channel?: 'chat';
  trace?: Trace;
}

export interface AssistantAnswer {
  status: number;
  headers: Record<string, string>;
  body: unknown;
}

export interface Dialogue {
  turn: typeof turn;
  resume: typeof resume;
}

export interface AssistantPorts {
  /** All contracts that run now. A new array when they change: skills are compiled anew then. */
  contracts(): readonly Contract[];
  invoke(call: AssistantCall): Promise<AssistantAnswer>;
  /** The customer said yes to this confirmation; false when it is not theirs, void or expired. */
  confirm(id: string, customerId: string): Promise<boolean>;
  void(id: string, customerId: string): Promise<void>;
  /** What leads a conversation; ours when absent. It is believed in nothing: see interpret.ts. */
  dialogue?: Dialogue;
  /** Name in the first sentence; default Northfold. */
  brand?: string;
  /** Address of an operation's form, for what software may not do; default `/portal/do/<capability>/<operationId>`. */
  formHref?: (operation: string) => string;
}

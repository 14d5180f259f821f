// The edge as the server sees it: operations in, one compiled function each. Stages: stages.ts.

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Channel, Contract, Operation } from '@plinth/contract';
import type { BoundHandler, OwnerResolver } from '../capability.ts';
import type { Clock, Principal } from '../kernel/index.ts';
import type { Db } from '../ports/index.ts';
import type { Trace } from '../telemetry/trace.ts';
import type { Transport } from './transport.ts';

/** A contract with what fulfils it. Operations without a handler go to the mock, or answer 501 when there is none. */
export interface Binding {
  contract: Contract;
  handlers: Readonly<Record<string, BoundHandler>>;
  owners: Readonly<Record<string, OwnerResolver>>;
  /** By operationId of a receiver (`webhookIn`) whose sender has words of its own. */
  messages?: Readonly<Record<string, ReadMessage>>;
  /** By operationId: facts of its `emits` that nobody can tell, because who fulfils it does not say so. */
  untold?: Readonly<Record<string, readonly string[]>>;
  /** Answers operations without a handler; undefined = 501 `not-implemented`. */
  mock?: MockDispatch;
  /** Every caller is this principal and no credential is looked at: `plinth mock FILE` on a foreign contract. */
  principal?: Principal;
}

/** The body of a message, as the contract writes it; undefined = nothing of what the contract knows. */
export type ReadMessage = (body: unknown, db: Db) => Promise<unknown>;

/** The stateful mock as a fulfilment: same request, same owner rules, answers valid against the contract. */
export interface MockDispatch {
  answer(call: MockCall): MockReply | Promise<MockReply>;
  owners: Readonly<Record<string, (ids: readonly string[]) => Map<string, readonly string[]>>>;
}

export interface MockReply {
  status: number;
  headers: Record<string, string>;
  body: unknown;
}

export interface MockCall {
  operation: Operation;
  input: Record<string, unknown>;
  /** Customer whose things these are; the mock keeps one set of things per owner. */
  owner: string | undefined;
  clock: Clock;
  /** Version of `If-Match`. */
  ifMatch: number | undefined;
  /** What the request came by; none for invocations. */
  transport: Transport | undefined;
}

/** A call that enters behind authentication: `ctx.call`, MCP, assistant, tests. */
export interface Invocation {
  /** `orders.getOrder`. */
  operation: string;
  principal: Principal;
  /** Parameters by name and `body`. */
  input: Record<string, unknown>;
  idempotencyKey?: string;
  confirmation?: string;
  /**
   * The caller keeps nothing between its calls: without `confirmation`, one that is open for this very call counts, and
   * `idempotencyKey` gives way to its key.
   */
  lendsKey?: boolean;
  decisionId?: string;
  ifMatch?: string;
  /** `Plinth-Position`: a read of a projection waits until it is past this, for at most 1 s. */
  position?: number | undefined;
  channel?: Channel;
  /** `Accept-Language` of whoever will read a problem; English, if absent. */
  language?: string | undefined;
  /** Where it is asked from; a new trace, if absent. */
  trace?: Trace;
}

export interface InvokeResult {
  status: number;
  headers: Record<string, string>;
  /** Parsed body; a problem document for refusals. */
  body: unknown;
}

export interface Edge {
  /** Serves one request of a contract operation. False: no operation's path begins like this (the server may serve a page). */
  handle(request: IncomingMessage, response: ServerResponse): boolean;
  invoke(call: Invocation): Promise<InvokeResult>;
  /**
   * Compiles all operations and swaps them in at once; requests under way finish on the old ones.
   * Throws ContractRefused (findings) when a contract may not run: undeclared security, a write without effect, an id
   * without owner check. Nothing is swapped then.
   */
  install(bindings: readonly Binding[]): void;
  readonly bindings: readonly Binding[];
}

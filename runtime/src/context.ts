// What business code gets, and nothing else. Three contexts, by what may happen in them:
// a read (pool handle, may call others), a write (inside the one transaction, may not call anybody),
// and an open one (no transaction of its own: may call others, open transactions, start workflows).

import type { Clock, Ids, Principal, Problem, Random } from './kernel/index.ts';
import type { Callback } from './operations/callbacks.ts';
import type { Db, Files, Tx } from './ports/index.ts';
import type { LogFields } from './telemetry/log-fields.ts';
import type { Trace } from './telemetry/trace.ts';
import type { Workflow } from './workflows/workflow.ts';

/** All operations of the platform by `<capability>.<operationId>`; each generated.ts adds its own. */
// oxlint-disable-next-line typescript/no-empty-object-type -- filled by declaration merging.
export interface Operations {}

/** All event types of the platform with the shape of their data; each generated.ts adds its own. */
// oxlint-disable-next-line typescript/no-empty-object-type -- filled by declaration merging.
export interface Events {}

export type OperationKey = Extract<keyof Operations, string>;
export type EventKey = Extract<keyof Events, string>;

/** Parameters by name, and the request body as `body`. The one input shape of handlers, calls, client and tools. */
export type Input<Key extends OperationKey> = Operations[Key] extends { input: infer I } ? I : never;
/** The declared answers of an operation: `{ status, body, headers? }`. */
export type Answer<Key extends OperationKey> = Operations[Key] extends { reply: infer R } ? R : never;
/** Body of the operation's 2xx answers. */
export type Output<Key extends OperationKey> = Answer<Key> extends { body: infer B } ? B : undefined;

export interface Reply<Status extends number = number, Body = unknown> {
  readonly status: Status;
  readonly body: Body;
  readonly headers?: Readonly<Record<string, string>>;
  /** Given because the answer could not be made: never kept, and a stale one that may be given goes before it. */
  readonly isStandIn?: true;
}

/** `return reply(201, order)`. */
export function reply<const Status extends number, Body>(
  status: Status,
  body: Body,
  headers?: Readonly<Record<string, string>>,
): Reply<Status, Body> {
  return headers === undefined ? { status, body } : { status, body, headers };
}

/** A request as it came over HTTP, for what hands it on to another system. Nothing of it is judged. */
export interface Sent {
  /** Raw text after `?`. */
  readonly query: string;
  /** Alternating names and values. */
  readonly fields: readonly string[];
  /** undefined = there is none, or it was read piece by piece. */
  readonly body: Uint8Array | undefined;
}

/** Calls another capability's operation, in process or over HTTP alike. Throws ProblemError on any non-2xx answer. */
export type Call = <Key extends OperationKey>(
  operation: Key,
  input: Input<Key>,
  options?: CallOptions,
) => Promise<Output<Key>>;

export interface CallOptions {
  /** Same key = same effect. Needed for writes; derived from the caller's own key or step when absent. */
  key?: string;
  /**
   * The position that a read of a projection must not be behind: it waits for it at most 1 s, else says `stale: true`. Absent
   * = the greatest position of what the caller itself has written and called so far.
   */
  position?: number;
}

/** What every context has. */
export interface BaseContext {
  /** `orders.placeOrder`. */
  readonly operation: string;
  readonly principal: Principal;
  readonly clock: Clock;
  readonly ids: Ids;
  /** A seeded stream known by name. */
  random(name: string): Random;
  /** W3C trace id, also the problem's `instance`; log lines carry it by themselves. */
  readonly traceId: string;
  /** Where in the trace this is: what is called, emitted, started and enqueued goes on from there by itself. */
  readonly trace: Trace;
  readonly log: Log;
  /** Customer id by which a list must be filtered (`ownerCheck: { list: true }`); undefined = staff or service: all. */
  readonly owner: string | undefined;
  /** Whose object a delegate, staff or a service changes; the audit names them. undefined = the caller's own, or nobody's. */
  readonly onBehalfOf?: string | undefined;
  /** Version of `If-Match`, for `where version = …`. */
  readonly expectedVersion: number | undefined;
  readonly decisionId: string | undefined;
  /** When the caller's time is over, on the process clock (`elapsedMs`); absent = nobody waits. */
  readonly deadlineMs?: number | undefined;
  /** Release of an upstream that staff asked for (`Plinth-Release`). */
  readonly release?: string | undefined;
  /**
   * How far work that goes on after its 202 has come, 0 ≤ `done` ≤ `total`; `note` ≤ 200 letters. Callers see the latest
   * within 0.5 s. In a job that was cancelled it throws, which undoes the transaction; elsewhere it does nothing.
   */
  progress(done: number, total?: number, note?: string): void;
}

/** Messages are constant; values are fields, and a line has no other than those of `LogFields`. */
export interface Log {
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
}

/** Consents and relations: written by `customers` in its own transaction, read everywhere at use time. */
export interface Consents {
  has(db: Db, customerId: string, purpose: string): Promise<boolean>;
  list(db: Db, customerId: string): Promise<{ purpose: string; given: boolean; at: string; textVersion: string }[]>;
  set(
    tx: Tx,
    consent: { customerId: string; purpose: string; given: boolean; at: Temporal.Instant; textVersion: string },
  ): Promise<void>;
}

/**
 * Who may act for which customer: written by `customers` in its own transaction, read at each request, so a withdrawal
 * binds the next one everywhere. A contract names the relations that suffice: `ownerCheck: { relation: [owner, delegate] }`.
 */
export interface Relations {
  /** The first of `customers` who lets `grantee` act in one of `relations` at that time. */
  granter(
    db: Db,
    asked: { grantee: string; relations: readonly string[]; customers: readonly string[]; at: Temporal.Instant },
  ): Promise<string | undefined>;
  /** Those a customer gave, at most 100, eldest first. */
  list(db: Db, customerId: string, relation: string): Promise<{ grantee: string; since: string; until?: string }[]>;
  grant(
    tx: Tx,
    given: { customerId: string; relation: string; grantee: string; since: Temporal.Instant; until?: Temporal.Instant },
  ): Promise<void>;
  /** False: there was none. */
  withdraw(tx: Tx, given: { customerId: string; relation: string; grantee: string }): Promise<boolean>;
}

/** For operations with effect `read`. */
export interface ReadContext extends BaseContext {
  readonly db: Db;
  readonly call: Call;
  readonly files: Pick<Files, 'open'>;
  readonly consents: Consents;
  readonly relations: Relations;
}

/** For operations that write: `db` is the transaction; there is deliberately no `call`. */
export interface WriteContext extends BaseContext {
  readonly db: Tx;
  /** Files that came with the request are kept by this very transaction; others are deleted by it. */
  readonly files: { delete(ids: readonly string[]): Promise<void> };
  readonly consents: Consents;
  readonly relations: Relations;
  /** Adds a fact to the outbox of this very transaction. ≤ 1,000 a transaction. */
  emit<Key extends EventKey>(type: Key, fact: Fact<Events[Key]>): void;
  /** Starts a durable workflow when (and only if) this transaction commits. Idempotent by `key`. */
  start<In>(workflow: Workflow<In>, run: { key: string; input: In }): void;
  /** Enqueues a job in this transaction. */
  enqueue(job: { name: string; data: Record<string, unknown>; at?: Temporal.Instant; key?: string }): void;
}

export interface Fact<Data> {
  /** Wire id of the thing it is about. */
  subject: string;
  /** Whose matter it is, when it is a customer's. */
  customerId?: string | undefined;
  data: Data;
}

/** For operations that orchestrate: opens its own transactions, may call siblings between them. */
export interface OpenContext extends BaseContext {
  readonly call: Call;
  readonly consents: Consents;
  /** Idempotency key of the request, scoped to principal and operation: the business key of what is started. */
  readonly key: string;
  /** Id of the job that this call is; undefined while its caller waits. */
  readonly job?: string | undefined;
  /** Where its caller wants its outcome sent; the edge sends what is answered, a handler what is found out later. */
  readonly callbacks?: readonly Callback[] | undefined;
  /** Read handle; never used inside `transaction`. */
  readonly db: Db;
  transaction<T>(work: (ctx: WriteContext) => Promise<T>): Promise<T>;
  /** Waits until the run of `key` ended, or `waitMs` passed (then undefined). */
  settled<In>(workflow: Workflow<In>, key: string, waitMs: number): Promise<WorkflowEnd | undefined>;
}

export interface WorkflowEnd {
  state: 'completed' | 'failed' | 'cancelled' | 'parked';
  result: unknown;
  /** Not before that of any of its facts; undefined = there is no fact at all. */
  position: number | undefined;
}

/** Context of a reaction: inside the transaction that also holds its inbox row. */
export type ReactionContext = WriteContext;

export type HandlerResult<Key extends OperationKey> = Promise<Answer<Key> | Problem>;

/** A read handler. `input` has been validated. */
export type ReadHandler<Key extends OperationKey> = (input: Input<Key>, ctx: ReadContext) => HandlerResult<Key>;
/** A write handler: one transaction, no calls. */
export type WriteHandler<Key extends OperationKey> = (input: Input<Key>, ctx: WriteContext) => HandlerResult<Key>;
/** A handler that orchestrates. */
export type OpenHandler<Key extends OperationKey> = (input: Input<Key>, ctx: OpenContext) => HandlerResult<Key>;

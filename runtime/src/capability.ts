// The manifest of a capability: its one export, and the only thing the server reads of it.

import type {
  EventKey,
  Events,
  OpenContext,
  ReactionContext,
  ReadContext,
  Reply,
  Sent,
  WriteContext,
} from './context.ts';
import type { OnWebhookNotice } from './events/webhooks/notice.ts';
import type { Random } from './kernel/index.ts';
import type { Db, Migration, PlinthEvent, Tx } from './ports/index.ts';
import type { AnyWorkflow } from './workflows/workflow.ts';

/** How an operation is fulfilled. The three kinds differ in what may happen inside (context.ts). */
export type BoundHandler =
  | {
      kind: 'read';
      run: (input: never, ctx: ReadContext, sent?: Sent) => unknown;
      /** Name of the projection it reads; a caller's `Plinth-Position` is waited for. */
      follows?: string;
    }
  | { kind: 'write'; run: (input: never, ctx: WriteContext) => Promise<unknown> }
  | { kind: 'open'; run: (input: never, ctx: OpenContext, sent?: Sent) => Promise<unknown> };

/**
 * Binds a handler of an operation with effect `read`.
 *
 * @param how `follows`: the name of the reaction whose `projection` it reads (`customers.project-timeline`). A call with
 * `Plinth-Position` then waits at most 1 s until that reaction is past the position, else its answer says `stale: true`: the
 * contract declares a boolean `stale` for its 200. Other calls do not wait.
 */
export function read(
  run: (input: never, ctx: ReadContext) => Promise<unknown>,
  how: { follows?: string } = {},
): BoundHandler {
  return { kind: 'read', run, ...how };
}

/** Binds a handler that writes in the one transaction of the request. */
export function write(run: (input: never, ctx: WriteContext) => Promise<unknown>): BoundHandler {
  return { kind: 'write', run };
}

/** Binds a handler that orchestrates: calls siblings and opens its own transactions. */
export function open(run: (input: never, ctx: OpenContext) => Promise<unknown>): BoundHandler {
  return { kind: 'open', run };
}

/** Acts on a fact: effect and inbox row commit together; ≤ 1 s; no remote calls (start a workflow instead). */
export interface Reaction {
  /** Unique: `loyalty.on-order-placed`. Key of the inbox. */
  name: string;
  on: readonly EventKey[] | '*';
  /** It only keeps rows of `table` (`customers.timeline`), whose column `key` is the event's id: they can be rebuilt. */
  projection?: { table: string; key: string };
  run: (event: PlinthEvent, ctx: ReactionContext) => Promise<void>;
}

/** Typed constructor of a reaction to one event type. */
export function reaction<Key extends EventKey>(
  name: string,
  on: Key,
  run: (event: PlinthEvent<Events[Key]>, ctx: ReactionContext) => Promise<void>,
): Reaction {
  return { name, on: [on], run: run as Reaction['run'] };
}

/** A job that pg-boss runs: at a time, by cron, or after a commit. */
export interface Job {
  /** Unique: `inventory.expire-reservations`. */
  name: string;
  /** Seconds between runs (≥ 1); undefined = only when enqueued. */
  everyS?: number;
  /** Runs at once in one process; default 1. */
  parallel?: number;
  run: (data: Record<string, unknown>, ctx: OpenContext) => Promise<void>;
}

/** A query that returns no row when all is well. Run by tests, the seed loader, crash runs and `plinth audit`. */
export interface Invariant {
  /** `accounts.ledger-sums-to-zero`. */
  name: string;
  sql: string;
}

/** Finds who owns objects: one indexed query for all ids. Missing ids are simply absent from the map. */
export type OwnerResolver = (ids: readonly string[], db: Db) => Promise<Owners> | Owners;

/** Owner keys by object id; no entry = there is no such object. */
export type Owners = ReadonlyMap<string, readonly string[]>;

/** Writes a capability's part of the world. Deterministic in (random, anchor, now). Runs inside one transaction. */
export type Seed = (tx: Tx, world: SeedWorld) => Promise<void>;

export interface SeedWorld {
  random: Random;
  /** First day of the current month (UTC), or the day a test chose. */
  anchor: Temporal.PlainDate;
  /** When the world is loaded: what is under way began just before it. */
  now: Temporal.Instant;
  /** 1 = the standard small world of 240 customers. */
  customers: number;
}

/**
 * What an operation of an earlier major is today, and back. By operationId of the earlier contract; operations without an
 * entry pass as they are. Functions are pure.
 */
export interface Adapters {
  /** operationId of today, where it has another name. */
  operations?: Readonly<Record<string, string>>;
  up: Readonly<Record<string, (input: Record<string, unknown>) => Record<string, unknown>>>;
  /** `input`: the request of then. Problems pass as they are: their codes belong to both. */
  down: Readonly<Record<string, (reply: Reply, input: Record<string, unknown>) => Reply>>;
}

/** An earlier major that goes on beside the present one. */
export interface EarlierMajor {
  /** Over the present handlers. */
  adapters?: Adapters;
  /** Of its own, by operationId of its contract; they go before adapters. */
  handlers?: Readonly<Record<string, BoundHandler>>;
}

export interface Capability {
  name: string;
  /** Absolute path of the folder with contract.yaml, events.yaml and problems.yaml. */
  folder: string;
  /** One entry per operation that is not left to the mock; keys are operationIds. */
  handlers: Readonly<Record<string, BoundHandler>>;
  /** Earlier majors by number: 1 is the contract in the folder `v1`, with its own events.yaml and problems.yaml. */
  majors?: Readonly<Record<number, EarlierMajor>>;
  reactions?: readonly Reaction[];
  workflows?: readonly AnyWorkflow[];
  jobs?: readonly Job[];
  /** Of the one capability that owns webhook endpoints: told when one fails for a day, and when it is switched off. */
  onWebhookNotice?: OnWebhookNotice;
  /** By object name of `ownerCheck.object`. */
  owners?: Readonly<Record<string, OwnerResolver>>;
  /** `<capability>.<operationId>` of operations it calls; calls not listed are refused. */
  calls?: readonly string[];
  /** By name; run in name order in the capability's own schema. Forward only. */
  migrations: Readonly<Record<string, Migration>>;
  invariants?: readonly Invariant[];
  seed?: Seed;
}

/** Checks nothing at run time; it gives the manifest its type. */
export function defineCapability(capability: Capability): Capability {
  return capability;
}

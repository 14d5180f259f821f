// What an edge is made from, and what of it only the server uses.

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Limit } from '@plinth/contract';
import type { Projections } from '../events/following.ts';
import type { ExecutionServices } from '../operations/services.ts';
import type { LimitStore } from '../ports/index.ts';
import type { Authenticator } from '../security/authenticator.ts';
import type { Confirmations } from '../security/confirmations.ts';
import type { AddressCheck } from '../security/egress.ts';
import type { Leaves } from '../security/leaves.ts';
import type { EdgeLogger } from '../telemetry/log.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import type { Trace } from '../telemetry/trace.ts';
import type { Edge, Invocation } from './edge.ts';
import type { Answer, Exchange } from './exchange.ts';
import type { CompiledOperation } from './operation.ts';
import type { FindPlan } from './plans/plan.ts';
import type { QuotaBook } from './plans/quota-book.ts';
import type { ProblemParts } from './problems.ts';
import type { Found } from './routes.ts';
import type { EdgeParts } from './stages.ts';
import type { AddressLimit, Admission, AdmitOptions } from './stages/admit.ts';
import type { Interaction } from './stages/record.ts';
import type { Transport } from './transport.ts';

export interface EdgeOptions {
  /** Public address without trailing slash, for problem types; '' = relative. */
  baseUrl?: string;
  logger: EdgeLogger;
  metrics: Metrics;
  authenticator: Authenticator;
  limitStore: LimitStore;
  /** Limits of operations that declare none. Default: 600 a minute per principal. */
  standardLimits?: readonly Limit[];
  /** Answers carry X-RateLimit-Limit, -Remaining and -Reset (seconds), too, for the first limit of their operation. */
  oldRateLimits?: boolean;
  /** undefined = applications have no plans. */
  findPlan?: FindPlan | undefined;
  /** Where quotas of plans are counted. */
  quotas?: QuotaBook | undefined;
  /** undefined = agents cannot change anything (no place to keep confirmations). */
  confirmations?: Confirmations;
  services: ExecutionServices;
  /** Whether traces of a peer (the other end of the connection) are continued before it says who it is; nobody's, if absent. */
  trustsPeer?: (address: string) => boolean;
  /** What handlers may follow; undefined = nobody keeps projections here, and no read waits. */
  projections?: Projections;
  /** undefined = operations with `async` are answered in the request. */
  jobs?: EdgeParts['jobs'];
  /** Of the guarded client; undefined = callbacks are refused. */
  checkAddress?: AddressCheck;
  /** Secrets of messages that others send us, by `secretRef`; none by default. */
  webhookSecrets?: (ref: string) => readonly string[];
  /** Replies are checked `always` (dev, test) or one in a hundred. */
  checkReplies?: 'always' | 'sampled';
  /** What can be done after a refusal of the edge's own: operations by code (`customers.giveConsent`). */
  next?: Readonly<Record<string, readonly string[]>>;
  /** Origins of pages elsewhere that may read answers. */
  corsOrigins?: readonly string[];
  /** What single applications may beyond the contract. */
  leaves?: Leaves;
  /** Address of what tells clients where tokens come from (RFC 9728); named in challenges. */
  resourceMetadata?: string;
  /**
   * Validators are compiled when a contract is installed (`ahead`), so that the first request is as quick as the tenth, or
   * as they are used (`late`), for who must start at once.
   */
  compiles?: 'ahead' | 'late';
  /** Called after each answer; must not throw and must not block. */
  onRecorded?: (interaction: Interaction) => void;
  /** Calls of one address, before anybody is asked who it is; undefined = any number. */
  addressLimit?: AddressLimit | undefined;
  /** Distinct objects denied to one principal within ten minutes before it is stopped (20). */
  mostDenied?: number | undefined;
  admission?: Omit<AdmitOptions, 'poolWaitMs' | 'waited'>;
}

/** The edge with what only the server uses. */
export interface RunningEdge extends Edge {
  readonly admission: Admission;
  /** All operations by key (`orders.getOrder`). */
  readonly operations: ReadonlyMap<string, CompiledOperation>;
  /**
   * The exchange of a call that was admitted before and goes on as a job; it passes no stage again. undefined = its
   * operation is no longer installed, or has no handler.
   */
  resume(call: ResumedCall): Exchange | undefined;
  /** Ends kept answers under these tags, as a purge of this process does. */
  purge(tags: readonly string[]): void;
  /** What stands at a path. */
  find(method: string, target: string): Found;
  /** `handle` for who has a transport of its own and what was found for it. `trace`: where it is known whose it is. */
  serve(transport: Transport, found: Found, trace?: Trace): boolean;
  /** Sends a problem of the edge's own for a path that belongs to no operation. */
  refuse(request: IncomingMessage, response: ServerResponse, code: string, parts?: RefusalParts): void;
  /** The same over a transport. */
  refuseOver(transport: Transport, code: string, parts?: RefusalParts): void;
  /** A problem of the edge's own for what never became a request. */
  problem(code: string, values: Readonly<Record<string, unknown>>): Answer;
}

/** What a refusal says besides its code. */
export type RefusalParts = Pick<ProblemParts, 'values' | 'errors' | 'headers'>;

/** What is known of a call behind its stages. */
export interface ResumedCall extends Pick<Invocation, 'operation' | 'principal' | 'input'> {
  /** Where it goes on. */
  trace: Trace;
  expectedVersion?: number | undefined;
  decisionId?: string | undefined;
}

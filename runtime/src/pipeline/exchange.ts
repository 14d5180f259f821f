// One request on its way through the stages. A plain object of fixed shape: every stage reads and writes its own fields,
// and nothing is allocated that the operation does not need.

import type { Channel } from '@plinth/contract';
import type { BaseContext, Sent } from '../context.ts';
import { anonymous, type Principal } from '../kernel/index.ts';
import type { Callback } from '../operations/callbacks.ts';
import type { Trace } from '../telemetry/trace.ts';
import type { Span } from '../telemetry/tracer.ts';
import type { CompiledOperation } from './operation.ts';
import type { ProblemParts } from './problems.ts';
import type { Checked } from './shapes.ts';
import type { Transport } from './transport.ts';

/** What leaves: a status, flat headers and finished text. `value` is the body before it became text, when known. */
export interface Answer {
  readonly status: number;
  /** Alternating names and values beyond those every answer of the operation has. */
  readonly headers: readonly string[];
  readonly type: string;
  readonly body: string | Uint8Array | undefined;
  /** In place of a body: what is sent piece by piece. */
  readonly stream?: AsyncIterable<string | Uint8Array> | undefined;
  /** Code of the problem, for refusals and business problems. */
  readonly code?: string | undefined;
  readonly value?: unknown;
  readonly retryable?: boolean | undefined;
  /** What a problem was made from, to tell it to others in their language; undefined = it is a callee's. */
  readonly parts?: ProblemParts | undefined;
  /** Strong validator without audience part; set when the body has an integer `version`. */
  readonly version?: number | undefined;
  /** Given because the answer could not be made. */
  readonly isStandIn?: true | undefined;
  /**
   * Of an answer that callers may keep: headers in place of the operation's fixed ones, not stored with the answer, and the
   * strong validator; undefined = it has none of ours.
   */
  readonly cached?: { readonly headers: readonly string[]; readonly etag: string | undefined } | undefined;
}

/** A step that goes on elsewhere: it will call `proceed`. */
export const later = Symbol('later');

/** undefined = go on; an answer ends the request; `later` = the step calls `proceed` itself. */
export type Outcome = undefined | Answer | typeof later;
export type Step = (x: Exchange) => Outcome;

/** What an invocation (no transport) fills in instead of headers. */
export interface CallFields {
  input: Record<string, unknown>;
  idempotencyKey?: string | undefined;
  confirmation?: string | undefined;
  lendsKey?: boolean | undefined;
  ifMatch?: string | undefined;
  position?: number | undefined;
  language?: string | undefined;
}

const noFiles: readonly string[] = [];
const nothingAgreed: ReadonlySet<string> = new Set();

/** In a request nobody watches. */
export function noProgress(): void {}

/** Where a request comes from: a transport, or a call from within. */
export interface Origin {
  readonly transport: Transport | undefined;
  readonly call: CallFields | undefined;
  readonly traceId: string;
  readonly startedMs: number;
  /** Decoded path parameters, and the same as sent. */
  readonly path: Readonly<Record<string, string>>;
  readonly rawPath: Readonly<Record<string, string>>;
  readonly query: string;
}

export interface Ends {
  readonly finish: (x: Exchange, answer: Answer) => void;
  readonly fail: (x: Exchange, error: unknown) => Answer;
}

/** Mutable by design; owned by exactly one request. As a `Trace` it is the place of its caller. */
export class Exchange implements Trace, Sent {
  readonly operation: CompiledOperation;
  readonly transport: Transport | undefined;
  readonly call: CallFields | undefined;
  /** Of the caller, when its traces are continued; else a new one. */
  traceId: string;
  spanId = '';
  isSampled = false;
  traceState: string | undefined = undefined;
  /** `traceparent` of a caller of whom it is not known (yet) that its traces are continued. */
  foreignParent: string | undefined = undefined;
  /** While somebody is told of it. */
  span: Span | undefined = undefined;
  readonly startedMs: number;
  /** Decoded path parameters. */
  readonly path: Readonly<Record<string, string>>;
  /** The same as sent. */
  readonly rawPath: Readonly<Record<string, string>>;
  readonly query: string;
  principal: Principal = anonymous;
  /** What answers unless the application has leave: the operation has ended, or fails for announced minutes. */
  due: Answer | undefined = undefined;
  input: Record<string, unknown> = {};
  body: Buffer | undefined = undefined;
  /** Of a form that was read piece by piece: its value, judged. */
  form: Checked | undefined = undefined;
  /** Ids of the files that came with it; loose until they are kept with its effect. */
  files: readonly string[] = noFiles;
  owner: string | undefined = undefined;
  /** Whose object it is, when the caller is a delegate, staff or a service. */
  onBehalfOf: string | undefined = undefined;
  /** Version of `If-Match`. */
  expectedVersion: number | undefined = undefined;
  idempotencyKey: string | undefined = undefined;
  /** Of a write: the greatest position of what it has written and of what it called. */
  position: number | undefined = undefined;
  /** Of a read that follows a projection: the position that its answer must not be behind. */
  awaited: number | undefined = undefined;
  decisionId: string | undefined = undefined;
  channel: Channel = 'web';
  /** Purposes agreed to, as far as the answer depends on them. */
  agreed: ReadonlySet<string> = nothingAgreed;
  /** Set when the call is to become a job: how long its answer is waited for, and what then tells the preference applied. */
  background: { readonly waitMs: number; readonly headers: readonly string[] } | undefined = undefined;
  /** Where the caller wants the outcome sent; checked. */
  callbacks: readonly Callback[] | undefined = undefined;
  /** Tags that the effect ends on every edge, told with its commit; set for writes that purge. */
  purges: ((x: Exchange, answer: Answer) => readonly string[]) | undefined = undefined;
  progress: BaseContext['progress'] = noProgress;
  rateLimit: string | undefined = undefined;
  /** What stands before `rateLimit` in the head. */
  rateLimitLines = 'RateLimit: ';
  /** True when the answer was a stored one. */
  replayed = false;
  /** True when the caller's key was this call's to use: its handler ran, or it became a job. */
  tookKey = false;
  /** Internal reason of a 5xx, for the log only. */
  fault: unknown = undefined;
  /** Index of the next step. */
  at = 0;
  answered = false;
  /** When work on it began; the place is given back when the answer is sent. -1 = it was not admitted. */
  admittedMs = -1;
  /** Milliseconds on the process clock at which the caller gets 504. */
  deadlineMs = 0;
  /** Links of the deadline list (deadlines.ts). */
  isTimed = false;
  earlier: Exchange | undefined = undefined;
  later: Exchange | undefined = undefined;
  readonly finish: (x: Exchange, answer: Answer) => void;
  readonly fail: (x: Exchange, error: unknown) => Answer;

  constructor(operation: CompiledOperation, origin: Origin, ends: Ends) {
    this.operation = operation;
    this.transport = origin.transport;
    this.call = origin.call;
    this.traceId = origin.traceId;
    this.startedMs = origin.startedMs;
    this.path = origin.path;
    this.rawPath = origin.rawPath;
    this.query = origin.query;
    this.finish = ends.finish;
    this.fail = ends.fail;
  }

  /** The place of what is done for this request. */
  get trace(): Trace {
    return this.span ?? this;
  }

  header(name: string): string | undefined {
    return this.transport?.header(name);
  }

  get fields(): readonly string[] {
    return this.transport?.fields ?? [];
  }

  /** `Accept-Language`, also of an invocation; undefined = it is not known. */
  get language(): string | undefined {
    return this.call === undefined ? this.header('accept-language') : this.call.language;
  }
}

/** Runs steps until one answers or waits. Synchronous up to the first wait. */
export function run(x: Exchange): void {
  const steps = x.call === undefined ? x.operation.steps : x.operation.callSteps;
  try {
    while (x.at < steps.length) {
      const outcome = (steps[x.at++] as Step)(x);
      if (outcome === undefined) continue;
      if (outcome !== later) end(x, outcome);
      return;
    }
  } catch (error) {
    end(x, x.fail(x, error));
  }
}

/** Goes on after a wait. A late answer of a request that has ended is dropped. */
export function proceed(x: Exchange, outcome: Answer | undefined): void {
  if (x.answered) return;
  if (outcome === undefined) run(x);
  else end(x, outcome);
}

/** Ends the exchange with an answer, once. */
export function end(x: Exchange, answer: Answer): void {
  if (x.answered) return;
  x.answered = true;
  x.finish(x, answer);
}

/** Waits for a promise and goes on with its outcome; a rejection becomes a problem. */
export function wait(x: Exchange, work: Promise<Answer | undefined>): typeof later {
  work.then(
    (outcome) => proceed(x, outcome),
    (error: unknown) => proceed(x, x.fail(x, error)),
  );
  return later;
}

// Operations of a contract fulfilled by an upstream: a manifest becomes handlers of the two kinds the edge knows. A read
// is one guarded call. A write is noted, called with a key made from ours, and concluded: whatever ends in the middle is
// found again under its key and never sent blindly.

import type { Contract, Operation } from '@plinth/contract';
import {
  type BoundHandler,
  crashPoint,
  isProblem,
  type OpenContext,
  type OwnerResolver,
  type Principal,
  type Problem,
  type ReadContext,
  type Reply,
  type Sent,
  sha256,
  type Trace,
} from '@plinth/runtime';
import { problem } from '@plinth/runtime/kernel';
import {
  canonicalHash,
  concludeCall,
  doubtCall,
  emitDeclared,
  forgetCall,
  type Found,
  type GuardFailure,
  type Metrics,
  noteCall,
  type Passed,
  type ReadMessage,
  readTrace,
  type SpanStart,
  type Tracer,
  UpstreamIds,
  type UpstreamCallRow,
} from '@plinth/runtime/pipeline';
import { answerOrFallback, type Ended, final, okOf, outcomeOf, unknown, unreached } from './ends.ts';
import type { Line, LineBook, Lines } from './lines.ts';
import {
  entriesOf,
  type LookUp,
  type Manifest,
  operationOf,
  type OperationEntry,
  prefixesOf,
  untoldOf,
} from './manifest.ts';
import { valueUnder } from './mapping.ts';
import { compileMessages } from './messages.ts';
import { type CallFacts, compilePlan, errorOf, isWritten, type Plan, type Read, type Written } from './plan.ts';
import { repeatable, Sender, type Sending } from './sender.ts';

/** Seconds after which "there is no such reference" is believed. */
const usualSettledS = 30;

/** Of a look-up: nobody waits for it, so it may take longer than the call it asks about. */
const lookUpTimeoutMs = 10_000;

/** What stands in for handlers while the manifest is there. */
export interface Fulfilment {
  upstream: string;
  lines: Lines;
  handlers: Record<string, BoundHandler>;
  owners: Record<string, OwnerResolver>;
  messages: Record<string, ReadMessage>;
  untold: Record<string, readonly string[]>;
  /** Looks up what became of a write; undefined = none of ours, or nothing to ask by. */
  ask(row: UpstreamCallRow, ctx: OpenContext): Promise<Found | undefined>;
}

export interface FulfilParts {
  manifest: Manifest;
  contract: Contract;
  target: Contract;
  book: LineBook;
  /** Of the platform's own things. */
  owners: Readonly<Record<string, OwnerResolver>>;
}

/** Compiles a checked manifest. Throws Unconfigured when an address or a secret is missing. */
export function fulfil({ manifest, contract, target, book, owners }: FulfilParts): Fulfilment {
  const lines = book.of(manifest);
  const { credential, upstream } = manifest;
  const { tracer, metrics, own } = book.options;
  const headers: string[] = [];
  if (credential !== undefined && 'header' in credential)
    headers.push(credential.header.toLowerCase(), (credential.prefix ?? '') + book.secret(credential.secret));
  const prefixes = prefixesOf(manifest);
  const ids = new UpstreamIds(upstream, prefixes);
  const routes = new Map(
    entriesOf(manifest, contract).map(([id, entry]) => {
      const operation = operationOf(contract, id);
      const theirs = operationOf(target, entry.target);
      const parts = { manifest, contract, target, lines, headers, ids, operation, theirs, entry, tracer, metrics, own };
      return [id, new Route(parts)];
    }),
  );
  return {
    upstream,
    lines,
    handlers: Object.fromEntries([...routes].map(([id, route]) => [id, route.handler()])),
    owners: Object.fromEntries([...prefixes.keys()].map((object) => [object, ids.owners(object, owners[object])])),
    messages: compileMessages({ manifest, contract, ids }),
    untold: untoldOf(manifest),
    ask: async (row, ctx) =>
      row.upstream === upstream ? routes.get(row.operation.split('.')[1] ?? '')?.ask(row, ctx) : undefined,
  };
}

interface RouteParts {
  manifest: Manifest;
  contract: Contract;
  target: Contract;
  lines: Lines;
  tracer: Tracer | undefined;
  metrics: Pick<Metrics, 'count'>;
  /** With which calls are sealed. */
  own: string | undefined;
  /** Of every request: who we are there. */
  headers: string[];
  ids: UpstreamIds;
  operation: Operation;
  theirs: Operation;
  entry: OperationEntry;
}

/** To an operation of theirs: what is said, and how it leaves. */
interface Way {
  plan: Plan;
  operation: Operation;
  sender: Sender;
}

interface WantedCall {
  way: Way;
  /** undefined = whichever is the caller's. */
  line?: Line;
  ctx: ReadContext | OpenContext;
  canRepeat: boolean;
}

/** One operation on its way to the other side. */
class Route {
  readonly #parts: RouteParts;
  readonly #way: Way;
  readonly #lookUp: (Way & { entry: LookUp }) | undefined;
  /** The other side takes a repetition for what it is. */
  readonly #isRepeatable: boolean;

  constructor(parts: RouteParts) {
    this.#parts = parts;
    const { entry, manifest, target, operation, theirs } = parts;
    const errors = [...(entry.errors ?? []), ...(manifest.errors ?? [])];
    const { request, response, idempotency } = entry;
    const keyHeader =
      typeof idempotency === 'object' && 'header' in idempotency ? idempotency.header.toLowerCase() : undefined;
    const timeoutMs = entry.timeoutMs ?? operation.policy.timeoutMs;
    this.#way = {
      plan: compilePlan({ ...parts, request, response, errors, idempotency }),
      operation: theirs,
      sender: new Sender({ ...parts, timeoutMs, keyHeader }),
    };
    this.#isRepeatable = idempotency === 'natural' || keyHeader !== undefined;
    if (typeof idempotency !== 'object' || !('lookUp' in idempotency)) return;
    const { lookUp } = idempotency;
    const asked = { ...parts, theirs: operationOf(target, lookUp.target) };
    this.#lookUp = {
      plan: compilePlan({ ...asked, request: lookUp.request, response: lookUp.response, errors: [] }),
      operation: asked.theirs,
      sender: new Sender({ ...asked, timeoutMs: lookUpTimeoutMs }),
      entry: lookUp,
    };
  }

  handler(): BoundHandler {
    const { manifest, operation } = this.#parts;
    if (operation.policy.effect === 'read') {
      return { kind: 'read', run: (input: Record<string, unknown>, ctx, sent) => this.#read(input, ctx, sent) };
    }
    if (manifest.pass !== undefined) {
      return { kind: 'open', run: (input: Record<string, unknown>, ctx, sent) => this.#passWrite(input, ctx, sent) };
    }
    return { kind: 'open', run: (input: Record<string, unknown>, ctx) => this.#write(input, ctx) };
  }

  /** Nothing here is async that need not be: a read is as quick as its promises are few. */
  #read(input: Record<string, unknown>, ctx: ReadContext, sent?: Sent): Promise<Reply | Problem | Passed> {
    const facts = { input, ctx, reference: '', sent };
    return this.#call(facts, { way: this.#way, ctx, canRepeat: true }).then((ended) => this.#seen(ended, facts, ctx));
  }

  /** What an answer to a read means. */
  #seen(
    ended: Ended | Problem,
    facts: CallFacts,
    ctx: ReadContext,
  ): Reply | Problem | Passed | Promise<Reply | Problem> {
    if (isProblem(ended)) return ended;
    if (ended.kind === 'failure') return answerOrFallback(unreached(ended.failure), this.#parts, ctx.log);
    if (this.#parts.manifest.pass !== undefined) return { passed: ended.answer };
    const { wasRepeated } = ended;
    const reading = this.#way.plan.read(ended.answer, facts);
    const told = (read: Read): Reply | Problem => answerOrFallback(final(read, wasRepeated), this.#parts, ctx.log);
    return reading instanceof Promise ? reading.then(told) : told(reading);
  }

  /** Its own key goes with it. That they know a repetition by it is only sure where the manifest says so. */
  async #passWrite(input: Record<string, unknown>, ctx: OpenContext, sent?: Sent): Promise<Problem | Passed> {
    const { manifest, operation, theirs } = this.#parts;
    const canRepeat = this.#isRepeatable && manifest.operations?.[operation.id] !== undefined;
    const facts = { input, ctx, reference: this.#reference(ctx.key, input), sent };
    const ended = await this.#call(facts, { way: this.#way, ctx, canRepeat });
    if (isProblem(ended)) return ended;
    if (ended.kind === 'answer') return { passed: ended.answer };
    const isOpen = ended.failure.wasSent && !canRepeat && !repeatable.has(theirs.method.toUpperCase());
    return isOpen ? unknown() : unreached(ended.failure);
  }

  async #write(input: Record<string, unknown>, ctx: OpenContext): Promise<Reply | Problem> {
    const { manifest } = this.#parts;
    const reference = this.#reference(ctx.key, input);
    const fingerprint = canonicalHash({ operation: ctx.operation, input });
    const { principal, traceId, callbacks } = ctx;
    let line = this.#lineOf(principal, ctx.release);
    const call = { key: ctx.key, upstream: manifest.upstream, operation: ctx.operation, reference, fingerprint, input };
    const note = { ...call, release: line.release, principal, traceId, callbacks };
    const row = await noteCall(ctx.db, note, this.#parts.own);
    crashPoint('upstream.noted');
    if (row !== 'new') {
      const known = await this.#resume(row, ctx, fingerprint);
      if (known !== undefined) return known;
      // The release that has seen this key knows a repetition by it.
      line = this.#lineOf(row.principal, row.release);
    }
    const facts = { input, ctx, reference };
    const ended = await this.#call(facts, { way: this.#way, line, ctx, canRepeat: this.#isRepeatable });
    crashPoint('upstream.answered');
    if (isProblem(ended)) {
      await forgetCall(ctx.db, ctx.key);
      return ended;
    }
    return ended.kind === 'failure' ? this.#failed(ended.failure, ctx) : this.#answered(ended, facts, ctx);
  }

  /** An earlier attempt under this key: its end, or undefined when it may be sent (again). */
  async #resume(row: UpstreamCallRow, ctx: OpenContext, fingerprint: string): Promise<Reply | Problem | undefined> {
    if (row.fingerprint !== fingerprint) return problem('idempotency-key-reused');
    // It was sealed with another key: that there was a call is all that is known.
    if (row.isLost) return unknown(row.job ?? undefined);
    if (row.state === 'done' && row.reply !== null)
      return row.reply.isKept === false ? problem('answer-not-kept', { status: row.reply.status }) : row.reply;
    if (row.state !== 'started') return unknown(row.job ?? '');
    if (this.#isRepeatable) return undefined;
    // The process died, or the caller repeats while it is under way: only the other side can tell.
    const found = await this.ask(row, ctx);
    if (found?.kind === 'absent') return undefined;
    if (found?.kind === 'done') return this.#conclude(found.reply, { input: row.input, ctx });
    return this.#doubt(ctx);
  }

  async #failed(failure: GuardFailure, ctx: OpenContext): Promise<Problem> {
    if (!failure.wasSent) {
      await forgetCall(ctx.db, ctx.key);
      return unreached(failure);
    }
    // With a key of theirs a repetition is the same call; the row stays, so that it uses the same key.
    return !this.#isRepeatable ? this.#doubt(ctx) : unreached(failure);
  }

  async #answered(
    { answer, wasRepeated }: Extract<Ended, { kind: 'answer' }>,
    facts: CallFacts,
    ctx: OpenContext,
  ): Promise<Reply | Problem> {
    const { manifest, entry } = this.#parts;
    // They will do it: what comes of it is looked up, as if the answer were on its way.
    if (answer.status === 202 && this.#lookUp !== undefined) return this.#doubt(ctx, true);
    const result = await this.#way.plan.read(answer, facts);
    if ('reason' in result) {
      ctx.log.error('an upstream gave an unusable answer', { upstream: manifest.upstream, reason: result.reason });
      return !this.#isRepeatable ? this.#doubt(ctx) : final(problem('upstream-failed'), wasRepeated);
    }
    if (!isProblem(result)) return this.#conclude(result, { input: facts.input, ctx });
    const errors = [...(entry.errors ?? []), ...(manifest.errors ?? [])];
    const isCertain = answer.status < 500 || answer.status === 503 || errorOf(answer, manifest, errors) !== undefined;
    if (!isCertain && !this.#isRepeatable) return this.#doubt(ctx);
    if (isCertain) await forgetCall(ctx.db, ctx.key);
    return final(result, wasRepeated);
  }

  /** It took effect: that, and the facts our contract declares, commit together, once. */
  async #conclude(
    reply: Pick<Reply, 'status' | 'body'>,
    { input, ctx }: { input: Record<string, unknown> | CallFacts['input']; ctx: OpenContext },
  ): Promise<Reply> {
    const { operation, contract, entry, own } = this.#parts;
    await ctx.transaction(async (tx) => {
      if (!(await concludeCall(tx.db, ctx.key, reply, own))) return;
      const told = { operation, contract, binding: { untold: { [operation.id]: entry.untold ?? [] } } };
      emitDeclared({ operation: told, input, principal: ctx.principal }, tx, reply);
    });
    crashPoint('upstream.concluded');
    return reply;
  }

  async #doubt(ctx: OpenContext, isAccepted = false): Promise<Problem> {
    const job = ctx.job ?? ctx.ids.of('job');
    const canAsk = this.#lookUp !== undefined;
    const monitor = await ctx.transaction(({ db }) => doubtCall(db, { key: ctx.key, job, canAsk, isAccepted }));
    // What can be asked about is counted when it is known.
    if (!canAsk) this.#parts.metrics.count('plinth.upstream.unknown', { result: 'human' });
    if (!isAccepted)
      ctx.log.warn('the outcome of a call is unknown', { upstream: this.#parts.manifest.upstream, job: monitor });
    return unknown(monitor);
  }

  /** Asks by the reference. Nothing is sent again. */
  async ask(row: UpstreamCallRow, ctx: OpenContext): Promise<Found> {
    const lookUp = this.#lookUp;
    if (lookUp === undefined) return { kind: 'unclear' };
    const facts = {
      input: row.input,
      ctx: {
        ...ctx,
        principal: row.principal,
        owner: row.principal.customerId,
        traceId: row.traceId,
        trace: readTrace(row.traceId),
      },
      reference: row.reference,
    };
    // Another release may not know of it, and would free the key.
    const line = this.#lineOf(row.principal, row.release);
    const ended = await this.#call(facts, { way: lookUp, line, ctx, canRepeat: true });
    if (isProblem(ended)) return { kind: 'unclear' };
    if (ended.kind === 'failure') {
      const { reason, retryAfterS } = ended.failure;
      return reason === 'breaker-open' || reason === 'no-room' ? { kind: 'unasked', retryAfterS } : { kind: 'unclear' };
    }
    if (ended.answer.status === 202) return { kind: 'unclear' };
    if (ended.answer.status === 404) {
      const settledS = lookUp.entry.settledAfterS ?? usualSettledS;
      return row.ageS >= settledS ? { kind: 'absent' } : { kind: 'unclear' };
    }
    const result = await lookUp.plan.read(ended.answer, facts);
    if (isProblem(result) || 'reason' in result) return { kind: 'unclear' };
    return { kind: 'done', reply: { status: okOf(this.#parts.operation), body: result.body } };
  }

  /** One call with all its repetitions: one span. */
  #call(facts: CallFacts, wanted: WantedCall): Promise<Ended | Problem> {
    const { manifest, tracer } = this.#parts;
    const { trace } = facts.ctx;
    if (tracer === undefined) return this.#send(facts, wanted, trace);
    const { method, id } = wanted.way.operation;
    const attributes = { 'http.request.method': method.toUpperCase(), 'plinth.upstream': manifest.upstream };
    const about: SpanStart = { name: `${manifest.upstream} ${id}`, kind: 'client', attributes };
    const span = tracer.start(trace, about);
    // Also what cannot be written ends the span.
    return Promise.try(() => this.#send(facts, wanted, span ?? trace)).then(
      (ended) => {
        span?.end(...outcomeOf(ended));
        return ended;
      },
      (error: unknown) => {
        span?.end({ 'error.type': 'internal' }, true);
        throw error;
      },
    );
  }

  /** Of a caller; `release`: the one to be asked, even when it is on trial no more. */
  #lineOf({ customerId, subject }: Principal, release: string | null | undefined): Line {
    return this.#parts.lines.canary.choose(customerId ?? subject, release ?? undefined);
  }

  #send(facts: CallFacts, { way, ctx, canRepeat, ...wanted }: WantedCall, trace: Trace): Promise<Ended | Problem> {
    const line = wanted.line ?? this.#lineOf(ctx.principal, ctx.release);
    const sending: Sending = { ctx, trace, line, canRepeat, reference: facts.reference };
    const writing = way.plan.write(facts, line.prefix);
    if (writing instanceof Promise) return writing.then((written) => sentBy(way, written, sending));
    return sentBy(way, writing, sending);
  }

  #reference(callKey: string, input: Record<string, unknown>): string {
    const { idempotency } = this.#parts.entry;
    const from = typeof idempotency === 'object' && 'header' in idempotency ? idempotency.from : undefined;
    const own = from === undefined ? undefined : valueUnder({ input, body: input['body'] }, from);
    const key = typeof own === 'string' && own !== '' ? own : callKey;
    return sha256(`${key} ${this.#parts.manifest.upstream}.${this.#parts.theirs.id}`).slice(0, 32);
  }
}

function sentBy({ sender }: Way, written: Written | Problem, sending: Sending): Promise<Ended | Problem> {
  return isWritten(written) ? sender.send(written, sending) : Promise.resolve(written);
}

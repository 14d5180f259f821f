// Stage `read cache`: an answer that was given may be given again, for as long and to whom the contract says. It stands
// behind authorization, so a hit is never a leak. A dispatch that fills the cache is an exchange of its own (a flight): it
// outlives a caller who leaves, and many callers wait for one. Writes purge as part of their dispatch.

import type { CachePolicy } from '@plinth/contract';
import { read, type BoundHandler } from '../../capability.ts';
import type { ReadContext } from '../../context.ts';
import { AssertionError, type Clock, elapsedMs, type Principal } from '../../kernel/index.ts';
import type { Executor } from '../../operations/executor.ts';
import { type Kept, mostBodyBytes } from '../cache/answer-store.ts';
import type { EdgeCache, Flight } from '../cache/edge-cache.ts';
import {
  cacheableHeaders,
  digestTag,
  fallbackStatus,
  forwardStatus,
  hitStatus,
  isOnlyIfCached,
} from '../cache/headers.ts';
import { compileKey } from '../cache/key.ts';
import { compileTags } from '../cache/tags.ts';
import type { Deadlines } from '../deadlines.ts';
import { Exchange, later, proceed, run, type Answer, type Outcome, type Step } from '../exchange.ts';
import { refuse, type CompiledOperation } from '../operation.ts';
import { retraced } from '../problems.ts';
import type { Admission } from './admit.ts';
import { compileDispatch } from './dispatch.ts';
import { etagOf } from './respond.ts';

export interface CacheParts {
  cache: EdgeCache;
  clock: Clock;
  executor: Executor;
  deadlines: Deadlines;
  admission: Admission;
}

/** A failed refresh is not tried again for so long, per operation and key. */
const retryAfterMs = 3_000;
/** From this overload level on nothing is refreshed in the background. */
const busyLevel = 0.2;

/** undefined for operations without `ttl`, and for mocked ones: their answers come from memory and obey `Prefer`. */
export function compileReadCache(operation: CompiledOperation, parts: CacheParts): Step | undefined {
  const { cache } = operation.operation.policy;
  if (cache?.ttlS === undefined || operation.handler === undefined) return undefined;
  // A withdrawn consent binds the next answer, so that answer is made anew.
  if (operation.shapes.purposes.length > 0) return undefined;
  const reader = new CachedRead(operation, cache, parts);
  return (x) => reader.answer(x);
}

/** The executor for an operation that purges: after the commit and before its answer, also if the caller has gone. */
export function purging(operation: CompiledOperation, parts: CacheParts): Pick<Executor, 'read' | 'write'> {
  const { executor, cache } = parts;
  const { policy } = operation.operation;
  if (policy.cache === undefined || policy.cache.purges.length === 0) return executor;
  const tagsOf = compileTags(policy.cache.purges);
  // What orchestrates may have committed before it failed; one transaction has not.
  const isWhole = operation.handler?.kind !== 'open';
  return {
    read: (x) => executor.read(x),
    write: async (x) => {
      // With the commit, to every edge. What commits in parts tells it afterwards.
      if (isWhole) x.purges = tagsOf;
      try {
        const answer = await executor.write(x);
        if (isWhole && answer.status >= 400) return answer;
        const tags = tagsOf(x, answer);
        cache.purge(tags);
        if (!isWhole) await executor.announce(tags);
        return answer;
      } catch (error) {
        const tags = tagsOf(x);
        cache.purge(tags); // The commit may have happened without our hearing of it.
        if (!isWhole) await executor.announce(tags);
        throw error;
      }
    },
  };
}

class CachedRead {
  readonly #parts: CacheParts;
  readonly #policy: CachePolicy;
  readonly #ttlMs: number;
  readonly #keyOf: (x: Exchange) => string;
  readonly #tagsOf: (x: Exchange) => string[];
  readonly #headers: readonly string[];
  /** The operation as flights run it: dispatch alone, and for public answers without a principal. */
  readonly #flown: CompiledOperation;
  /** Keys whose refresh failed lately, with the time from which it may be tried again. */
  readonly #resting = new Map<string, number>();

  constructor(operation: CompiledOperation, policy: CachePolicy, parts: CacheParts) {
    this.#parts = parts;
    this.#policy = policy;
    this.#ttlMs = (policy.ttlS ?? 0) * 1000;
    this.#keyOf = compileKey(operation, policy);
    this.#tagsOf = compileTags(policy.tags);
    this.#headers = cacheableHeaders(operation, policy);
    const handler = policy.scope === 'public' ? forNobody(operation) : operation.handler;
    this.#flown = { ...operation, handler };
    this.#flown.callSteps = [compileDispatch(this.#flown, { ...parts, jobs: undefined })];
  }

  answer(x: Exchange): Outcome {
    const { cache, clock } = this.#parts;
    const nowMs = clock.now().epochMilliseconds;
    const key = this.#keyOf(x);
    const kept = cache.find(key);
    const ageMs = kept === undefined ? Infinity : ageOf(kept, nowMs);
    if (kept !== undefined && ageMs < this.#ttlMs + this.#policy.stale.whileRevalidateS * 1000) {
      const isFresh = ageMs < this.#ttlMs;
      cache.events.count(isFresh ? 'hit' : 'stale');
      if (!isFresh) this.#refresh(x, key, nowMs);
      return this.#again(kept, ageMs, hitStatus(this.#ttlLeftS(ageMs)));
    }
    if (isOnlyIfCached(x.header('cache-control'))) return refuse(x, 'not-cached');
    return this.#wait(x, key, kept !== undefined);
  }

  /** Joins the flight of this key, or starts it. */
  #wait(x: Exchange, key: string, isStale: boolean): typeof later {
    const { cache, deadlines } = this.#parts;
    const under = cache.flightOf(key);
    cache.events.count(under === undefined ? 'miss' : 'collapsed');
    const flight = under ?? cache.depart({ key, tags: this.#tagsOf(x), startedMs: x.startedMs, isStale });
    flight.waiting.push(x);
    const isEarlier = x.startedMs < flight.startedMs;
    if (x.deadlineMs === 0 && isEarlier) x.deadlineMs = x.startedMs + x.operation.timeoutMs;
    // The flight's own deadline comes later than this caller's.
    if (x.deadlineMs !== 0) deadlines.add(x);
    if (under === undefined) this.#fly(x, flight);
    return later;
  }

  /** In the background, and only when there is time for it. */
  #refresh(x: Exchange, key: string, nowMs: number): void {
    const { cache, admission } = this.#parts;
    if (cache.flightOf(key) !== undefined || admission.level >= busyLevel) return;
    if ((this.#resting.get(key) ?? 0) > nowMs) return;
    this.#resting.delete(key);
    this.#fly(x, cache.depart({ key, tags: this.#tagsOf(x), startedMs: elapsedMs(), isStale: true }));
  }

  #fly(x: Exchange, flight: Flight): void {
    const { traceId, path, rawPath } = x;
    const { startedMs } = flight;
    const made = new Exchange(
      this.#flown,
      { transport: undefined, call: { input: x.input }, traceId, startedMs, path, rawPath, query: '' },
      { finish: (flown, answer) => this.#land(flight, flown, answer), fail: x.fail },
    );
    made.input = x.input;
    // Who calls from inside is known here, too: an answer for everybody is made for nobody.
    if (this.#policy.scope === 'private') {
      made.principal = x.principal;
      made.owner = x.owner;
      made.onBehalfOf = x.onBehalfOf;
    }
    const { spanId, isSampled, traceState } = x.trace;
    made.spanId = spanId;
    made.isSampled = isSampled;
    made.traceState = traceState;
    run(made);
  }

  #land(flight: Flight, flown: Exchange, given: Answer): void {
    const { cache, deadlines, clock } = this.#parts;
    deadlines.remove(flown);
    cache.land(flight);
    const answer = checkCookies(flown, given);
    const kept = this.#kept(flight, flown, answer);
    const stored = kept !== undefined && kept.body.byteLength <= mostBodyBytes && cache.keep(flight.key, kept);
    if ((answer.status >= 500 || answer.isStandIn) && flight.isStale) {
      const nowMs = clock.now().epochMilliseconds;
      this.#rest(flight.key, nowMs);
      const stale = this.#fallback(flight.key, answer, nowMs);
      if (stale !== undefined || flight.waiting.length === 0) cache.events.failed(flown, answer.code);
      if (stale !== undefined) {
        for (const x of flight.waiting) proceed(x, stale);
        return;
      }
    }
    flight.waiting.forEach((x, index) => {
      x.fault = flown.fault;
      const status = forwardStatus(flight.isStale ? 'stale' : 'uri-miss', { stored, collapsed: index > 0 });
      proceed(x, this.#forwarded(x, answer, kept, status));
    });
  }

  /** An answer that may be given again. Of failures, refusals and other statuses nothing is kept. */
  #kept(flight: Flight, flown: Exchange, answer: Answer): Kept | undefined {
    if (answer.status !== 200 || answer.body === undefined) return undefined;
    if (answer.isStandIn) return undefined;
    const body = typeof answer.body === 'string' ? Buffer.from(answer.body) : answer.body;
    return {
      headers: answer.headers,
      type: answer.type,
      body,
      etag: answer.version === undefined ? digestTag(body) : etagOf(flown, answer.version),
      value: flown.operation.operation.policy.signal === undefined ? undefined : answer.value,
      storedMs: this.#parts.clock.now().epochMilliseconds,
      asOf: flight.asOf,
      tags: flight.tags,
    };
  }

  /** The stale answer in place of an error, as long as the contract says. */
  #fallback(key: string, error: Answer, nowMs: number): Answer | undefined {
    const { cache } = this.#parts;
    const kept = cache.find(key);
    if (kept === undefined) return undefined;
    const ageMs = ageOf(kept, nowMs);
    if (ageMs >= this.#ttlMs + this.#policy.stale.ifErrorS * 1000) return undefined;
    cache.events.count('stale-if-error');
    return this.#again(kept, ageMs, fallbackStatus(error.status, this.#ttlLeftS(ageMs)));
  }

  #rest(key: string, nowMs: number): void {
    if (this.#resting.size >= 1_000) this.#resting.clear();
    this.#resting.set(key, nowMs + retryAfterMs);
  }

  #again(kept: Kept, ageMs: number, status: string): Answer {
    return {
      status: 200,
      headers: [...kept.headers, 'Age', String(Math.floor(ageMs / 1000)), 'Cache-Status', status],
      type: kept.type,
      body: kept.body,
      value: kept.value,
      cached: { headers: this.#headers, etag: kept.etag },
    };
  }

  #forwarded(x: Exchange, answer: Answer, kept: Kept | undefined, status: string): Answer {
    const own = answer.code === undefined ? answer : toldTo(x, answer, answer.code);
    const told = { ...own, headers: [...own.headers, 'Cache-Status', status] };
    return kept === undefined ? told : { ...told, cached: { headers: this.#headers, etag: kept.etag } };
  }

  /** Seconds until the answer is stale, rounded down; negative = since. */
  #ttlLeftS(ageMs: number): number {
    return Math.floor((this.#ttlMs - ageMs) / 1000);
  }
}

/** Nobody's language is asked for in a flight: each of those who wait has one. */
function toldTo(x: Exchange, answer: Answer, code: string): Answer {
  return answer.parts === undefined ? retraced(answer, x.traceId) : refuse(x, code, answer.parts);
}

/** A clock that was set back makes nothing older than new. */
function ageOf(kept: Kept, nowMs: number): number {
  return Math.max(0, nowMs - kept.storedMs);
}

/** A cookie is for one caller; here several may get the answer. */
function checkCookies(flown: Exchange, answer: Answer): Answer {
  if (!answer.headers.some((text, index) => index % 2 === 0 && text.toLowerCase() === 'set-cookie')) return answer;
  flown.fault = 'a cacheable operation sets a cookie';
  return refuse(flown, 'response-breaks-contract');
}

/** The handler of a public answer: asking who calls is a mistake of ours, and found at the first call. */
function forNobody({ handler, key }: CompiledOperation): BoundHandler {
  const nobody = new Proxy({} as Principal, {
    get: (_, name) => {
      throw new AssertionError(`${key} is cached for everybody and looks at principal.${String(name)}`);
    },
  });
  const { run: answer } = handler as { run: (input: never, ctx: ReadContext) => Promise<unknown> };
  // The context has own properties only (operations/contexts.ts).
  return read((input, ctx) => answer(input, { ...ctx, principal: nobody }));
}

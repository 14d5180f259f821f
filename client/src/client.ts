// Sends operations: keys, retries, problems, pages, jobs. Needs `fetch` and nothing else; works in browsers and Node.

import { readAnswer, type Sent } from './answer.ts';
import type { OperationDescriptor } from './descriptor.ts';
import { whenDone } from './job.ts';
import { type LiveEvent, type OpenEventSource, watch } from './live.ts';
import { noticesOf, type Notice } from './notices.ts';
import { pages } from './pages.ts';
import { type PlinthProblem, unanswered } from './problem.ts';
import { type CallInput, writeRequest, type WireBody, type WireRequest } from './request.ts';
import { delayMs, Load, mayRepeat, realTiming, type Repeatable, retryLimits, type Timing } from './retry.ts';

export interface ClientOptions {
  /** Origin, without trailing slash; default '' = the page's own. */
  baseUrl?: string;
  fetch?: (url: string, init: RequestInit) => Promise<Response>;
  /** Bearer token of each request, which then carries no cookie; undefined = the browser's session cookie. */
  auth?: () => string | undefined;
  /** Where the caller is: web, mobile, kiosk, desk … */
  channel?: string;
  /** Language tag of what stands around the answers; problems are told in it, where they can be. */
  language?: () => string | undefined;
  /** Deprecations and nearly used-up limits, once per operation and kind. */
  onNotice?: (notice: Notice) => void;
  /** Each attempt that was answered, as it went over the wire: for logs and for pages that show calls. */
  onExchange?: (exchange: Exchange) => void;
  /** For tests and hosts without EventSource. */
  openEventSource?: OpenEventSource;
  timing?: Timing;
}

export interface Exchange {
  method: string;
  url: string;
  headers: Readonly<Record<string, string>>;
  body: WireBody | undefined;
  /** A copy: its body is not read yet. */
  response: Response;
  /** From sending to the answer's header, in milliseconds. */
  ms: number;
}

export interface CallOptions {
  signal?: AbortSignal;
  /** Idempotency key; made by the client for writes when absent. The same key never acts twice. */
  key?: string;
  /** ETag or version the change is based on. */
  ifMatch?: string | number;
  /** Decision that led here. */
  decision?: string;
  /** Id of a confirmation the customer gave. */
  confirmation?: string;
  /** For all attempts together, with `done` also for the work itself; default 30,000. */
  timeoutMs?: number;
}

export type SafeResult<Output, Code extends string = string> =
  | { ok: true; value: Output; etag: string | undefined }
  | { ok: false; problem: PlinthProblem<Code> };

export interface Client {
  /** The body of the answer; throws PlinthProblem. */
  call(operation: OperationDescriptor, input?: CallInput, options?: CallOptions): Promise<unknown>;
  /** The same with problems as values. Still throws when the caller's own signal aborts. */
  safe<Output = unknown>(
    operation: OperationDescriptor,
    input?: CallInput,
    options?: CallOptions,
  ): Promise<SafeResult<Output>>;
  /** Members of all pages; at most 1,000 pages. */
  each(
    operation: OperationDescriptor,
    input?: CallInput,
    options?: CallOptions,
  ): AsyncGenerator<unknown, void, undefined>;
  /** What comes out in the end when the answer is 202: asks its `Location` until done. Throws PlinthProblem. */
  done(operation: OperationDescriptor, input?: CallInput, options?: CallOptions): Promise<unknown>;
  /** Watches topics (names of capabilities, and `jobs` for the ends of one's own) until the returned function is called. */
  live(topics: readonly string[], onEvent: (event: LiveEvent) => void): () => void;
}

const defaultTimeoutMs = 30_000;

/**
 * A client of one platform. Share it: the retry budget counts over all its calls, and so does the position of its writes,
 * which its reads carry (`Plinth-Position`): a read shows what was written before, or says `stale: true` after a second.
 */
export function createClient(options: ClientOptions = {}): Client {
  const sender = new Sender(options);
  const call = async (...args: Parameters<Client['call']>): Promise<unknown> => valueOf(await sender.send(...args));
  return {
    call,
    safe: async <Output>(...args: Parameters<Client['call']>): Promise<SafeResult<Output>> => {
      const { problem, value, response } = await sender.send(...args);
      if (problem) return { ok: false, problem };
      return { ok: true, value: value as Output, etag: response?.headers.get('etag') ?? undefined };
    },
    each: (operation, input = {}, callOptions = {}) =>
      pages(operation, input, async (pageInput) => call(operation, pageInput, callOptions)),
    done: async (...args) => valueOf(await sender.finish(...args)),
    live: (topics, onEvent) => {
      const query = topics.map(encodeURIComponent).join(',');
      return watch(
        options.openEventSource ?? browserEventSource,
        `${options.baseUrl ?? ''}/live?topics=${query}`,
        onEvent,
      );
    },
  };
}

function valueOf({ problem, value }: Sent): unknown {
  if (problem) throw problem;
  return value;
}

/** Attempts of all calls, with what they share: the load on the service, the position of its writes and the notices told. */
class Sender {
  readonly #options: ClientOptions;
  readonly #timing: Timing;
  readonly #load: Load;
  readonly #told = new Set<string>();
  /** The greatest it was answered with. */
  #position = 0;

  constructor(options: ClientOptions) {
    this.#options = options;
    this.#timing = options.timing ?? realTiming;
    this.#load = new Load(this.#timing.now);
  }

  /** One call with its repeats. Rejects only when the caller's signal aborts or the input has a hole. */
  async send(operation: OperationDescriptor, input: CallInput = {}, options: CallOptions = {}): Promise<Sent> {
    const call = prepare(operation, input, options, this.#options);
    const timeoutMs = options.timeoutMs ?? defaultTimeoutMs;
    const deadlineMs = this.#timing.now() + timeoutMs;
    // What is left of a deadline is seldom a whole number, which Node insists on.
    const limit = AbortSignal.timeout(Math.ceil(timeoutMs));
    const signal = options.signal ? AbortSignal.any([options.signal, limit]) : limit;
    if (!this.#load.admit(operation, this.#timing.random)) return { problem: unanswered('held-back') };
    for (let attempt = 0; ; attempt++) {
      const leftMs = Math.max(1, Math.floor(deadlineMs - this.#timing.now()));
      // Relative, so that no two clocks are compared.
      const headers = operation.foreign ? call.headers : { ...call.headers, 'plinth-deadline': String(leftMs) };
      if (!operation.foreign && operation.effect === 'read' && call.method === 'GET' && this.#position > 0)
        headers['plinth-position'] = String(this.#position);
      const sent = await this.#attempt(operation, { ...call, headers }, { signal, caller: options.signal });
      const { problem } = sent;
      if (problem === undefined || attempt >= retryLimits.retries || !mayRepeat(operation, call, problem)) return sent;
      const delay = delayMs(attempt, problem, this.#timing.random);
      if (this.#timing.now() + delay >= deadlineMs || !this.#load.takeRepeat()) return sent;
      try {
        await this.#timing.wait(delay, signal);
      } catch (error) {
        if (options.signal?.aborted) throw error;
        return sent;
      }
    }
  }

  /** One call and, when it answers 202, what comes out of it. */
  async finish(operation: OperationDescriptor, input?: CallInput, options: CallOptions = {}): Promise<Sent> {
    const timeoutMs = options.timeoutMs ?? defaultTimeoutMs;
    const deadlineMs = this.#timing.now() + timeoutMs;
    const { signal } = options;
    return whenDone(operation, await this.send(operation, input, options), {
      read: async (status, leftMs) => this.send(status, {}, { timeoutMs: leftMs, ...(signal ? { signal } : {}) }),
      now: this.#timing.now,
      wait: async (delay) => this.#timing.wait(delay, signal),
      deadlineMs,
    });
  }

  async #attempt(
    operation: OperationDescriptor,
    call: Prepared,
    { signal, caller }: { signal: AbortSignal; caller: AbortSignal | undefined },
  ): Promise<Sent> {
    const send = this.#options.fetch ?? fetch;
    const { method, headers, body } = call;
    const url = `${this.#options.baseUrl ?? ''}${call.target}`;
    const sentMs = this.#timing.now();
    try {
      const response = await send(url, {
        method,
        headers,
        // A token speaks for itself: the session beside it would hide what the token may not do.
        credentials: 'authorization' in headers ? 'omit' : 'same-origin',
        signal,
        ...(body === undefined ? {} : { body }),
      });
      const ms = this.#timing.now() - sentMs;
      this.#options.onExchange?.({ method, url, headers, body, response: response.clone(), ms });
      if (response.status !== 429 && response.status !== 503) this.#load.accepted(operation);
      if (!operation.foreign)
        this.#position = Math.max(this.#position, Number(response.headers.get('plinth-position')) || 0);
      this.#tell(operation, response);
      return await readAnswer(response);
    } catch (error) {
      if (caller?.aborted) throw error;
      return { problem: unanswered(signal.aborted ? 'timeout' : 'unreachable') };
    }
  }

  #tell(operation: OperationDescriptor, response: Response): void {
    const { onNotice } = this.#options;
    if (!onNotice) return;
    for (const notice of noticesOf(`${operation.capability}.${operation.id}`, response.headers)) {
      const once = `${notice.kind} ${notice.operation}`;
      if (this.#told.has(once)) continue;
      this.#told.add(once);
      onNotice(notice);
    }
  }
}

interface Prepared extends WireRequest, Repeatable {
  method: string;
}

function prepare(operation: OperationDescriptor, input: CallInput, call: CallOptions, client: ClientOptions): Prepared {
  const wire = writeRequest(operation, input);
  const { headers } = wire;
  // One key for all attempts: the server acts on the first that arrives and answers the others with its result.
  const wanted = operation.effect !== 'read' && operation.idempotency !== 'none';
  const key = call.key ?? headers['idempotency-key'] ?? (wanted ? crypto.randomUUID() : undefined);
  const token = client.auth?.();
  const language = client.language?.();
  if (key !== undefined) headers['idempotency-key'] = key;
  if (token !== undefined) headers['authorization'] = `Bearer ${token}`;
  if (language !== undefined) headers['accept-language'] ??= language;
  if (call.ifMatch !== undefined)
    headers['if-match'] = typeof call.ifMatch === 'number' ? `"${call.ifMatch}"` : call.ifMatch;
  if (!operation.foreign) {
    if (call.decision !== undefined) headers['plinth-decision'] = call.decision;
    if (call.confirmation !== undefined) headers['plinth-confirmation'] = call.confirmation;
    if (client.channel !== undefined) headers['plinth-channel'] = client.channel;
  }
  return { ...wire, method: operation.method, key: wanted ? key : undefined, conditional: 'if-match' in headers };
}

function browserEventSource(url: string): ReturnType<OpenEventSource> {
  return new EventSource(url);
}

// Sends operations: keys, retries, problems, pages. Needs `fetch` and nothing else; works in browsers and Node.

import type { OperationDescriptor } from './descriptor.ts';
import { type LiveEvent, type OpenEventSource, watch } from './live.ts';
import { noticesOf, type Notice } from './notices.ts';
import { PlinthProblem, unanswered } from './problem.ts';
import { type CallInput, writeRequest, type WireRequest } from './request.ts';
import { delayMs, mayRepeat, realTiming, retryAfterOf, RetryBudget, retryLimits, type Timing } from './retry.ts';

export interface ClientOptions {
  /** Origin, without trailing slash; default '' = the page's own. */
  baseUrl?: string;
  fetch?: (url: string, init: RequestInit) => Promise<Response>;
  /** Bearer token of each request; undefined = the browser's session cookie. */
  auth?: () => string | undefined;
  /** Where the caller is: web, mobile, kiosk, desk … */
  channel?: string;
  /** Deprecations and nearly used-up limits, once per operation and kind. */
  onNotice?: (notice: Notice) => void;
  /** For tests and hosts without EventSource. */
  openEventSource?: OpenEventSource;
  timing?: Timing;
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
  /** For all attempts together; default 30,000. */
  timeoutMs?: number;
}

export type SafeResult<Output> =
  | { ok: true; value: Output; etag: string | undefined }
  | { ok: false; problem: PlinthProblem };

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
  /** Watches topics (names of capabilities) until the returned function is called. */
  live(topics: readonly string[], onEvent: (event: LiveEvent) => void): () => void;
}

const mostPages = 1000;
const defaultTimeoutMs = 30_000;

/** A client of one platform. Share it: the retry budget counts over all its calls. */
export function createClient(options: ClientOptions = {}): Client {
  const timing = options.timing ?? realTiming;
  const budget = new RetryBudget(timing.now);
  const told = new Set<string>();
  const send = async (operation: OperationDescriptor, input: CallInput, callOptions: CallOptions): Promise<Sent> => {
    const call = prepare(operation, input, callOptions, options);
    const deadline = AbortSignal.timeout(callOptions.timeoutMs ?? defaultTimeoutMs);
    const signal = callOptions.signal ? AbortSignal.any([callOptions.signal, deadline]) : deadline;
    budget.countRequest();
    for (let attempt = 0; ; attempt++) {
      const sent = await attemptOnce(call, signal, { ...options, callerSignal: callOptions.signal });
      if (sent.response) tell(operation, sent.response, told, options.onNotice);
      const { problem } = sent;
      if (problem === undefined || attempt >= retryLimits.retries) return sent;
      if (!mayRepeat(operation, call.key, problem) || !budget.take()) return sent;
      try {
        await timing.wait(delayMs(attempt, problem, timing.random), signal);
      } catch (error) {
        if (callOptions.signal?.aborted) throw error;
        return sent;
      }
    }
  };
  const safe = async <Output>(
    operation: OperationDescriptor,
    input: CallInput = {},
    callOptions: CallOptions = {},
  ): Promise<SafeResult<Output>> => {
    const sent = await send(operation, input, callOptions);
    if (sent.problem) return { ok: false, problem: sent.problem };
    return { ok: true, value: sent.value as Output, etag: sent.response?.headers.get('etag') ?? undefined };
  };
  const call = async (
    operation: OperationDescriptor,
    input?: CallInput,
    callOptions?: CallOptions,
  ): Promise<unknown> => {
    const result = await safe(operation, input, callOptions);
    if (!result.ok) throw result.problem;
    return result.value;
  };
  return {
    call,
    safe,
    each: (operation, input = {}, callOptions = {}) =>
      pages(operation, input, async (cursorInput) => call(operation, cursorInput, callOptions)),
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

interface Prepared extends WireRequest {
  method: string;
  key: string | undefined;
}

interface Sent {
  response?: Response;
  value?: unknown;
  problem?: PlinthProblem;
}

function prepare(operation: OperationDescriptor, input: CallInput, call: CallOptions, client: ClientOptions): Prepared {
  const wire = writeRequest(operation, input);
  const { headers } = wire;
  // One key for all attempts: the server acts on the first that arrives and answers the others with its result.
  const wanted = operation.effect !== 'read' && operation.idempotency !== 'none';
  const key = call.key ?? (wanted ? crypto.randomUUID() : undefined);
  const token = client.auth?.();
  if (key !== undefined) headers['idempotency-key'] = key;
  if (token !== undefined) headers['authorization'] = `Bearer ${token}`;
  if (call.ifMatch !== undefined)
    headers['if-match'] = typeof call.ifMatch === 'number' ? `"${call.ifMatch}"` : call.ifMatch;
  if (call.decision !== undefined) headers['plinth-decision'] = call.decision;
  if (call.confirmation !== undefined) headers['plinth-confirmation'] = call.confirmation;
  if (client.channel !== undefined) headers['plinth-channel'] = client.channel;
  return { ...wire, method: operation.method, key: wanted || operation.effect === 'read' ? key : undefined };
}

async function attemptOnce(
  call: Prepared,
  signal: AbortSignal,
  options: ClientOptions & { callerSignal: AbortSignal | undefined },
): Promise<Sent> {
  const send = options.fetch ?? fetch;
  try {
    const response = await send(`${options.baseUrl ?? ''}${call.target}`, {
      method: call.method,
      headers: call.headers,
      credentials: 'same-origin',
      signal,
      ...(call.body === undefined ? {} : { body: call.body }),
    });
    const text = await response.text();
    return readAnswer(response, text);
  } catch (error) {
    if (options.callerSignal?.aborted) throw error;
    return { problem: unanswered(signal.aborted ? 'timeout' : 'unreachable') };
  }
}

function readAnswer(response: Response, text: string): Sent {
  const isJson = /[/+]json\b/.test(response.headers.get('content-type') ?? '');
  let value: unknown = text === '' ? undefined : text;
  if (isJson && text !== '') {
    try {
      value = JSON.parse(text);
    } catch {
      const document = { code: 'unreadable-answer', title: 'The answer cannot be read', retryable: true };
      return { response, problem: new PlinthProblem(response.status, document) };
    }
  }
  if (response.ok) return { response, value };
  const document = isJson && typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  return {
    response,
    problem: new PlinthProblem(response.status, document, retryAfterOf(response.headers.get('retry-after'))),
  };
}

function tell(
  operation: OperationDescriptor,
  response: Response,
  told: Set<string>,
  onNotice: ClientOptions['onNotice'],
): void {
  if (!onNotice) return;
  for (const notice of noticesOf(`${operation.capability}.${operation.id}`, response.headers)) {
    const once = `${notice.kind} ${notice.operation}`;
    if (told.has(once)) continue;
    told.add(once);
    onNotice(notice);
  }
}

async function* pages(
  operation: OperationDescriptor,
  input: CallInput,
  read: (input: CallInput) => Promise<unknown>,
): AsyncGenerator<unknown, void, undefined> {
  const { paging } = operation;
  if (!paging) throw new TypeError(`${operation.id} does not answer page by page.`);
  let cursor = input['cursor'];
  for (let count = 0; count < mostPages; count++) {
    const page = (await read(cursor === undefined ? input : { ...input, cursor })) as Record<string, unknown>;
    const items = page[paging.items];
    if (Array.isArray(items)) yield* items as unknown[];
    const next = page[paging.next];
    if (next === null || next === undefined || next === '' || next === cursor) return;
    cursor = next;
  }
  throw new RangeError(`${operation.id} has more than ${mostPages} pages; ask for a narrower list.`);
}

function browserEventSource(url: string): ReturnType<OpenEventSource> {
  return new EventSource(url);
}

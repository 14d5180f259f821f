// The port `Upstream` on undici's `dispatch` with a handler of our own: the fastest kept way to another HTTP server. The
// total time is ours to keep: undici's own timers measure silence, not the whole.

import { elapsedMs, repeat } from '@plinth/runtime/kernel';
import { type Upstream, type UpstreamAnswer, UpstreamFailure, type UpstreamRequest } from '@plinth/runtime/ports';
import { type Dispatcher, Pool } from 'undici';

export interface UpstreamOptions {
  /** Scheme, host and port; paths are in each request's target. */
  origin: string;
  /** Most connections (256). */
  connections?: number;
  /** Milliseconds to open one (1,000). */
  connectTimeoutMs?: number;
  /** Most bytes of one answer (10 MiB). */
  mostAnswerBytes?: number;
}

/** Idle connections are given up before usual servers (5 s and more) end them under a request. */
const idleMs = 4_000;
const mebibyte = 1_048_576;
const nothing = Buffer.alloc(0);
const none: UpstreamAnswer['headers'] = {};

/** How often the clocks of calls under way are looked at: a timer for each would cost more than sending does. */
const lookMs = 20;

/** Opens nothing until the first request. */
export function openUpstream(options: UpstreamOptions): Upstream {
  const { origin, connections = 256, connectTimeoutMs = 1_000, mostAnswerBytes = 10 * mebibyte } = options;
  const pool = new Pool(origin, {
    connections,
    pipelining: 1,
    connect: { timeout: connectTimeoutMs },
    keepAliveTimeout: idleMs,
    keepAliveMaxTimeout: idleMs,
    // One clock for the whole of a call: ours.
    headersTimeout: 0,
    bodyTimeout: 0,
    maxResponseSize: mostAnswerBytes,
  });
  const clocks = new Clocks();
  return {
    send: (request) =>
      new Promise((resolve, reject) => {
        new Call(request, clocks, resolve, reject).start(pool);
      }),
    close: () => pool.destroy(),
  };
}

/** Ends calls that are out of time; nothing runs while there are none. A list whose links are cut, as a Set is dearer. */
class Clocks {
  #first: Call | undefined = undefined;
  #stop: (() => void) | undefined = undefined;

  add(call: Call): void {
    call.later = this.#first;
    if (this.#first !== undefined) this.#first.earlier = call;
    this.#first = call;
    this.#stop ??= repeat(lookMs, () => this.#look());
  }

  remove(call: Call): void {
    if (call.earlier === undefined) this.#first = call.later;
    else call.earlier.later = call.later;
    if (call.later !== undefined) call.later.earlier = call.earlier;
    call.earlier = undefined;
    call.later = undefined;
  }

  #look(): void {
    const nowMs = elapsedMs();
    let next = this.#first;
    while (next !== undefined) {
      const call = next;
      next = call.later;
      if (call.endMs <= nowMs) call.expire();
    }
    if (this.#first !== undefined) return;
    this.#stop?.();
    this.#stop = undefined;
  }
}

/** One request on its way. undici calls its methods in the order of the wire. */
class Call implements Dispatcher.DispatchHandler {
  readonly endMs: number;
  /** Links of the list of clocks. */
  earlier: Call | undefined = undefined;
  later: Call | undefined = undefined;
  readonly #request: UpstreamRequest;
  readonly #clocks: Clocks;
  readonly #resolve: (answer: UpstreamAnswer) => void;
  readonly #reject: (failure: UpstreamFailure) => void;
  #controller: Dispatcher.DispatchController | undefined = undefined;
  #isOver = false;
  #wasSent = false;
  #status = 0;
  #headers: UpstreamAnswer['headers'] = none;
  /** Most answers come in one piece. */
  #first: Buffer | undefined = undefined;
  #more: Buffer[] | undefined = undefined;

  constructor(
    request: UpstreamRequest,
    clocks: Clocks,
    resolve: (answer: UpstreamAnswer) => void,
    reject: (failure: UpstreamFailure) => void,
  ) {
    this.#request = request;
    this.#clocks = clocks;
    this.#resolve = resolve;
    this.#reject = reject;
    this.endMs = elapsedMs() + request.timeoutMs;
  }

  start(pool: Pool): void {
    const { method, target, headers, body } = this.#request;
    this.#clocks.add(this);
    try {
      pool.dispatch({ method, path: target, headers, body: body ?? null }, this);
    } catch (error) {
      // A target or header that cannot be written: nothing has left.
      this.#fail('broken', error);
    }
  }

  expire(): void {
    this.#fail('timeout');
    this.#controller?.abort(new Error('out of time'));
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    // It waited for a connection, and its clock was not looked at since: nothing is sent that nobody waits for.
    if (this.endMs <= elapsedMs()) this.#fail('timeout');
    if (this.#isOver) return controller.abort(new Error('out of time'));
    this.#controller = controller;
    this.#wasSent = true;
  }

  onResponseStart(_: Dispatcher.DispatchController, status: number, headers: UpstreamAnswer['headers']): void {
    this.#status = status;
    this.#headers = headers;
  }

  onResponseData(_: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#first === undefined) this.#first = chunk;
    else (this.#more ??= []).push(chunk);
  }

  onResponseEnd(): void {
    if (this.#isOver) return;
    this.#end();
    const first = this.#first ?? nothing;
    const body = this.#more === undefined ? first : Buffer.concat([first, ...this.#more]);
    this.#resolve({ status: this.#status, headers: this.#headers, body });
  }

  onResponseError(_: Dispatcher.DispatchController, error: Error): void {
    this.#fail(this.#wasSent ? 'broken' : 'connect', error);
  }

  #fail(fault: 'connect' | 'timeout' | 'broken', cause?: unknown): void {
    if (this.#isOver) return;
    this.#end();
    this.#reject(new UpstreamFailure(fault, this.#wasSent, cause));
  }

  #end(): void {
    this.#isOver = true;
    this.#clocks.remove(this);
  }
}

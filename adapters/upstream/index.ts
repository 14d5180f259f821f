// The port `Upstream` on undici's `dispatch` with a handler of our own: the fastest kept way to another HTTP server. The
// total time is ours to keep: undici's own timers measure silence, not the whole.

import { later } from '@plinth/runtime/kernel';
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
  return {
    send: (request) =>
      new Promise((resolve, reject) => {
        new Call(request, resolve, reject).start(pool);
      }),
    close: () => pool.destroy(),
  };
}

/** One request on its way. undici calls its methods in the order of the wire. */
class Call implements Dispatcher.DispatchHandler {
  readonly #request: UpstreamRequest;
  readonly #resolve: (answer: UpstreamAnswer) => void;
  readonly #reject: (failure: UpstreamFailure) => void;
  #controller: Dispatcher.DispatchController | undefined;
  #stopClock: () => void = () => undefined;
  #isOver = false;
  #wasSent = false;
  #status = 0;
  #headers: UpstreamAnswer['headers'] = {};
  #chunks: Buffer[] = [];

  constructor(
    request: UpstreamRequest,
    resolve: (answer: UpstreamAnswer) => void,
    reject: (failure: UpstreamFailure) => void,
  ) {
    this.#request = request;
    this.#resolve = resolve;
    this.#reject = reject;
  }

  start(pool: Pool): void {
    const { method, target, headers, body, timeoutMs } = this.#request;
    this.#stopClock = later(timeoutMs, () => {
      this.#fail('timeout');
      this.#controller?.abort(new Error('out of time'));
    });
    try {
      pool.dispatch({ method, path: target, headers, body: body ?? null }, this);
    } catch (error) {
      // A target or header that cannot be written: nothing has left.
      this.#fail('broken', error);
    }
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    if (this.#isOver) return controller.abort(new Error('out of time'));
    this.#controller = controller;
    this.#wasSent = true;
  }

  onResponseStart(_: Dispatcher.DispatchController, status: number, headers: UpstreamAnswer['headers']): void {
    this.#status = status;
    this.#headers = headers;
  }

  onResponseData(_: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#chunks.push(chunk);
  }

  onResponseEnd(): void {
    if (this.#isOver) return;
    this.#end();
    const [only] = this.#chunks;
    const body = this.#chunks.length === 1 && only !== undefined ? only : Buffer.concat(this.#chunks);
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
    this.#stopClock();
  }
}

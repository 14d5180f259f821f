// A system behind the platform, over HTTP: one origin with a connection pool of its own. It carries bytes; what they mean,
// and whether a call may be repeated, is decided above it.

/**
 * Laws (adapters/upstream/upstream.test.ts):
 * 1. One `send` is at most one request on the wire: nothing is repeated, no redirect is followed, no cookie is kept.
 * 2. It ends within `timeoutMs` (± 50 ms), whatever the other side does: an answer, or UpstreamFailure.
 * 3. `wasSent` is false only when no byte of this request can have reached the other side.
 * 4. An answer is complete and at most `mostAnswerBytes`; a cut or larger one is a failure, never a part of it.
 * 5. Calls of one upstream hold no connection of another.
 */
export interface Upstream {
  send(request: UpstreamRequest): Promise<UpstreamAnswer>;
  /** Ends all connections at once. */
  close(): Promise<void>;
}

export interface UpstreamRequest {
  /** Upper case. */
  method: string;
  /** Path and query, percent-encoded, from `/` on. */
  target: string;
  /** Alternating names and values. */
  headers: string[];
  body?: string | Uint8Array | undefined;
  /** From now to the last byte of the answer. */
  timeoutMs: number;
}

export interface UpstreamAnswer {
  status: number;
  /** By lower-case name; repeated fields as a list. */
  headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  body: Buffer;
}

/** `connect`: nobody there; `timeout`: no complete answer in time; `broken`: cut, not HTTP, or too large. */
export type UpstreamFault = 'connect' | 'timeout' | 'broken';

/** No answer. Its message is for the log only. */
export class UpstreamFailure extends Error {
  override readonly name = 'UpstreamFailure';
  readonly fault: UpstreamFault;
  /** True when the other side may have seen the request, and acted on it. */
  readonly wasSent: boolean;

  constructor(fault: UpstreamFault, wasSent: boolean, cause?: unknown) {
    super(`${fault}${wasSent ? ' after it was sent' : ''}`, { cause });
    this.fault = fault;
    this.wasSent = wasSent;
  }
}

// Caller-visible failures. Handlers return them; only a callee's problem is thrown (ProblemError) out of `ctx.call`.

/** What a handler returns instead of a reply. The pipeline completes it from the catalogue (RFC 9457). */
export interface Problem<Code extends string = string> {
  readonly kind: 'problem';
  readonly code: Code;
  /** Values for the entry's `detail` text, and members the entry documents. Never outside text, SQL or stacks. */
  readonly values: Readonly<Record<string, unknown>>;
  /** Of this answer only, in place of the entry's: what another system's answer makes of it. */
  readonly answer?: {
    readonly status?: number;
    readonly retryable?: boolean;
    readonly headers?: Readonly<Record<string, string>>;
  };
}

/** The typed list of problem codes; each capability's generated.ts adds its own. */
export interface Problems {
  'not-found': true;
  'conflicting-state': true;
  'precondition-failed': true;
  'invalid-parameter': true;
  'invalid-body': true;
  'consent-required': true;
  'insufficient-scope': true;
  'not-yours': true;
  'dependency-unavailable': true;
  'outcome-unknown': true;
  'answer-not-kept': true;
  'upstream-failed': true;
  'idempotency-key-reused': true;
  'deadline-exceeded': true;
  'step-up-required': true;
}

/** `return problem('orders.already-shipped', { orderId })`. */
export function problem<Code extends Extract<keyof Problems, string>>(
  code: Code,
  values: Readonly<Record<string, unknown>> = {},
): Problem<Code> {
  return { kind: 'problem', code, values };
}

export function isProblem(value: unknown): value is Problem {
  return typeof value === 'object' && value !== null && (value as { kind?: unknown }).kind === 'problem';
}

/** A callee's problem that `ctx.call` could not return as a value. Passed on unless caught. */
export class ProblemError extends Error {
  override readonly name = 'ProblemError';
  readonly status: number;
  readonly code: string;
  /** The callee's problem document. */
  readonly document: Readonly<Record<string, unknown>>;
  /** Tag of the language it is told in, where it could have been another. */
  readonly language: string | undefined;

  constructor(status: number, code: string, document: Readonly<Record<string, unknown>>, language?: string) {
    super(`${status} ${code}`);
    this.status = status;
    this.code = code;
    this.document = document;
    this.language = language;
  }
}

export type PortFailure = 'unavailable' | 'timeout' | 'conflict' | 'refused' | 'corrupt' | 'full';

/** A port could not do its work. Made in adapters from driver errors; mapped once in the pipeline. */
export class PortError extends Error {
  override readonly name = 'PortError';
  readonly failure: PortFailure;

  constructor(failure: PortFailure, message: string, cause?: unknown) {
    super(message, { cause });
    this.failure = failure;
  }
}

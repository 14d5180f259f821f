// Every failed call ends as one type, whether the server refused it or was never reached.

export interface ProblemError {
  readonly in: string;
  /** JSON Pointer into the body, or the parameter's name. */
  readonly pointer: string;
  readonly rule: string;
  readonly message: string;
}

export interface NextStep {
  readonly operation: string;
  readonly href: string;
  readonly title: string;
}

/** What a failed call throws, and what `safe` returns. Texts are meant for the person in front of the screen. */
export class PlinthProblem extends Error {
  override readonly name = 'PlinthProblem';
  /** 0 when no answer came. */
  readonly status: number;
  /** `orders.already-shipped`, `not-found`; `unreachable` and `timeout` when no answer came. */
  readonly code: string;
  readonly title: string;
  readonly detail: string;
  readonly advice: string;
  readonly errors: readonly ProblemError[];
  readonly next: readonly NextStep[];
  readonly retryable: boolean;
  /** Names the request in logs: `urn:plinth:trace:…`. */
  readonly instance: string;
  /** Seconds the server asks to wait; undefined when it does not say. */
  readonly retryAfterS: number | undefined;
  /** The whole problem document, for members of one problem only (`confirmation`, `currentState`). */
  readonly document: Readonly<Record<string, unknown>>;

  constructor(status: number, document: Readonly<Record<string, unknown>>, retryAfterS?: number) {
    const title = text(document['title']) || `The request failed (${status}).`;
    super(text(document['detail']) || title);
    this.status = status;
    this.code = text(document['code']) || `http-${status}`;
    this.title = title;
    this.detail = text(document['detail']);
    this.advice = text(document['advice']);
    this.errors = list(document['errors']) as readonly ProblemError[];
    this.next = list(document['next']) as readonly NextStep[];
    this.retryable = document['retryable'] === true;
    this.instance = text(document['instance']);
    this.retryAfterS = retryAfterS;
    this.document = document;
  }
}

/** A call that got no answer. */
export function unanswered(code: 'unreachable' | 'timeout'): PlinthProblem {
  return new PlinthProblem(0, {
    code,
    title: code === 'timeout' ? 'No answer in time' : 'No connection',
    detail: code === 'timeout' ? 'The service took too long to answer.' : 'The service cannot be reached.',
    advice: 'Check your connection and try again.',
    retryable: true,
  });
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

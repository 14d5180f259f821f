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
export class PlinthProblem<Code extends string = string> extends Error {
  override readonly name = 'PlinthProblem';
  /** 0 when no answer came. */
  readonly status: number;
  /**
   * `orders.already-shipped`, `not-found`; the `type` of a problem document without code; `http-503` for an answer that is
   * none; `unreachable`, `timeout` and `held-back` when no answer came. Known codes complete, others may come.
   */
  readonly code: Code | (string & {});
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
    this.code = text(document['code']) || typeOf(document) || `http-${status}`;
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

const unansweredWords = {
  timeout: ['No answer in time', 'The service took too long to answer.'],
  unreachable: ['No connection', 'The service cannot be reached.'],
  'held-back': ['Not sent', 'The service refuses most calls at the moment; this one was not sent.'],
} as const;

/** A call that got no answer, or was not sent to spare the service. */
export function unanswered(code: keyof typeof unansweredWords): PlinthProblem {
  const [title, detail] = unansweredWords[code];
  const advice = code === 'held-back' ? 'Try again in a moment.' : 'Check your connection and try again.';
  return new PlinthProblem(0, { code, title, detail, advice, retryable: true });
}

/** RFC 9457, section 3.1.1: a `type` names the kind of problem; `about:blank` says no more than the status. */
function typeOf(document: Readonly<Record<string, unknown>>): string {
  const type = text(document['type']);
  return type === 'about:blank' || !/^[a-z][a-z\d+.-]*:|^\//i.test(type) ? '' : type;
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

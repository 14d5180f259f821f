// Problem documents (RFC 9457): every refusal and every business problem leaves through `problemAnswer`.
// Texts come from the catalogue only; outside text, SQL and stacks never enter (they are logged).

import type { ProblemType } from '@plinth/contract';
import { PortError, unreachable, type ProblemError } from '../kernel/index.ts';
import { edgeProblems, type CatalogueEntry } from './catalogue.ts';
import type { Answer } from './exchange.ts';

/** One remark in `errors[]`. */
export interface ProblemDetail {
  in: 'body' | 'query' | 'path' | 'header' | 'cookie';
  pointer: string;
  rule: string;
  message: string;
  expected?: unknown;
  actual?: unknown;
  schema?: string;
}

export interface NextOperation {
  operation: string;
  href: string;
  title: string;
}

export interface ProblemParts {
  /** Values for {names} in `detail` and `advice`; never outside text. */
  values?: Readonly<Record<string, unknown>>;
  errors?: readonly unknown[];
  /** More members of the document: `next`, `currentState`, `confirmation`. */
  members?: Readonly<Record<string, unknown>>;
  headers?: readonly string[];
  status?: number;
  retryable?: boolean;
}

const problemType = 'application/problem+json';
const mostErrors = 50;

/** Codes and texts known to one contract: the edge's own and the capability's. */
export class ProblemBook {
  readonly #entries: Map<string, CatalogueEntry & { next?: readonly string[] }>;
  readonly #baseUrl: string;
  readonly #operations: (id: string) => NextOperation | undefined;

  constructor(
    problems: readonly ProblemType[],
    baseUrl: string,
    operations: (id: string) => NextOperation | undefined = () => undefined,
  ) {
    this.#entries = new Map(edgeProblems);
    for (const entry of problems) this.#entries.set(entry.code, entry);
    this.#baseUrl = baseUrl;
    this.#operations = operations;
  }

  has(code: string): boolean {
    return this.#entries.has(code);
  }

  /** The finished answer. An unknown code is our own mistake and becomes `internal`. */
  answer(code: string, traceId: string, parts: ProblemParts = {}): Answer {
    const entry = this.#entries.get(code);
    if (entry === undefined) return this.answer('internal', traceId);
    const values = parts.values ?? {};
    const status = parts.status ?? entry.status;
    const retryable = parts.retryable ?? entry.retryable;
    const next = (entry.next ?? []).flatMap((id) => this.#operations(id) ?? []);
    const document = {
      type: `${this.#baseUrl}/problems/${code}`,
      title: entry.title,
      status,
      detail: fill(entry.detail, values),
      instance: `urn:plinth:trace:${traceId}`,
      code,
      retryable,
      advice: fill(entry.advice, values),
      ...(parts.errors === undefined ? {} : { errors: parts.errors.slice(0, mostErrors) }),
      ...(next.length === 0 ? {} : { next }),
      ...parts.members,
    };
    return {
      status,
      headers: parts.headers ?? [],
      type: problemType,
      body: JSON.stringify(document),
      code,
      value: document,
      retryable,
    };
  }
}

/** A thrown error as code and parts. Everything unexpected is `internal`; its text is logged, never shown. */
export function classify(error: unknown): { code: string; parts: ProblemParts; expected: boolean } {
  if (error instanceof PortError) return { ...portProblem(error), expected: true };
  return { code: 'internal', parts: {}, expected: false };
}

/** A callee's problem, passed on as it is under our own trace. */
export function passOn(error: ProblemError, traceId: string): Answer {
  const document = { ...error.document, instance: `urn:plinth:trace:${traceId}` };
  return {
    status: error.status,
    headers: error.status === 503 || error.status === 429 ? ['Retry-After', '1'] : [],
    type: problemType,
    body: JSON.stringify(document),
    code: error.code,
    value: document,
    retryable: error.document['retryable'] === true,
  };
}

/** The same problem for another request. */
export function retraced(answer: Answer, traceId: string): Answer {
  const document = { ...(answer.value as object), instance: `urn:plinth:trace:${traceId}` };
  return { ...answer, body: JSON.stringify(document), value: document };
}

function portProblem(error: PortError): { code: string; parts: ProblemParts } {
  switch (error.failure) {
    case 'unavailable':
      return { code: 'dependency-unavailable', parts: { headers: ['Retry-After', '2'] } };
    case 'timeout':
      return { code: 'deadline-exceeded', parts: { values: { timeoutMs: 'the allowed' } } };
    case 'conflict':
      return { code: 'conflicting-state', parts: {} };
    case 'refused':
      return { code: 'upstream-failed', parts: {} };
    case 'full':
      return { code: 'storage-full', parts: {} };
    case 'corrupt':
      return { code: 'internal', parts: {} };
    default:
      return unreachable(error.failure);
  }
}

/** Replaces `{name}` by the value's plain text; unknown names stay readable. */
function fill(template: string, values: Readonly<Record<string, unknown>>): string {
  if (!template.includes('{')) return template;
  return template.replaceAll(/\{(\w+)\}/g, (whole, name: string) => {
    const value = values[name];
    if (value === undefined || value === null) return whole;
    return plain(value);
  });
}

function plain(value: unknown): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'boolean' || typeof value === 'bigint') return String(value);
  if (Array.isArray(value)) return value.map(plain).join(', ');
  return JSON.stringify(value) ?? '';
}

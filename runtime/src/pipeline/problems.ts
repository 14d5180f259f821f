// Problem documents (RFC 9457): every refusal and every business problem leaves through `ProblemBook.answer`, in the
// language the caller wants, where there is a translation (`title` stays English: it is the problem's name).
// Texts come from the catalogue only; outside text, SQL and stacks never enter (they are logged).

import type { ProblemTexts, ProblemType } from '@plinth/contract';
import { PortError, unreachable, type ProblemError } from '../kernel/index.ts';
import { edgeProblems, type CatalogueEntry } from './catalogue.ts';
import type { Answer } from './exchange.ts';
import { wantedLanguage } from './languages.ts';
import { fill } from './problem-values.ts';

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
  /** Values for {names} in `detail` and `advice` (problem-values.ts); never outside text. */
  values?: Readonly<Record<string, unknown>>;
  errors?: readonly unknown[];
  /** More members of the document: `next`, `currentState`, `confirmation`. */
  members?: Readonly<Record<string, unknown>>;
  headers?: readonly string[];
  status?: number;
  retryable?: boolean;
}

/** The texts of one language, and the headers that say so. */
interface Told extends ProblemTexts {
  tag: string;
  headers: readonly string[];
}

interface Entry {
  status: number;
  title: string;
  retryable: boolean;
  next?: readonly string[];
  english: Told;
  /** By language tag in lower case; undefined = there is nothing to choose from. */
  translations: ReadonlyMap<string, Told> | undefined;
}

const problemType = 'application/problem+json';
const mostErrors = 50;
const ownEntries: ReadonlyMap<string, Entry> = new Map(
  [...edgeProblems].map(([code, entry]) => [code, entryOf(entry)] as const),
);

/** Codes and texts known to one contract: the edge's own and the capability's. */
export class ProblemBook {
  readonly #entries: Map<string, Entry>;
  readonly #baseUrl: string;
  readonly #operations: (id: string) => NextOperation | undefined;

  constructor(
    problems: readonly ProblemType[],
    baseUrl: string,
    operations: (id: string) => NextOperation | undefined = () => undefined,
    next: Readonly<Record<string, readonly string[]>> = {},
  ) {
    this.#entries = new Map(ownEntries);
    for (const [code, ids] of Object.entries(next))
      this.#entries.set(code, { ...(ownEntries.get(code) as Entry), next: ids });
    for (const entry of problems) this.#entries.set(entry.code, { ...entryOf(entry), next: entry.next });
    this.#baseUrl = baseUrl;
    this.#operations = operations;
  }

  has(code: string): boolean {
    return this.#entries.has(code);
  }

  /**
   * The finished answer. An unknown code is our own mistake and becomes `internal`.
   * @param wanted `Accept-Language` of the caller; English where it is not known.
   */
  answer(code: string, traceId: string, parts: ProblemParts = {}, wanted?: string): Answer {
    const entry = this.#entries.get(code);
    if (entry === undefined) return this.answer('internal', traceId, {}, wanted);
    const values = parts.values ?? {};
    const told = toldIn(entry, wanted);
    const status = parts.status ?? entry.status;
    const retryable = parts.retryable ?? entry.retryable;
    const next = (entry.next ?? []).flatMap((id) => this.#operations(id) ?? []);
    const document = {
      type: `${this.#baseUrl}/problems/${code}`,
      title: entry.title,
      status,
      detail: fill(told.detail, values, told.tag),
      instance: `urn:plinth:trace:${traceId}`,
      code,
      retryable,
      advice: fill(told.advice, values, told.tag),
      ...(parts.errors === undefined ? {} : { errors: parts.errors.slice(0, mostErrors) }),
      ...(next.length === 0 ? {} : { next }),
      ...parts.members,
    };
    return {
      status,
      headers: parts.headers === undefined ? told.headers : [...parts.headers, ...told.headers],
      type: problemType,
      body: JSON.stringify(document),
      code,
      value: document,
      retryable,
      parts,
    };
  }
}

function entryOf({ status, title, retryable, detail, advice, translations }: CatalogueEntry): Entry {
  const english = { detail, advice, tag: 'en' };
  const entry = { status, title, retryable };
  if (translations === undefined) return { ...entry, english: { ...english, headers: [] }, translations };
  const others = Object.entries(translations);
  return {
    ...entry,
    english: { ...english, headers: languageHeaders('en') },
    translations: new Map(
      others.map(([tag, texts]) => [tag.toLowerCase(), { ...texts, tag, headers: languageHeaders(tag) }]),
    ),
  };
}

function languageHeaders(tag: string): readonly string[] {
  return ['Content-Language', tag, 'Vary', 'Accept-Language'];
}

function toldIn({ english, translations }: Entry, wanted: string | undefined): Told {
  if (translations === undefined || wanted === undefined) return english;
  return translations.get(wantedLanguage(wanted, translations) ?? '') ?? english;
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
    headers: [
      ...(error.status === 503 || error.status === 429 ? ['Retry-After', '1'] : []),
      ...(error.language === undefined ? [] : languageHeaders(error.language)),
    ],
    type: problemType,
    body: JSON.stringify(document),
    code: error.code,
    value: document,
    retryable: error.document['retryable'] === true,
  };
}

/** A callee's problem for another request. */
export function retraced(answer: Answer, traceId: string): Answer {
  const document = { ...(answer.value as object), instance: `urn:plinth:trace:${traceId}` };
  return { ...answer, body: JSON.stringify(document), value: document };
}

function portProblem(error: PortError): { code: string; parts: ProblemParts } {
  switch (error.failure) {
    case 'unavailable':
      return { code: 'dependency-unavailable', parts: { headers: ['Retry-After', '2'] } };
    case 'timeout':
      return { code: 'deadline-exceeded', parts: {} };
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

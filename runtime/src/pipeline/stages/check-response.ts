// Stage `checkResponse`: what a handler or mock returned becomes an answer. Where every reply is checked against the
// contract, for writes inside the transaction, a wrong one is refused and commits nothing. Where one in a hundred is, and
// every 5xx, it is counted: a caller in a hundred who is refused would be helped less than by the answer.

import type { Viewer } from '@plinth/contract';
import type { Reply } from '../../context.ts';
import { isProblem, type Problem } from '../../kernel/index.ts';
import { answerPassed, isPassed } from '../end-to-end.ts';
import type { Answer, Exchange } from '../exchange.ts';
import { isField } from '../head.ts';
import { refuse } from '../operation.ts';
import { isPhrase } from '../problem-values.ts';
import type { ProblemParts } from '../problems.ts';
import { checkStream, isStream } from './stream.ts';

const json = 'application/json';

/** A handler's result as an answer. Problems must be the edge's or declared; replies must fit the contract. */
export function settle(x: Exchange, result: unknown): Answer {
  if (isProblem(result)) return settleProblem(x, result);
  if (isPassed(result)) return answerPassed(x, result.passed);
  const { status, body, headers, isStandIn } = result as Reply;
  if (isStream(body)) return streamed(x, result as Reply<number, AsyncIterable<unknown>>);
  const { shapes } = x.operation;
  if (shapes.mustCheck() || status >= 500) {
    const faults = shapes.checkReply(status, body);
    const wrong = faults && JSON.stringify(faults).slice(0, 2_000);
    if (wrong !== undefined && shapes.checksAll) return breaks(x, wrong);
    if (wrong !== undefined) x.operation.drifted(x.traceId, wrong);
  }
  const wrong = headers === undefined ? undefined : unsendable(headers);
  if (wrong !== undefined) return breaks(x, `header ${JSON.stringify(wrong)} cannot be sent`);
  const extra = headers === undefined ? none : flat(headers);
  if (body === undefined || status === 204) return { status, headers: extra, type: json, body: undefined };
  if (body instanceof Uint8Array || (typeof body === 'string' && extra.type !== undefined)) {
    return { status, headers: extra, type: extra.type ?? 'application/octet-stream', body };
  }
  const shown = shownTo(x, status, body);
  return {
    status,
    headers: extra,
    type: extra.type ?? json,
    body: JSON.stringify(shown),
    value: shown,
    version: versionOf(body),
    isStandIn,
  };
}

function settleProblem(x: Exchange, result: Problem): Answer {
  const { next, currentState, errors, ...values } = result.values;
  const members = {
    ...documented(values),
    ...(currentState === undefined ? {} : { currentState }),
    ...(next === undefined ? {} : { next }),
  };
  if (!x.operation.problems.has(result.code)) return breaks(x, `problem ${result.code} is not in problems.yaml`);
  return refuse(x, result.code, {
    values,
    members,
    ...(Array.isArray(errors) ? { errors: errors as unknown[] } : {}),
    ...answerOnly(result),
  });
}

/** The body without what is not for this caller. */
export function shownTo(x: Exchange, status: number, body: unknown): unknown {
  const { shapes, binding } = x.operation;
  const view = shapes.viewOf(status);
  if (view === undefined || binding.principal !== undefined) return body;
  return view.show(body, viewerOf(x));
}

export function viewerOf({ principal, agreed }: Exchange): Viewer {
  return { audience: principal.audience, scopes: principal.scopes, consents: agreed };
}

/** Only a read can be sent while it is made: of a write the whole answer is kept, and committed with its effect. */
function streamed(x: Exchange, { status, body, headers }: Reply<number, AsyncIterable<unknown>>): Answer {
  const extra = headers === undefined ? none : flat(headers);
  if (x.operation.writes || x.background !== undefined) return breaks(x, 'only a read can answer with a stream');
  const shape = x.operation.shapes.streamOf(status, extra.type);
  if (shape === undefined) return breaks(x, `${status} declares no body that is a sequence`);
  const view = x.operation.binding.principal === undefined ? x.operation.shapes.itemViewOf(status) : undefined;
  const show = view && ((item: unknown) => view.show(item, viewerOf(x)));
  const checked = checkStream(body, shape, { x, check: x.operation.shapes.mustCheck(), show });
  return { status, headers: extra, type: shape.type, body: undefined, ...checked };
}

interface FlatHeaders extends Array<string> {
  type?: string;
}

const none: FlatHeaders = [];

function unsendable(headers: Readonly<Record<string, string>>): string | undefined {
  for (const name of Object.keys(headers)) if (!isField(name, headers[name] as string)) return name;
  return undefined;
}

/** Content-Type is taken out: every answer names its own once. */
function flat(headers: Readonly<Record<string, string>>): FlatHeaders {
  const list: FlatHeaders = [];
  for (const name of Object.keys(headers)) {
    const value = headers[name] as string;
    const lower = name.toLowerCase();
    if (lower === 'content-type') list.type = value;
    else if (lower !== 'content-length') list.push(name, value);
  }
  return list;
}

function versionOf(body: unknown): number | undefined {
  if (typeof body !== 'object' || body === null) return undefined;
  const { version } = body as { version?: unknown };
  return Number.isSafeInteger(version) ? (version as number) : undefined;
}

function answerOnly({ answer }: Problem): Pick<ProblemParts, 'status' | 'retryable' | 'headers'> {
  if (answer === undefined) return {};
  const { headers, ...rest } = answer;
  return { ...rest, ...(headers === undefined ? {} : { headers: Object.entries(headers).flat() }) };
}

/** Values that are plain enough to be members of the document too. */
function documented(values: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const reserved = new Set(['type', 'title', 'status', 'detail', 'instance', 'code', 'retryable', 'advice']);
  return Object.fromEntries(
    Object.entries(values).filter(([name, value]) => !reserved.has(name) && value !== undefined && !isPhrase(value)),
  );
}

function breaks(x: Exchange, reason: string): Answer {
  x.fault = reason;
  return refuse(x, 'response-breaks-contract');
}

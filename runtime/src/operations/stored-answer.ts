// What a call gets whose key was used before: the stored bytes, or why there are none.

import { assert } from '../kernel/index.ts';
import type { Answer, Exchange } from '../pipeline/exchange.ts';
import { refuse } from '../pipeline/operation.ts';
import { shownTo } from '../pipeline/stages/check-response.ts';
import type { KeyPlace } from './fingerprint.ts';
import type { KeyRow } from './key-rows.ts';
import { isRowSealed, RowSeal, unseal } from './seal.ts';

/** Says that an answer was stored before, in every replay. */
export const replayedHeader = ['Idempotent-Replayed', 'true'] as const;

/** A definitive business refusal: stored like a result. Refusals of the edge itself leave the key free. */
export function isFinal(answer: Answer): boolean {
  if (answer.status >= 500 || answer.retryable === true) return false;
  return ![401, 403, 404, 412, 428, 429].includes(answer.status);
}

/** Headers that are told for an answer too large to be kept: where what it made is, and from when on reads show it. */
const keptAlone: ReadonlySet<string> = new Set(['location', 'plinth-position']);

/** Bytes of an answer that is kept for its repetitions. */
export const mostKeptBytes = 1_048_576;

/** Throws when an answer is too large to be kept: what made it is undone, or was a read. */
export function bounded(answer: Answer): Answer {
  assert(bytesOf(answer) <= mostKeptBytes, 'the answer of a write or a job has at most 1 MiB');
  return answer;
}

/**
 * What is kept for the repetitions of what cannot be undone: the answer, or, when it is too large, a problem that says with
 * which status it ended, and where what it made is. The first caller gets the answer all the same.
 */
export function kept(x: Exchange, answer: Answer): Answer {
  if (bytesOf(answer) <= mostKeptBytes) return answer;
  const headers = answer.headers.filter((_, index) =>
    keptAlone.has((answer.headers[index - (index % 2)] as string).toLowerCase()),
  );
  return refuse(x, 'answer-not-kept', { values: { status: answer.status }, headers });
}

function bytesOf({ body }: Answer): number {
  return body === undefined ? 0 : Buffer.byteLength(body);
}

/** The answer of a row that was there first. */
export function storedAnswer(x: Exchange, place: KeyPlace, row: KeyRow | undefined): Answer {
  if (row === undefined) return inProgress(x);
  if (!row.fingerprint.equals(place.fingerprint)) return refuse(x, 'idempotency-key-reused');
  if (row.state === 'unknown') {
    const headers = row.job === null ? [] : ['Link', `</jobs/${row.job}>; rel="monitor"`];
    return refuse(x, 'outcome-unknown', { headers });
  }
  if (row.state !== 'done') return inProgress(x);
  if (row.body !== null) {
    const body = opened(x, place, { body: row.body, job: row.job });
    // What cannot be opened was made before a change of the deployment's key: the answer is gone.
    if (body === undefined) return refuse(x, 'outcome-unknown');
    row = { ...row, body };
  }
  x.replayed = true;
  const { headers, ...answer } = withoutWithdrawn(x, answerOf(row));
  return { ...answer, headers: [...headers, ...replayedHeader] };
}

/** Sealed with the caller's key, or, when it was found out later, for the row of its job; undefined: with other keys. */
function opened(x: Exchange, place: KeyPlace, { body, job }: { body: Buffer; job: string | null }): Buffer | undefined {
  if (isRowSealed(body)) return new RowSeal(place.own, job ?? '').open(body);
  if (place.seal === undefined) return body;
  return unseal(place.seal, body) ?? (isOpen(x, body) ? body : undefined);
}

/**
 * True for an answer that was found out later and kept as it is, where the deployment has no key of its own. A secret that
 * is shown once is never kept so.
 */
function isOpen(x: Exchange, body: Buffer): boolean {
  if (x.operation.shapes.reveals) return false;
  try {
    JSON.parse(body.toString('utf8'));
    return true;
  } catch {
    // Nobody's JSON: it is sealed.
    return false;
  }
}

/** What depends on a consent is shown again only while there is one. Else the bytes stored are the bytes sent. */
function withoutWithdrawn(x: Exchange, answer: Answer): Answer {
  if (x.operation.shapes.purposes.length === 0 || answer.status >= 300 || answer.body === undefined) return answer;
  const body = JSON.parse(Buffer.from(answer.body).toString('utf8')) as unknown;
  const shown = shownTo(x, answer.status, body);
  return shown === body ? answer : { ...answer, body: JSON.stringify(shown) };
}

/** Stored columns as the answer they were. */
export function answerOf(row: Pick<KeyRow, 'status' | 'headers' | 'body'>): Answer {
  const [, type = 'application/json', ...headers] = row.headers ?? [];
  return { status: row.status ?? 200, headers, type, body: row.body === null ? undefined : row.body };
}

/** An answer as it is stored; `answerOf` turns it back. */
export function columnsOf(answer: Answer): { headers: string; body: Uint8Array | null } {
  return {
    headers: JSON.stringify(['Content-Type', answer.type, ...answer.headers]),
    body: typeof answer.body === 'string' ? Buffer.from(answer.body) : (answer.body ?? null),
  };
}

export function inProgress(x: Exchange): Answer {
  return refuse(x, 'idempotency-in-progress', { headers: ['Retry-After', '1'] });
}

/** The job that finds out what became of a call whose outcome is unknown: null = nobody does; undefined = it is known. */
export function unknownJob({ code, value }: Answer): string | null | undefined {
  return code === 'outcome-unknown' ? ((value as { job?: string }).job ?? null) : undefined;
}

// How a call to an upstream ends for our caller: what no answer means, and what is not known.

import type { Operation } from '@plinth/contract';
import type { Log, Problem, Reply, SpanAttributes, UpstreamAnswer } from '@plinth/runtime';
import { isProblem } from '@plinth/runtime';
import { problem } from '@plinth/runtime/kernel';
import type { GuardFailure } from '@plinth/runtime/pipeline';
import type { Manifest, OperationEntry } from './manifest.ts';
import type { Read } from './plan.ts';

/** What is certain after a call. */
export type Ended =
  | { kind: 'answer'; answer: UpstreamAnswer; wasRepeated: boolean }
  | { kind: 'failure'; failure: GuardFailure };

/** What its span says. */
export function outcomeOf(ended: Ended | Problem): [attributes: SpanAttributes, isError: boolean] {
  if (isProblem(ended)) return [{ 'plinth.problem': ended.code }, false];
  if (ended.kind === 'failure') return [{ 'error.type': ended.failure.reason }, true];
  const { status } = ended.answer;
  return [{ 'http.response.status_code': status }, status >= 500];
}

export function okOf({ responses }: Operation): number {
  const found = responses.find(({ status }) => typeof status === 'number' && status >= 200 && status < 300);
  return typeof found?.status === 'number' ? found.status : 200;
}

/** Of a read: what it says, or what stands in where no answer could be had. */
export function answerOrFallback(
  read: Read,
  {
    manifest: { upstream },
    entry: { fallback },
    operation,
  }: { manifest: Manifest; entry: OperationEntry; operation: Operation },
  log: Log,
): Reply | Problem {
  let result = read;
  if ('reason' in result) {
    log.error('an upstream gave an unusable answer', { upstream, reason: result.reason });
    result = problem('upstream-failed');
  }
  if (fallback === undefined || !isProblem(result) || !isOutage(result.code)) return result;
  log.warn('a fallback was answered', { upstream });
  return { status: fallback.status ?? okOf(operation), body: structuredClone(fallback.body), isStandIn: true };
}

function isOutage(code: string): boolean {
  return code === 'upstream-failed' || code === 'dependency-unavailable' || code === 'deadline-exceeded';
}

/** One layer repeats: when it was us, the caller should not. */
export function final<R extends Read>(result: R, wasRepeated: boolean): R {
  if (!wasRepeated || !isProblem(result)) return result;
  return { ...result, answer: { ...result.answer, retryable: false } };
}

/** No answer, as a problem; whether another try is worth it is ours to say. */
export function unreached({ reason, wasRepeated, retryAfterS }: GuardFailure): Problem {
  if (reason === 'timeout' || reason === 'no-time') return final(problem('deadline-exceeded'), wasRepeated);
  if (reason === 'broken') return final(problem('upstream-failed'), wasRepeated);
  const refused = { ...problem('dependency-unavailable'), answer: { headers: { 'Retry-After': String(retryAfterS) } } };
  return final(refused, wasRepeated);
}

/** `job`: the monitor of the call; undefined = there is nothing to ask it by. */
export function unknown(job?: string): Problem {
  const answer = { status: 504, retryable: false };
  if (job === undefined) return { ...problem('outcome-unknown'), answer };
  const headers = { Link: `</jobs/${job}>; rel="monitor"` };
  return { ...problem('outcome-unknown', { job }), answer: { ...answer, headers } };
}

// How a call to an upstream ends for our caller: what no answer means, what is not known, what goes through unread.

import type { Operation } from '@plinth/contract';
import type { Problem, UpstreamAnswer } from '@plinth/runtime';
import { isProblem } from '@plinth/runtime';
import { problem } from '@plinth/runtime/kernel';
import type { GuardFailure, Passed } from '@plinth/runtime/pipeline';
import type { Read } from './plan.ts';

export function okOf({ responses }: Operation): number {
  const found = responses.find(({ status }) => typeof status === 'number' && status >= 200 && status < 300);
  return typeof found?.status === 'number' ? found.status : 200;
}

export function isOutage(code: string): boolean {
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

export function unknown(job: string): Problem {
  return {
    ...problem('outcome-unknown', { job }),
    answer: { status: 504, retryable: false, headers: { Link: `</jobs/${job}>; rel="monitor"` } },
  };
}

export function passed({ status, headers, body }: UpstreamAnswer): Passed {
  const type = headers['content-type'];
  return {
    passed: {
      status,
      type: typeof type === 'string' ? type : 'application/octet-stream',
      body: body.length > 0 ? body : undefined,
    },
  };
}

// Stage `dispatch`: handler, mock, or 501. Reads run on the pool; everything that changes something goes through the
// executor's one transaction. Every dispatch has a deadline.

import type { Executor } from '../../operations/executor.ts';
import type { Deadlines } from '../deadlines.ts';
import { later, proceed, wait, type Answer, type Exchange, type Step } from '../exchange.ts';
import { refuse, type CompiledOperation } from '../operation.ts';
import type { EdgeParts } from '../stages.ts';
import { settle } from './check-response.ts';
import { compileFollow } from './follow.ts';

/** Never undefined: an operation without handler and mock answers 501. */
export function compileDispatch(operation: CompiledOperation, parts: DispatchParts): Step {
  const { jobs, deadlines } = parts;
  const now = compileNow(operation, parts);
  if (jobs === undefined || operation.operation.policy.async === undefined) return now;
  return (x) => {
    if (x.background === undefined) return now(x);
    begin(x, deadlines, operation.timeoutMs + x.background.waitMs);
    return wait(x, jobs.answer(x));
  };
}

type DispatchParts = Pick<EdgeParts, 'deadlines' | 'jobs'> & {
  executor: Pick<Executor, 'read' | 'write'>;
  following?: EdgeParts['following'];
};

function compileNow(operation: CompiledOperation, { executor, deadlines, following }: DispatchParts): Step {
  const { handler, binding, timeoutMs, writes } = operation;
  if (handler === undefined && binding.mock === undefined) return (x) => refuse(x, 'not-implemented');
  const transacts = handler === undefined ? writes : handler.kind !== 'read';
  if (transacts) {
    return (x) => {
      begin(x, deadlines, timeoutMs);
      const answer = executor.write(x);
      return answer instanceof Promise ? wait(x, answer) : answer;
    };
  }
  const now: Step = (x) => {
    const result = executor.read(x);
    if (!(result instanceof Promise)) return settle(x, result);
    begin(x, deadlines, timeoutMs);
    result.then(
      (value) => proceed(x, settled(x, value)),
      (error: unknown) => proceed(x, x.fail(x, error)),
    );
    return later;
  };
  const follow = compileFollow(handler, executor, following);
  if (follow === undefined) return now;
  return (x) => {
    if (x.awaited === undefined) return now(x);
    begin(x, deadlines, timeoutMs);
    return wait(x, follow(x));
  };
}

function begin(x: Exchange, deadlines: Deadlines, timeoutMs: number): void {
  const endMs = x.startedMs + timeoutMs;
  // A caller may wait for less (stages/deadline.ts).
  if (x.deadlineMs === 0 || x.deadlineMs > endMs) x.deadlineMs = endMs;
  deadlines.add(x);
}

function settled(x: Exchange, value: unknown): Answer {
  try {
    return settle(x, value);
  } catch (error) {
    return x.fail(x, error);
  }
}

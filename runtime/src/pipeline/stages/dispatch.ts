// Stage `dispatch`: handler, mock, or 501. Reads run on the pool; everything that changes something goes through the
// executor's one transaction. Every dispatch has a deadline.

import type { Executor } from '../../operations/executor.ts';
import type { Deadlines } from '../deadlines.ts';
import { wait, type Answer, type Step } from '../exchange.ts';
import { refuse, type CompiledOperation } from '../operation.ts';

/** Never undefined: an operation without handler and mock answers 501. */
export function compileDispatch(operation: CompiledOperation, executor: Executor, deadlines: Deadlines): Step {
  const { handler, binding, timeoutMs, writes } = operation;
  if (handler === undefined && binding.mock === undefined) return (x) => refuse(x, 'not-implemented');
  const transacts = handler === undefined ? writes : handler.kind !== 'read';
  return (x) => {
    x.deadlineMs = x.startedMs + timeoutMs;
    const answer: Answer | Promise<Answer> = transacts ? executor.write(x) : executor.read(x);
    if (!(answer instanceof Promise)) return answer;
    deadlines.add(x);
    return wait(x, answer);
  };
}

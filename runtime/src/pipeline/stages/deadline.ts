// Stage `deadline`: how long a service that calls still waits itself. `Plinth-Deadline` is relative, so that no two clocks
// are compared; it only ever lowers the operation's own time, and is believed of services only: anybody else could make
// us drop work by it. What usually takes longer than is left is not begun.

import { elapsedMs } from '../../kernel/index.ts';
import type { Exchange, Step } from '../exchange.ts';
import { refuse, type CompiledOperation } from '../operation.ts';

/** undefined for an operation that no service calls. */
export function compileDeadline(operation: CompiledOperation): Step | undefined {
  if (!operation.operation.policy.audience.includes('service')) return undefined;
  return (x) => {
    if (x.principal.audience !== 'service') return undefined;
    const leftMs = leftOf(x);
    if (leftMs === undefined) return undefined;
    x.deadlineMs = x.startedMs + Math.min(leftMs, operation.timeoutMs);
    if (elapsedMs() + operation.pace.medianMs <= x.deadlineMs) return undefined;
    return refuse(x, 'deadline-exceeded', { values: { timeoutMs: leftMs } });
  };
}

/** Whole milliseconds; anything else is as if nothing was said. */
function leftOf(x: Exchange): number | undefined {
  const sent = x.header('plinth-deadline');
  return sent !== undefined && /^\d{1,9}$/.test(sent) ? Number(sent) : undefined;
}

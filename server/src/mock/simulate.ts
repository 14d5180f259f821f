// `Plinth-Simulate`: what a partner's application has to live with, asked for with one call. Only what stands in for an API
// follows it; a production edge does not know it.

import { mostDelayMs } from '@plinth/contract/serving';
import type { RunningEdge } from '@plinth/runtime/pipeline/storeless';
import type { FaultEffect } from './faults.ts';
import { HeldTransport, type Holder } from './held-answer.ts';
import type { Visit } from './visit.ts';

export const simulateHeader = 'plinth-simulate';

/** What one call asks for: a refusal of the edge's own, by its code; else an effect of a fault rule. */
type Simulation = { refusal: string } | FaultEffect;

const refusals = new Map([
  ['429', 'rate-limited'],
  ['500', 'internal'],
  ['503', 'overloaded'],
]);

const simulations = '429, 500, 503, slow:<milliseconds up to 60000> or drop-after-effect';

/** undefined = it is none of `simulations`. */
function readSimulation(field: string): Simulation | undefined {
  const refusal = refusals.get(field);
  if (refusal !== undefined) return { refusal };
  if (field === 'drop-after-effect') return { reset: true };
  const delay = Number(/^slow:(\d{1,5})$/.exec(field)?.[1] ?? NaN);
  return delay <= mostDelayMs ? { delay } : undefined;
}

/** Does what a call asks for. True: it has been answered, by the refusal it asked for or because it asks for nothing there is. */
export function isSimulated(visit: Visit, edge: RunningEdge, holder: Holder): boolean {
  const field = visit.wire.header(simulateHeader);
  if (field === undefined) return false;
  const simulation = readSimulation(field);
  if (simulation !== undefined && !('refusal' in simulation)) {
    visit.effect = simulation;
    return false;
  }
  const held = new HeldTransport(visit, holder);
  if (simulation === undefined) {
    const message = `Is one of ${simulations}.`;
    edge.refuseOver(held, 'invalid-parameter', {
      errors: [{ in: 'header', pointer: '/Plinth-Simulate', rule: 'enum', message }],
    });
  } else edge.refuseOver(held, simulation.refusal, { values: { limit: 'simulated' }, headers: ['Retry-After', '1'] });
  return true;
}

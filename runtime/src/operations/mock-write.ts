// The mock as a fulfilment: same transaction, same key, and the facts its contract declares (declared-facts.ts), so that a
// mocked capability has events on the timeline like a real one.

import type { Reply } from '../context.ts';
import { assert, type Problem } from '../kernel/index.ts';
import type { Exchange } from '../pipeline/exchange.ts';
import type { ExecutionServices } from './services.ts';

/** The mock's answer as a reply; it fills in whose things these are. */
export function answerOfMock(
  x: Exchange,
  { clock }: Pick<ExecutionServices, 'clock'>,
): Reply | Problem | Promise<Reply | Problem> {
  const { mock } = x.operation.binding;
  assert(mock !== undefined, 'an operation without handler and mock is refused before dispatch');
  return mock.answer({
    operation: x.operation.operation,
    input: x.input,
    owner: mockOwner(x),
    clock,
    ifMatch: x.expectedVersion,
    transport: x.transport,
  });
}

/** A service calls for a customer: then these are the customer's things. */
function mockOwner(x: Exchange): string | undefined {
  return x.principal.audience === 'service' ? x.principal.customerId : x.owner;
}

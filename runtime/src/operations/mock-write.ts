// The mock as a fulfilment: same transaction, same key, and the facts its contract declares (declared-facts.ts), so that a
// mocked capability has events on the timeline like a real one.

import type { Reply } from '../context.ts';
import { assert, type Problem } from '../kernel/index.ts';
import type { Exchange } from '../pipeline/exchange.ts';
import type { ExecutionServices } from './services.ts';

/** The mock's answer as a reply; it fills in whose things these are. */
export async function answerOfMock(x: Exchange, services: ExecutionServices): Promise<Reply | Problem> {
  const { mock } = x.operation.binding;
  assert(mock !== undefined, 'an operation without handler and mock is refused before dispatch');
  const answer = await mock.answer({
    operation: x.operation.operation,
    input: x.input,
    owner: mockOwner(x),
    now: services.clock.now(),
    ifMatch: x.expectedVersion,
    header: (name) => x.header(name),
  });
  return answer;
}

/** A service calls for a customer: then these are the customer's things. */
function mockOwner(x: Exchange): string | undefined {
  return x.principal.audience === 'service' ? x.principal.customerId : x.owner;
}

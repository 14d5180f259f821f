// The stateful mock behind the edge: it answers what nobody has written yet.

import { type Contract, createMock, type Mock, type MockAnswer, type MockOptions } from '@plinth/contract/serving';
import { problem, systemClock } from '@plinth/runtime/kernel';
import type { MockCall, MockDispatch } from '@plinth/runtime/pipeline';

/** A mock of one contract, with things of its own or, as far as they fit the contract, those in `store`. */
export function mockFor(contract: Contract, options: MockOptions = {}): MockDispatch {
  const mock = createMock(contract, options);
  if (options.store) mock.adopt(systemClock.now());
  return dispatchTo(mock, ({ operation, input, owner, clock, ifMatch, transport }) =>
    mock.answer({ operation, input, owner, now: clock.now(), ifMatch, prefer: transport?.header('prefer') }),
  );
}

/** A mock as the edge calls it. `answer` says how a call reaches it. */
export function dispatchTo(mock: Mock, answer: (call: MockCall) => MockAnswer): MockDispatch {
  const resources = mock.contract.resources.map((resource) => resource.name);
  return {
    answer(call) {
      const said = answer(call);
      if (said.kind === 'problem') return problem(said.code as 'not-found', said.values) as never;
      const { status, headers, body } = said;
      // The edge writes JSON by itself; text that names its own type would be sent as it stands.
      if (typeof body !== 'string' || !(headers['content-type'] ?? '').includes('json'))
        return { status, headers, body };
      const { 'content-type': _, ...others } = headers;
      return { status, headers: others, body };
    },
    // Asking whose a thing is must see what a first call would see.
    owners: Object.fromEntries(resources.map((name) => [name, (ids: readonly string[]) => mock.owners(name, ids)])),
  };
}

// The stateful mock behind the edge: it answers what nobody has written yet.

import { type Contract, createMock } from '@plinth/contract';
import { problem } from '@plinth/runtime';
import type { MockDispatch } from '@plinth/runtime/pipeline';

/** A mock of one contract, with its own state. */
export function mockFor(contract: Contract, seed = 1): MockDispatch {
  const mock = createMock(contract, { seed });
  const resources = contract.resources.map((resource) => resource.name);
  return {
    answer(call) {
      const answer = mock.answer(call);
      if (answer.kind === 'problem')
        return Promise.resolve(problem(answer.code as 'not-found', answer.values) as never);
      return Promise.resolve({
        status: answer.status,
        headers: answer.type.includes('json') || answer.type === '' ? {} : { 'content-type': answer.type },
        body: answer.body,
      });
    },
    // Asking whose a thing is must see what a first call would see.
    owners: Object.fromEntries(resources.map((name) => [name, (ids: readonly string[]) => mock.owners(name, ids)])),
  };
}

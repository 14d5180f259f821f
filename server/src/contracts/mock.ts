// The stateful mock behind the edge: it answers what nobody has written yet.

import { type Contract, createMock, type MockOptions } from '@plinth/contract';
import { problem } from '@plinth/runtime';
import type { MockDispatch } from '@plinth/runtime/pipeline';

/** A mock of one contract, with things of its own or those in `store`. */
export function mockFor(contract: Contract, options: MockOptions = {}): MockDispatch {
  const mock = createMock(contract, options);
  const resources = contract.resources.map((resource) => resource.name);
  return {
    answer(call) {
      const answer = mock.answer(call);
      if (answer.kind === 'problem')
        return Promise.resolve(problem(answer.code as 'not-found', answer.values) as never);
      const { 'content-type': type = '', ...headers } = answer.headers;
      return Promise.resolve({
        status: answer.status,
        // JSON is what the edge writes by itself.
        headers: type === '' || type.includes('json') ? headers : answer.headers,
        body: answer.body,
      });
    },
    // Asking whose a thing is must see what a first call would see.
    owners: Object.fromEntries(resources.map((name) => [name, (ids: readonly string[]) => mock.owners(name, ids)])),
  };
}

// Which operation of the base is which of the revision: by method and path, else by operationId.

import type { Operation } from '../model/contract.ts';

export interface Matched {
  pairs: [old: Operation, fresh: Operation][];
  removed: Operation[];
  added: Operation[];
}

/** Names of path variables do not count: `key` has none. A generated id names nothing, so it matches nothing. */
export function matchOperations(base: readonly Operation[], revision: readonly Operation[]): Matched {
  const freshByKey = new Map(revision.map((operation) => [operation.key, operation]));
  const pairs: Matched['pairs'] = [];
  const left: Operation[] = [];
  for (const old of base) {
    const fresh = freshByKey.get(old.key);
    if (fresh === undefined) left.push(old);
    else {
      pairs.push([old, fresh]);
      freshByKey.delete(old.key);
    }
  }
  const freshById = new Map([...freshByKey.values()].filter(isNamed).map((operation) => [operation.id, operation]));
  const removed: Operation[] = [];
  for (const old of left) {
    const fresh = isNamed(old) ? freshById.get(old.id) : undefined;
    if (fresh === undefined) removed.push(old);
    else {
      pairs.push([old, fresh]);
      freshByKey.delete(fresh.key);
    }
  }
  return { pairs, removed, added: [...freshByKey.values()] };
}

function isNamed(operation: Operation): boolean {
  return typeof operation.node['operationId'] === 'string';
}

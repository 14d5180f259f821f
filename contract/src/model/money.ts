// Which operations move money: what is repeated of them costs somebody.

import { declaredMembers } from '../schema/members.ts';
import type { Contract, Operation, Schema } from './contract.ts';

/** Somewhere in the body stands an amount with its currency. */
export function movesMoney({ document }: Pick<Contract, 'document'>, { body }: Pick<Operation, 'body'>): boolean {
  const queue: (Schema | undefined)[] = (body?.media ?? []).map(({ schema }) => schema);
  const seen = new Set<object>();
  for (let next = queue.pop(); next !== undefined || queue.length > 0; next = queue.pop()) {
    if (typeof next !== 'object' || seen.has(next)) continue;
    seen.add(next);
    const { properties, items } = declaredMembers(next, document);
    if (properties.has('amount') && properties.has('currency')) return true;
    queue.push(...properties.values(), items);
  }
  return false;
}

// How a list continues, where the contract does not say it in `x-plinth.paging`.

import { follow, isObject } from '../load/pointer.ts';
import { declaredMembers } from '../schema/members.ts';
import type { Contract, Operation } from './contract.ts';
import { answerSchema } from './resources.ts';

/** Fills in `policy.paging` of reads that take a `cursor` and answer with an object of `items` and `next`. */
export function inferPaging(contract: Contract): void {
  for (const operation of contract.operations) {
    if (operation.method === 'get' && !operation.policy.paging && continues(contract, operation))
      operation.policy.paging = { style: 'cursor', items: 'items', next: 'next', max: maxOf(contract, operation) };
  }
}

/** Without a parameter to send `next` back in, a list has no second page. */
function continues(contract: Contract, operation: Operation): boolean {
  if (!operation.params.some((param) => param.in === 'query' && param.name === 'cursor')) return false;
  const schema = answerSchema(contract, operation);
  if (!schema) return false;
  const { properties } = declaredMembers(schema, contract.document);
  const items = properties.get('items');
  const followed = items === undefined ? undefined : follow(contract.document, items);
  return isObject(followed) && followed['type'] === 'array' && properties.has('next');
}

/** The largest page: what `limit` allows, else 100. */
function maxOf(contract: Contract, operation: Operation): number {
  const limit = operation.params.find((param) => param.in === 'query' && param.name === 'limit');
  const schema = limit && follow(contract.document, limit.schema);
  const maximum = isObject(schema) ? schema['maximum'] : undefined;
  return typeof maximum === 'number' ? maximum : 100;
}

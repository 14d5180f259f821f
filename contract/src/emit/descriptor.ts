// Operations as data: what a client needs to call one without knowing its types.

import { follow, isObject } from '../load/pointer.ts';
import type { Contract, JsonValue, Operation } from '../model/contract.ts';
import { successes } from './operation-type.ts';

/** One operation for `client.call`; the same shape as `OperationDescriptor` of the client package. */
export interface Descriptor {
  capability: string;
  id: string;
  /** Upper case, as sent. */
  method: string;
  /** With the contract's base path: `/orders/v1/orders/{orderId}`. */
  path: string;
  params: { name: string; in: 'path' | 'query' | 'header' | 'cookie'; style: string; explode: boolean }[];
  hasBody: boolean;
  effect: 'read' | 'write' | 'destructive';
  idempotency: 'required' | 'optional' | 'none';
  paging?: { items: string; next: string };
}

export function descriptorOf(contract: Contract, operation: Operation): Descriptor {
  const paging = pagingOf(contract, operation);
  return {
    capability: contract.id,
    id: operation.id,
    method: operation.method.toUpperCase(),
    path: `${contract.basePath}${operation.path}`,
    params: operation.params.map(({ name, in: place, style, explode }) => ({ name, in: place, style, explode })),
    hasBody: operation.body !== undefined,
    effect: operation.policy.effect ?? (operation.method === 'get' || operation.method === 'head' ? 'read' : 'write'),
    idempotency: operation.policy.idempotency.mode,
    ...(paging ? { paging } : {}),
  };
}

/** How a list continues: as declared, else a `cursor` parameter with `items` and `next` in the answer. */
export function pagingOf(contract: Contract, operation: Operation): { items: string; next: string } | undefined {
  const declared = operation.policy.paging;
  const paging = declared ? { items: declared.items, next: declared.next } : { items: 'items', next: 'next' };
  if (!declared && !operation.params.some((param) => param.in === 'query' && param.name === 'cursor')) return undefined;
  const page = propertiesOf(contract, successes(operation)[0]?.response.media[0]?.schema);
  const items = follow(contract.document, page[paging.items]);
  return isObject(items) && page[paging.next] !== undefined ? paging : undefined;
}

function propertiesOf(contract: Contract, schema: JsonValue | undefined): Record<string, JsonValue> {
  const node = follow(contract.document, schema);
  if (!isObject(node)) return {};
  const parts = Array.isArray(node['allOf']) ? node['allOf'].map((part) => propertiesOf(contract, part)) : [];
  return Object.assign({}, ...parts, isObject(node['properties']) ? node['properties'] : {}) as Record<
    string,
    JsonValue
  >;
}

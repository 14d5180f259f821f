// Link Objects of responses: what an answer lets a caller do next.

import type { JsonObject, JsonValue, Link, Operation } from '../model/contract.ts';
import { follow, isObject, segmentsOf, textOf } from './pointer.ts';

/** Fills in `links` of all operations; a link to an operation that is not there has no `operation`. */
export function readLinks(operations: readonly Operation[], document: JsonObject): void {
  const byNode = new Map(operations.map((operation) => [operation.node, operation.id]));
  const known = new Set(byNode.values());
  for (const operation of operations) {
    const responses = operation.node['responses'];
    for (const [status, written] of Object.entries(isObject(responses) ? responses : {})) {
      const links = object(object(follow(document, written))['links']);
      for (const [name, value] of Object.entries(links)) {
        const node = follow(document, value);
        if (isObject(node)) operation.links.push(readLink(name, status, node));
      }
    }
  }

  function readLink(name: string, status: string, node: JsonObject): Link {
    const { operationId, operationRef, parameters, requestBody } = node;
    const target = typeof operationId === 'string' ? operationId : idAt(textOf(operationRef));
    return {
      name,
      status: /^\d{3}$/.test(status) ? Number(status) : status,
      ...(target !== undefined && known.has(target) ? { operation: target } : {}),
      params: object(parameters),
      ...(requestBody === undefined ? {} : { body: requestBody }),
      description: textOf(node['description']),
    };
  }

  /** `#/paths/~1orders~1{id}/get`; other documents are not looked into. */
  function idAt(reference: string): string | undefined {
    if (!reference.startsWith('#/')) return undefined;
    let node: JsonValue | undefined = document;
    for (const key of segmentsOf(reference.slice(1))) node = follow(document, object(node)[key]);
    return isObject(node) ? byNode.get(node) : undefined;
  }
}

function object(value: JsonValue | undefined): JsonObject {
  return isObject(value) ? value : {};
}

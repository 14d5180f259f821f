// The schemas of a contract by where they stand, found once per contract.

import { follow, isObject } from '../load/pointer.ts';
import { childSchemas, walkSchemas } from '../load/schemas.ts';
import type { Contract, JsonObject, JsonValue, Operation } from '../model/contract.ts';

const known = new WeakMap<Contract, JsonObject[]>();

/** Every object schema of the document and of its events, once, parents first. */
export function schemasOf(contract: Contract): JsonObject[] {
  let found = known.get(contract);
  if (found !== undefined) return found;
  found = [];
  const seen = new WeakSet<object>();
  const all = found;
  walkSchemas(contract.document, (schema) => {
    seen.add(schema);
    all.push(schema);
  });
  const queue: JsonValue[] = contract.events.map((event) => event.data).toReversed();
  for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
    if (!isObject(next) || seen.has(next)) continue;
    seen.add(next);
    all.push(next);
    queue.push(...childSchemas(next).map((child) => child.schema));
  }
  known.set(contract, found);
  return found;
}

const requestSide = new WeakMap<Contract, Set<JsonObject>>();

/** Schemas that a caller's values must fit: parameters and request bodies, with all they refer to. */
export function requestSchemas(contract: Contract): ReadonlySet<JsonObject> {
  let found = requestSide.get(contract);
  if (found === undefined) {
    found = reach(
      contract,
      contract.operations.flatMap((operation) => [
        ...operation.params.map((param) => param.schema),
        ...(operation.body?.media ?? []).flatMap((media) => (media.schema === undefined ? [] : [media.schema])),
      ]),
    );
    requestSide.set(contract, found);
  }
  return found;
}

/** What `roots` consist of, references followed; at most every schema of the document once. */
export function reach(contract: Contract, roots: readonly JsonValue[]): Set<JsonObject> {
  const seen = new Set<JsonObject>();
  const queue = [...roots];
  for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
    if (!isObject(next) || seen.has(next)) continue;
    seen.add(next);
    const target = follow(contract.document, next);
    if (isObject(target) && target !== next) queue.push(target);
    queue.push(...childSchemas(next).map((child) => child.schema));
  }
  return seen;
}

/** The schemas of an operation's successful answers. */
export function answerSchemas(operation: Operation): JsonValue[] {
  return operation.responses
    .filter(({ status }) => isSuccess(status))
    .flatMap((response) => response.media.flatMap((media) => (media.schema === undefined ? [] : [media.schema])));
}

export function isSuccess(status: number | string): boolean {
  return typeof status === 'number' ? status >= 200 && status < 300 : status === '2XX';
}

/** A schema's type names; empty when it has none. */
export function typesOf(schema: JsonObject): string[] {
  const { type } = schema;
  return (Array.isArray(type) ? type : [type]).filter((name) => typeof name === 'string');
}

/** The schema's own properties that are objects. */
export function propertiesOf(schema: JsonObject): [string, JsonObject][] {
  const { properties } = schema;
  if (!isObject(properties)) return [];
  return Object.entries(properties).filter((entry): entry is [string, JsonObject] => isObject(entry[1]));
}

/** The `x-plinth` object of a node; empty when it has none. */
export function plinthOf(node: JsonObject | boolean | undefined): JsonObject {
  const policy = isObject(node) ? node['x-plinth'] : undefined;
  return isObject(policy) ? policy : {};
}

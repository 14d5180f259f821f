// Data of server-sent events that is JSON. `contentSchema` is an annotation to JSON Schema and the payload to OpenAPI 3.2
// (4.14.3.3). Events of several kinds stand in branches, each with the data of its kind.

import { follow, isObject, textOf } from '../load/pointer.ts';
import type { JsonObject, Schema } from '../model/contract.ts';
import { isJson } from './media.ts';

/** Schema of the JSON in `data`, where this schema itself says so; undefined when it does not. */
export function eventDataOf(node: JsonObject): Schema | undefined {
  const { properties } = node;
  const data = isObject(properties) ? properties['data'] : undefined;
  if (!isObject(data) || !isJson(textOf(data['contentMediaType']))) return undefined;
  return (data['contentSchema'] ?? true) as Schema;
}

/** Each schema of an event, at any depth of composition, that says what its data holds. At most 1,000 are looked at. */
export function eventData(schema: Schema | undefined, document: JsonObject): { event: JsonObject; data: Schema }[] {
  const found: { event: JsonObject; data: Schema }[] = [];
  const seen = new Set<JsonObject>();
  const waiting: unknown[] = [schema];
  while (waiting.length > 0 && seen.size < 1000) {
    const node = follow(document, waiting.pop() as Schema);
    if (!isObject(node) || seen.has(node)) continue;
    seen.add(node);
    const data = eventDataOf(node);
    if (data !== undefined) found.push({ event: node, data });
    for (const list of [node['allOf'], node['oneOf'], node['anyOf']]) if (Array.isArray(list)) waiting.push(...list);
  }
  return found;
}

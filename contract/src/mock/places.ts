// Where things stand in answers: at the root, under one property, in the one array of an envelope.

import { isJson } from '../codec/media.ts';
import { follow, isObject } from '../load/pointer.ts';
import type { Contract, JsonObject, JsonValue, Media, Operation, Response, Schema } from '../model/contract.ts';
import { declaredMembers } from '../schema/members.ts';

export { isJson };

export interface ChosenAnswer {
  status: number;
  media: Media | undefined;
  headers: Response['headers'];
}

/** The response with a status, else the first success: exact before range before default; JSON before other media. */
export function chooseAnswer(operation: Operation, wanted?: number): ChosenAnswer | undefined {
  const { responses } = operation;
  const exact = (status: number): Response | undefined => responses.find((response) => response.status === status);
  const success = responses.find(({ status }) => typeof status === 'number' && status >= 200 && status < 300);
  const chosen =
    wanted === undefined
      ? (success ??
        responses.find(({ status }) => status === '2XX') ??
        responses.find(({ status }) => status === 'default') ??
        responses.find(({ status }) => typeof status === 'number' && status < 400))
      : (exact(wanted) ??
        responses.find(({ status }) => status === `${Math.floor(wanted / 100)}XX`) ??
        responses.find(({ status }) => status === 'default'));
  if (!chosen) return wanted === undefined ? { status: 200, media: undefined, headers: [] } : undefined;
  const status = typeof chosen.status === 'number' ? chosen.status : (wanted ?? 200);
  const media = chosen.media.find(({ type }) => isJson(type)) ?? chosen.media[0];
  return { status, media, headers: chosen.headers };
}

/** Names from the root of an answer to what is meant, and its schema. */
export interface Place {
  path: readonly string[];
  schema: Schema;
}

/** Names of properties that hold a list by convention, in order of preference. */
const listNames = ['items', 'data', 'results', 'content', 'value'];

/** The list inside an answer: the root, its one array, or the one array of its one envelope (`data.accounts`). */
export function listPlace(contract: Contract, schema: Schema, depth = 0): Place | undefined {
  const node = follow(contract.document, schema);
  if (!isObject(node)) return undefined;
  if (node['type'] === 'array') return { path: [], schema: (node['items'] ?? true) as Schema };
  const { properties } = declaredMembers(schema, contract.document);
  // A thing with an id of its own that holds lists is a thing.
  if (depth > 1 || properties.has('id')) return undefined;
  const arrays = [...properties].flatMap(([name, property]) => {
    const followed = follow(contract.document, property);
    return isObject(followed) && followed['type'] === 'array'
      ? [{ path: [name], schema: (followed['items'] ?? true) as Schema }]
      : [];
  });
  const named = listNames.flatMap((name) => arrays.filter(({ path }) => path[0] === name))[0];
  if (named ?? arrays.length > 0) return named ?? (arrays.length === 1 ? arrays[0] : undefined);
  const envelope = properties.get('data');
  const inner = envelope === undefined ? undefined : listPlace(contract, envelope, depth + 1);
  return inner && { path: ['data', ...inner.path], schema: inner.schema };
}

/** The thing inside an answer: the root, or the one object under the resource's name or a customary one. */
export function thingPlace(contract: Contract, schema: Schema, name: string): Place {
  const { properties } = declaredMembers(schema, contract.document);
  if (!properties.has('id') && properties.size <= 4) {
    for (const key of [name, snake(name), 'data', 'result', 'item']) {
      const property = properties.get(key);
      const followed = property === undefined ? undefined : follow(contract.document, property);
      if (
        property !== undefined &&
        isObject(followed) &&
        declaredMembers(property, contract.document).properties.size > 0
      )
        return { path: [key], schema: property };
    }
  }
  return { path: [], schema };
}

function snake(name: string): string {
  return name
    .replaceAll('-', '_')
    .replaceAll(/([a-z])([A-Z])/g, (_all, left: string, right: string) => `${left}_${right.toLowerCase()}`);
}

/** The value at a place; undefined when the way is not there. */
export function partAt(value: JsonValue | undefined, path: readonly string[]): JsonValue | undefined {
  let part = value;
  for (const name of path) part = isObject(part) ? part[name] : undefined;
  return part;
}

/** `value` with `part` at a place. */
export function withPart(value: JsonValue, path: readonly string[], part: JsonValue): JsonValue {
  const [name, ...rest] = path;
  if (name === undefined) return part;
  const holder: JsonObject = isObject(value) ? { ...value } : {};
  holder[name] = withPart(holder[name] ?? {}, rest, part);
  return holder;
}

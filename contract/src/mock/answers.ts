// From things to answers: which response, and how a thing or a list of them stands in it.

import type { Generator } from '../generate/instance.ts';
import { follow, isObject } from '../load/pointer.ts';
import type { Contract, JsonObject, JsonValue, Media, Operation, Resource, Schema } from '../model/contract.ts';
import { listProperty } from '../model/resources.ts';

export interface ChosenAnswer {
  status: number;
  media: Media | undefined;
}

/** The first success: exact status before range before default; JSON before other media. */
export function chooseAnswer(operation: Operation): ChosenAnswer {
  const { responses } = operation;
  const exact = responses.find(({ status }) => typeof status === 'number' && status >= 200 && status < 300);
  const chosen =
    exact ??
    responses.find(({ status }) => status === '2XX') ??
    responses.find(({ status }) => status === 'default') ??
    responses.find(({ status }) => typeof status === 'number' && status < 400);
  const status = typeof chosen?.status === 'number' ? chosen.status : 200;
  return { status, media: chosen?.media.find(({ type }) => type.includes('json')) ?? chosen?.media[0] };
}

interface ListFill {
  generator: Generator;
  items: JsonObject[];
  total: number;
  next: string | null;
  limit: number;
  from: number;
}

/** A list as the answer describes it, with truthful counts around it. */
export function fillEnvelope(contract: Contract, schema: Schema, fill: ListFill): JsonValue {
  const node = follow(contract.document, schema as JsonValue);
  if (!isObject(node)) return fill.items;
  if (node['type'] === 'array') return fill.items;
  const { value } = fill.generator.instance(schema, { name: 'page', direction: 'response', key: 'page' });
  const envelope: JsonObject = isObject(value) ? value : {};
  const list = listProperty(contract, node);
  if (list) envelope[list.name] = fill.items;
  const properties = isObject(node['properties']) ? node['properties'] : {};
  const truths: Record<string, JsonValue> = {
    count: fill.total,
    total: fill.total,
    totalCount: fill.total,
    total_count: fill.total,
    limit: fill.limit,
    offset: fill.from,
    has_more: fill.next !== null,
    hasMore: fill.next !== null,
  };
  for (const [name, truth] of Object.entries(truths))
    if (name in properties && typeof envelope[name] === typeof truth) envelope[name] = truth;
  for (const name of ['next', 'cursor', 'nextCursor']) {
    if (!(name in properties)) continue;
    if (fill.next !== null) envelope[name] = fill.next;
    else if (acceptsNull(contract, properties[name])) envelope[name] = null;
    else delete envelope[name];
  }
  return envelope;
}

function acceptsNull(contract: Contract, schema: JsonValue | undefined): boolean {
  const node = follow(contract.document, schema);
  return isObject(node) && (node['type'] === 'null' || (Array.isArray(node['type']) && node['type'].includes('null')));
}

interface ItemFill {
  generator: Generator;
  resource: Resource;
  item: JsonObject;
  input: Readonly<Record<string, unknown>>;
  now: Temporal.Instant;
}

/** A thing as the answer describes it. */
export function bodyOf(contract: Contract, schema: Schema, fill: ItemFill): JsonValue {
  const { generator, resource, item } = fill;
  if (isSame(contract, schema, resource.schema)) return item;
  const node = follow(contract.document, schema as JsonValue);
  const { value } = generator.instance(schema, {
    name: resource.name,
    direction: 'response',
    key: `about/${String(item[resource.id])}`,
  });
  if (!isObject(value) || !isObject(node)) return value;
  // An envelope with the thing under one property (`{ order: {…} }`).
  const properties = isObject(node['properties']) ? node['properties'] : {};
  for (const [name, property] of Object.entries(properties)) {
    if (isSame(contract, property as Schema, resource.schema)) return { ...value, [name]: item };
  }
  // Another thing about this one: a task, a receipt. It says whose and takes over what has the same name.
  const body = isObject(fill.input['body'] as JsonValue) ? (fill.input['body'] as JsonObject) : {};
  for (const name of Object.keys(properties)) {
    if (name === `${resource.name}Id`) value[name] = item[resource.id] ?? null;
    else if (name in body) value[name] = structuredClone(body[name] ?? null);
    else if (name !== resource.id && name in item) value[name] = item[name] ?? null;
  }
  return generator.validator(schema, 'response').check(value)
    ? value
    : generator.instance(schema, { name: resource.name, direction: 'response' }).value;
}

function isSame(contract: Contract, left: Schema, right: Schema | undefined): boolean {
  if (right === undefined) return false;
  const [a, b] = [follow(contract.document, left as JsonValue), follow(contract.document, right as JsonValue)];
  return a === b && isObject(a);
}

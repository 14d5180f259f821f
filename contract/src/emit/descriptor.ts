// Operations as data: what a client needs to call one without knowing its types.

import { follow, isObject } from '../load/pointer.ts';
import type { Contract, JsonObject, JsonValue, Operation, Param } from '../model/contract.ts';
import type { Criticality } from '../model/policy.ts';
import { successes } from './operation-type.ts';

/** One operation for `client.call`; the same shape as `OperationDescriptor` of the client package. */
export interface Descriptor {
  capability: string;
  id: string;
  /** Upper case, as sent. */
  method: string;
  /** With the contract's base path: `/orders/v1/orders/{orderId}`. */
  path: string;
  params: (Pick<Param, 'name' | 'in' | 'style' | 'explode' | 'media'> & { reserved?: true; form?: Form })[];
  hasBody: boolean;
  /** Media type of the body when it is not JSON. */
  media?: string;
  /** Properties of a form that `encoding` says something about. */
  form?: Form;
  effect: 'read' | 'write' | 'destructive';
  idempotency: 'required' | 'optional' | 'none';
  /** Where it is another than usual for its effect. */
  criticality?: Criticality;
  paging?: Paging;
  /** Set for the API of somebody else. */
  foreign?: true;
}

/** Properties of a form that are written in another way than usual. */
export type Form = Record<string, FormField>;

/** How a property of a form is written. */
export type FormField = Partial<Pick<Param, 'style' | 'explode' | 'media'>> & { reserved?: true };

/** How a list goes on; the same shape as `PagingDescriptor` of the client package. */
export interface Paging {
  items: string;
  next?: string;
  param?: string;
  style?: 'offset' | 'page';
  more?: string;
}

export function descriptorOf(contract: Contract, operation: Operation): Descriptor {
  const paging = pagingOf(contract, operation);
  const media = bodyMedia(operation);
  const form = media === undefined ? undefined : formOf(operation, media);
  const { criticality } = operation.policy;
  const effect =
    operation.policy.effect ?? (operation.method === 'get' || operation.method === 'head' ? 'read' : 'write');
  return {
    capability: contract.id,
    id: operation.id,
    method: operation.method.toUpperCase(),
    path: `${contract.basePath}${operation.path}`,
    params: operation.params.map(paramOf),
    hasBody: operation.body !== undefined,
    ...(media === undefined ? {} : { media }),
    ...(form === undefined ? {} : { form }),
    effect,
    idempotency: keyModeOf(contract, operation),
    ...(criticality === (effect === 'read' ? 'sheddable-plus' : 'critical') ? {} : { criticality }),
    ...(paging ? { paging } : {}),
    ...(contract.foreign ? { foreign: true } : {}),
  };
}

function paramOf({
  name,
  in: place,
  style,
  explode,
  media,
  allowReserved,
  encoding,
}: Param): Descriptor['params'][number] {
  const form = encoding === undefined ? undefined : fieldsOf(encoding);
  return {
    name,
    in: place,
    style,
    explode,
    ...(media === undefined ? {} : { media: essence(media) }),
    ...(allowReserved && place === 'query' ? { reserved: true } : {}),
    ...(form === undefined ? {} : { form }),
  };
}

/** What `encoding` says of the properties of a form; undefined = nothing. */
function formOf(operation: Operation, media: string): Form | undefined {
  return fieldsOf(operation.body?.media.find(({ type }) => essence(type) === media)?.encoding ?? {});
}

function fieldsOf(encoding: JsonObject): Form | undefined {
  const fields = Object.entries(encoding).flatMap(([name, said]): [string, FormField][] => {
    const field = isObject(said) ? fieldOf(said) : {};
    return Object.keys(field).length > 0 ? [[name, field]] : [];
  });
  return fields.length > 0 ? Object.fromEntries(fields) : undefined;
}

function fieldOf({ style, explode, contentType, allowReserved }: JsonObject): FormField {
  const [type = ''] = typeof contentType === 'string' ? contentType.split(',') : [];
  // A style that is written down goes before a content type (OpenAPI 3.2, 4.15.1.1); a range names no type.
  const media = style === undefined && !type.includes('*') ? essence(type) : '';
  return {
    ...(typeof style === 'string' ? { style } : {}),
    ...(typeof explode === 'boolean' ? { explode } : {}),
    ...(media === '' ? {} : { media }),
    ...(allowReserved === true ? { reserved: true } : {}),
  };
}

/** A media type without its parameters. */
function essence(type: string): string {
  return (type.split(';')[0] ?? '').trim().toLowerCase();
}

/** JSON where the contract offers it, else what it names first; undefined for JSON. */
function bodyMedia(operation: Operation): string | undefined {
  const types = (operation.body?.media ?? []).map(({ type }) => essence(type));
  const [first] = types;
  if (first === undefined || types.some((type) => type.endsWith('/json') || type === '*/*')) return undefined;
  return types.find((type) => type.endsWith('+json')) ?? first;
}

/** Whether a caller may send an Idempotency-Key. A foreign API knows keys only where it says so: repeating there could act twice. */
export function keyModeOf(contract: Contract, operation: Operation): Descriptor['idempotency'] {
  const isKnown =
    !contract.foreign ||
    says(contract.document['x-plinth']) ||
    says(operation.node['x-plinth']) ||
    operation.params.some((param) => param.in === 'header' && param.name.toLowerCase() === 'idempotency-key');
  return isKnown && operation.policy.effect !== 'read' ? operation.policy.idempotency.mode : 'none';
}

function says(node: JsonValue | undefined): boolean {
  return isObject(node) && node['idempotency'] !== undefined;
}

/** Query parameters that ask for the next page, with the names pages give its value. */
const cursors: readonly (readonly [param: string, next: readonly string[]])[] = [
  ['cursor', ['next', 'nextCursor', 'next_cursor']],
  ['after', ['next', 'last_id', 'end_cursor']],
  ['pageToken', ['nextPageToken']],
  ['page_token', ['next_page_token']],
];
const lists = ['items', 'data', 'results', 'records'];

/** How a list continues: as declared, else as names of query parameters and of the page's properties suggest. */
export function pagingOf(contract: Contract, operation: Operation): Paging | undefined {
  const answers = successes(operation).filter(({ status }) => status < 300);
  const page = propertiesOf(contract, answers[0]?.response.media[0]?.schema);
  // The items of a page must have one type.
  if (answers.length !== 1) return undefined;
  const isList = (name: string): boolean => {
    const schema = follow(contract.document, page[name]);
    return isObject(schema) && schema['type'] === 'array';
  };
  const declared = operation.policy.paging;
  if (declared) {
    const { items, next } = declared;
    return isList(items) && page[next] !== undefined ? { items, next } : undefined;
  }
  if (operation.method !== 'get') return undefined;
  const arrays = Object.keys(page).filter(isList);
  const items = lists.find((name) => arrays.includes(name)) ?? (arrays.length === 1 ? arrays[0] : undefined);
  if (items === undefined) return undefined;
  const asks = (name: string): boolean => operation.params.some((param) => param.in === 'query' && param.name === name);
  for (const [param, names] of cursors) {
    const next = names.find((name) => page[name] !== undefined);
    if (!asks(param) || next === undefined) continue;
    const more = ['has_more', 'hasMore'].find((name) => page[name] !== undefined);
    return { items, next, ...(param === 'cursor' ? {} : { param }), ...(more === undefined ? {} : { more }) };
  }
  if (asks('offset')) return { items, style: 'offset', param: 'offset' };
  return asks('page') ? { items, style: 'page', param: 'page' } : undefined;
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

// The contracts a channel may see, out of `GET /openapi.json`: each operation as data for forms, results and calls.

import type { OperationDescriptor, ParamDescriptor } from '@plinth/client';
import { withLookUps } from './look-up.ts';
import { type Document, policyOf, resolve, type Schema } from './schema.ts';

export interface ContractParam {
  readonly name: string;
  readonly in: ParamDescriptor['in'];
  readonly isRequired: boolean;
  readonly description: string;
  readonly schema: Schema;
}

/** A value that can be looked up among the caller's own things (`x-plinth.skill.from`). */
export interface LookUp {
  readonly operation: string;
  readonly items: string;
  readonly value: string;
  readonly label: string;
}

export interface ContractOperation {
  /** `orders.placeOrder`. */
  readonly key: string;
  readonly capability: string;
  readonly descriptor: OperationDescriptor;
  /** Verb + object, in the contract's words. */
  readonly title: string;
  readonly description: string;
  readonly tag: string;
  readonly audience: readonly string[];
  readonly channels: readonly string[] | undefined;
  readonly isDeprecated: boolean;
  readonly params: readonly ContractParam[];
  readonly body: { readonly isRequired: boolean; readonly schema: Schema } | undefined;
  /** Schema of the first successful answer with a body. */
  readonly answer: Schema | undefined;
  readonly lookUps: Readonly<Record<string, LookUp>>;
  /** The operation's `x-plinth`, as served. */
  readonly policy: Readonly<Record<string, unknown>>;
  readonly security: unknown;
}

export interface ContractStates {
  readonly property: string;
  readonly initial: string;
  readonly final: readonly string[];
  readonly moves: readonly { name: string; from: readonly string[]; to: string; by: string }[];
}

export interface ContractCatalogue {
  readonly document: Document;
  readonly operations: readonly ContractOperation[];
  byKey(key: string): ContractOperation | undefined;
  /** Component schema of a capability, resolved: `schema('orders', 'Order')`. */
  schema(capability: string, name: string): Schema | undefined;
  states(capability: string, name: string): ContractStates | undefined;
}

const methods = ['get', 'put', 'post', 'patch', 'delete'] as const;

/** Reads a bundle; what it does not understand is left out. */
export function readCatalogue(document: Document): ContractCatalogue {
  const paths = members(document['paths']);
  const read = Object.entries(paths).flatMap(([path, item]) =>
    methods.flatMap((method) => {
      const node = members(item)[method];
      return node === undefined
        ? []
        : [readOperation(document, { path, method, item: members(item), node: members(node) })];
    }),
  );
  const operations = withLookUps(read, document);
  const byKey = new Map(operations.map((operation) => [operation.key, operation]));
  const schema = (capability: string, name: string): Schema | undefined => {
    const schemas = members(members(document['components'])['schemas']);
    const found = schemas[`${capability}.${name}`] ?? schemas[name];
    return found === undefined ? undefined : resolve(found, document);
  };
  return {
    document,
    operations,
    byKey: (key) => byKey.get(key),
    schema,
    states: (capability, name) => policyOf(schema(capability, name) ?? {})['states'] as ContractStates | undefined,
  };
}

interface Place {
  path: string;
  method: (typeof methods)[number];
  item: Record<string, unknown>;
  node: Record<string, unknown>;
}

function readOperation(document: Document, place: Place): ContractOperation {
  const { node, path, method } = place;
  const policy = policyOf(node);
  const capability = typeof policy['capability'] === 'string' ? policy['capability'] : (path.split('/')[1] ?? '');
  const id = text(node['operationId']) || `${method} ${path}`;
  const params = [...list(place.item['parameters']), ...list(node['parameters'])].map((param) =>
    readParam(resolve(param, document), document),
  );
  const body = node['requestBody'] === undefined ? undefined : resolve(node['requestBody'], document);
  const content = members(body?.['content']);
  const isForm = content['application/json'] === undefined && content[formType] !== undefined;
  const effect = effectOf(policy['effect'], method);
  const paging = policy['paging'] as { items?: string; next?: string } | undefined;
  const isPaged = params.some((param) => param.name === 'cursor' && param.in === 'query');
  return {
    key: `${capability}.${id}`,
    capability,
    title: text(node['summary']) || id,
    description: text(node['description']),
    tag: text(list(node['tags'])[0]),
    audience: list(policy['audience']).map(String),
    channels: Array.isArray(policy['channel']) ? policy['channel'].map(String) : undefined,
    isDeprecated: node['deprecated'] === true,
    params,
    body: body && {
      isRequired: body['required'] === true,
      schema: isForm ? formSchemaOf(body, document) : jsonSchemaOf(body, document),
    },
    answer: answerOf(document, members(node['responses'])),
    lookUps: (members(policy['skill'])['from'] ?? {}) as Record<string, LookUp>,
    policy,
    security: node['security'],
    descriptor: {
      capability,
      id,
      method: method.toUpperCase(),
      path,
      params: params.map((param) => ({
        name: param.name,
        in: param.in,
        style: param.in === 'query' ? 'form' : 'simple',
        explode: param.in === 'query',
      })),
      hasBody: body !== undefined,
      ...(isForm ? { media: formType } : {}),
      effect,
      idempotency: idempotencyOf(policy['idempotency'], effect),
      ...(isPaged ? { paging: { items: paging?.items ?? 'items', next: paging?.next ?? 'next' } } : {}),
    },
  };
}

function readParam(param: Schema, document: Document): ContractParam {
  return {
    name: text(param['name']),
    in: (text(param['in']) || 'query') as ParamDescriptor['in'],
    isRequired: param['required'] === true,
    description: text(param['description']),
    schema: resolve(param['schema'], document),
  };
}

function answerOf(document: Document, responses: Record<string, unknown>): Schema | undefined {
  const good = Object.keys(responses)
    .filter((status) => status.startsWith('2'))
    .toSorted();
  for (const status of good) {
    const response = resolve(responses[status], document);
    if (members(response['content'])['application/json'] !== undefined) return jsonSchemaOf(response, document);
  }
  return undefined;
}

function jsonSchemaOf(holder: Schema, document: Document): Schema {
  return resolve(members(members(holder['content'])['application/json'])['schema'], document);
}

const formType = 'multipart/form-data';

/** Each part knows which types its encoding allows. */
function formSchemaOf(body: Schema, document: Document): Schema {
  const media = members(members(body['content'])[formType]);
  const schema = resolve(media['schema'], document);
  const encoding = members(media['encoding']);
  const parts = Object.entries(members(schema['properties'])).map(([name, part]) => {
    const contentMediaType = text(members(encoding[name])['contentType']);
    return [name, contentMediaType === '' ? part : { ...members(part), contentMediaType }];
  });
  return { ...schema, properties: Object.fromEntries(parts) as Record<string, unknown> };
}

function effectOf(declared: unknown, method: string): OperationDescriptor['effect'] {
  if (declared === 'read' || declared === 'write' || declared === 'destructive') return declared;
  return method === 'get' ? 'read' : method === 'delete' ? 'destructive' : 'write';
}

function idempotencyOf(declared: unknown, effect: string): OperationDescriptor['idempotency'] {
  const mode = typeof declared === 'string' ? declared : members(declared)['mode'];
  if (mode === 'required' || mode === 'optional' || mode === 'none') return mode;
  return effect === 'read' ? 'none' : 'optional';
}

function members(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};
}

function list(value: unknown): unknown[] {
  return Array.isArray(value) ? (value as unknown[]) : [];
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

// What the operations do to which thing: declared by `x-plinth.resource`, else inferred from paths and schemas.

import { follow, isObject } from '../load/pointer.ts';
import { statesOf } from '../load/policy.ts';
import { declaredMembers } from '../schema/members.ts';
import type { Contract, JsonObject, Operation, Resource, ResourceAction, Schema } from './contract.ts';

/** Resources of a contract, in order of first use. */
export function inferResources(contract: Contract): Resource[] {
  const byName = new Map<string, Resource>();
  const paths = new Set(contract.operations.map((operation) => operation.path));
  for (const operation of contract.operations) {
    const inferred = inferOne(contract, operation, paths);
    if (!inferred) continue;
    let resource = byName.get(inferred.name);
    if (!resource) {
      resource = { name: inferred.name, id: inferred.id, operations: [] };
      byName.set(inferred.name, resource);
    }
    if (inferred.schema !== undefined && resource.schema === undefined) {
      resource.schema = inferred.schema;
      const states = statesOf(follow(contract.document, inferred.schema));
      if (states) resource.states = states;
    }
    const declaredStates = operation.policy.states;
    if (declaredStates && resource.states === undefined && holds(contract, inferred.schema, declaredStates.property))
      resource.states = declaredStates;
    if (inferred.parent) resource.parent = inferred.parent;
    resource.operations.push({ id: operation.id, action: inferred.action });
  }
  return [...byName.values()];
}

/** States of the document are inherited by all operations; they belong to the things that have the property. */
function holds(contract: Contract, schema: Schema | undefined, property: string): boolean {
  return schema !== undefined && declaredMembers(schema, contract.document).properties.has(property);
}

interface Inferred {
  name: string;
  action: ResourceAction;
  id: string;
  schema?: Schema;
  parent?: string;
}

/** What a method does to the one thing its path names. */
const actionsById: Partial<Record<string, ResourceAction>> = {
  get: 'read',
  put: 'replace',
  patch: 'update',
  delete: 'remove',
  post: 'update',
};

function inferOne(contract: Contract, operation: Operation, paths: ReadonlySet<string>): Inferred | undefined {
  const declared = operation.policy.resource;
  const segments = operation.path.split('/').filter(Boolean);
  const last = segments.at(-1) ?? '';
  const variables = segments.filter((segment) => segment.startsWith('{'));
  const collection = segments.findLast((segment) => !segment.startsWith('{')) ?? '';
  const schema = itemSchema(contract, operation);
  const byId = last.startsWith('{');
  const id = byId ? idProperty(contract, schema, last.slice(1, -1)) : 'id';
  const result = (name: string, action: ResourceAction): Inferred => ({
    ...overlay({ name, action, id }, declared),
    ...(schema === undefined ? {} : { schema }),
  });
  if (byId) {
    const action = actionsById[operation.method];
    return action && result(singular(segments.at(-2) ?? collection), action);
  }
  const isCollection = paths.has(`${operation.path}/${firstVariableBelow(paths, operation.path)}`);
  const parent =
    variables.length > 0 ? singular(segments[segments.indexOf(variables.at(-1) as string) - 1] ?? '') : undefined;
  const below = parent ? { parent } : {};
  if (operation.method === 'get') {
    if (isListAnswer(contract, operation)) return { ...result(singular(last), 'list'), ...below };
    return isThing(contract, schema) ? result(singular(last), 'read') : undefined;
  }
  if (operation.method !== 'post') return undefined;
  if (isCollection || isListed(contract, operation.path)) return { ...result(singular(last), 'create'), ...below };
  if (parent) return result(parent, 'transition');
  return declared && result(singular(last), 'create');
}

/** What is declared wins over what the path suggests. */
function overlay(
  inferred: { name: string; action: ResourceAction; id: string },
  declared: Operation['policy']['resource'],
): { name: string; action: ResourceAction; id: string } {
  return {
    name: declared?.name ?? inferred.name,
    action: (declared?.action as ResourceAction | undefined) ?? inferred.action,
    id: declared?.id ?? inferred.id,
  };
}

/** A download or a bare value below a thing (`/files/{id}/content`) is a view of it, not a thing of its own. */
function isThing(contract: Contract, schema: Schema | undefined): boolean {
  return schema !== undefined && declaredMembers(schema, contract.document).properties.size > 0;
}

function firstVariableBelow(paths: ReadonlySet<string>, path: string): string {
  for (const other of paths) {
    if (!other.startsWith(`${path}/`)) continue;
    const rest = other.slice(path.length + 1);
    if (/^\{[^/]+\}$/.test(rest)) return rest;
  }
  return '';
}

/** True when a GET of the same path answers with a list. */
function isListed(contract: Contract, path: string): boolean {
  const get = contract.operations.find((operation) => operation.path === path && operation.method === 'get');
  return get !== undefined && isListAnswer(contract, get);
}

/** Schema of the first JSON 2xx answer, followed. */
export function answerSchema(contract: Contract, operation: Operation): JsonObject | undefined {
  const response =
    operation.responses.find((entry) => typeof entry.status === 'number' && entry.status < 300) ??
    operation.responses.find((entry) => entry.status === '2XX') ??
    operation.responses.find((entry) => entry.status === 'default');
  const media = response?.media.find((entry) => entry.type.includes('json')) ?? response?.media[0];
  const schema = follow(contract.document, media?.schema);
  return isObject(schema) ? schema : undefined;
}

/** The one property that holds an array, when the answer is an envelope around a list. */
export function listProperty(contract: Contract, schema: JsonObject): { name: string; items: Schema } | undefined {
  const properties = schema['properties'];
  if (!isObject(properties)) return undefined;
  const arrays = Object.entries(properties).flatMap(([name, value]) => {
    const followed = follow(contract.document, value);
    return isObject(followed) && followed['type'] === 'array'
      ? [{ name, items: (followed['items'] ?? true) as Schema }]
      : [];
  });
  return (
    arrays.find((entry) => entry.name === 'items' || entry.name === 'data') ??
    (arrays.length === 1 ? arrays[0] : undefined)
  );
}

export function isListAnswer(contract: Contract, operation: Operation): boolean {
  const schema = answerSchema(contract, operation);
  if (!schema) return false;
  if (schema['type'] === 'array') return true;
  const list = listProperty(contract, schema);
  const properties = isObject(schema['properties']) ? Object.keys(schema['properties']) : [];
  return list !== undefined && !properties.includes('id');
}

/** Schema of the thing itself: the answer, the items of a list, or the one object inside an envelope. */
function itemSchema(contract: Contract, operation: Operation): Schema | undefined {
  const response = operation.responses.find((entry) => typeof entry.status === 'number' && entry.status < 300);
  const raw = (response?.media.find((entry) => entry.type.includes('json')) ?? response?.media[0])?.schema;
  const schema = answerSchema(contract, operation);
  if (!schema) return undefined;
  if (schema['type'] === 'array') return schema['items'] as Schema;
  if (isListAnswer(contract, operation)) return listProperty(contract, schema)?.items;
  return raw;
}

function idProperty(contract: Contract, schema: Schema | undefined, variable: string): string {
  const followed = follow(contract.document, schema);
  const properties = isObject(followed) && isObject(followed['properties']) ? Object.keys(followed['properties']) : [];
  return (
    [variable, 'id', 'uuid', 'key', 'code', 'number', 'reference'].find((name) => properties.includes(name)) ?? variable
  );
}

/** `orders` → `order`, `categories` → `category`, `addresses` → `address`. */
export function singular(word: string): string {
  if (/ies$/i.test(word)) return word.replace(/ies$/i, 'y');
  if (/(ss|sh|ch|x|z)es$/i.test(word)) return word.replace(/es$/i, '');
  if (/s$/i.test(word) && !/(ss|us|is)$/i.test(word)) return word.slice(0, -1);
  return word;
}

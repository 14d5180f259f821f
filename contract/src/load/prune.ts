// A contract cut down to what one audience may call and see, and to the components that something still needs.

import type { JsonObject, JsonValue, Method } from '../model/contract.ts';
import type { Audience } from '../model/policy.ts';
import { referencesOf } from './dereference.ts';
import { follow, isObject, segmentsOf, textOf } from './pointer.ts';
import { readPolicy } from './policy.ts';
import { walkSchemas } from './schemas.ts';
import type { Dialect } from './structure/document.ts';

/** Removes operations and properties that are not for `audience`. `foreign` as in `load`. */
export function keepAudience(document: JsonObject, audience: Audience, foreign?: boolean): void {
  const extension = object(document['x-plinth']);
  const isForeign = foreign ?? typeof extension['capability'] !== 'string';
  const mayCall = (method: Method, node: JsonObject): boolean =>
    readPolicy(extension, object(node['x-plinth']), method, isForeign).audience.includes(audience);
  for (const items of [object(document['paths']), object(document['webhooks'])])
    for (const [path, written] of Object.entries(items)) {
      const item = follow(document, written);
      if (!isObject(item)) continue;
      keepOperations(item, mayCall);
      if (!hasOperation(item)) delete items[path];
    }
  walkSchemas(document, (schema) => keepProperties(schema, audience));
}

const methods = new Set(['get', 'put', 'post', 'delete', 'options', 'head', 'patch', 'trace', 'query']);

function keepOperations(item: JsonObject, mayCall: (method: Method, node: JsonObject) => boolean): void {
  for (const [key, node] of Object.entries(item))
    if (methods.has(key) && isObject(node) && !mayCall(key, node)) delete item[key];
  const more = object(item['additionalOperations']);
  for (const [key, node] of Object.entries(more))
    if (isObject(node) && !mayCall(key.toLowerCase(), node)) delete more[key];
}

function hasOperation(item: JsonObject): boolean {
  return (
    Object.keys(item).some((key) => methods.has(key)) || Object.keys(object(item['additionalOperations'])).length > 0
  );
}

function keepProperties(schema: JsonObject, audience: Audience): void {
  const properties = object(schema['properties']);
  for (const [name, property] of Object.entries(properties)) {
    const allowed = isObject(property) ? object(property['x-plinth'])['audience'] : undefined;
    if (!Array.isArray(allowed) || allowed.includes(audience)) continue;
    delete properties[name];
    if (!Array.isArray(schema['required'])) continue;
    schema['required'] = schema['required'].filter((each) => each !== name);
    if (Array.isArray(schema['required']) && schema['required'].length === 0) delete schema['required'];
  }
}

/** Removes components that nothing leads to, and tags that no operation has. Security schemes stay. */
export function removeUnused(document: JsonObject, dialect: Dialect): void {
  const components = object(document['components']);
  const sections =
    dialect === '2.0'
      ? ['definitions', 'parameters', 'responses'].map((name) => [document, name, name] as const)
      : Object.keys(components).map((name) => [components, name, `components/${name}`] as const);
  const { pointers, tags } = usedIn(
    document,
    dialect,
    new Set(['definitions', 'parameters', 'responses', 'components']),
  );
  for (const [owner, name, home] of sections) {
    const section = object(owner[name]);
    if (name === 'securitySchemes') continue;
    for (const key of Object.keys(section)) if (!pointers.has(`${home}/${key}`)) delete section[key];
    if (Object.keys(section).length === 0) delete owner[name];
  }
  if (Object.keys(components).length === 0) delete document['components'];
  const declared = document['tags'];
  if (Array.isArray(declared))
    document['tags'] = declared.filter((tag) => tags.has(textOf(object(tag)['name'])) || isParent(tag, declared, tags));
}

/** A tag above one that is used. Three levels are enough for every menu. */
function isParent(tag: JsonValue, declared: readonly JsonValue[], used: ReadonlySet<string>, level = 0): boolean {
  const name = textOf(object(tag)['name']);
  const children = declared.filter((other) => textOf(object(other)['parent']) === name && other !== tag);
  return children.some(
    (child) => used.has(textOf(object(child)['name'])) || (level < 2 && isParent(child, declared, used, level + 1)),
  );
}

interface Used {
  /** `components/schemas/Thing` */
  pointers: Set<string>;
  tags: Set<string>;
}

/** All that the document outside of its components leads to, step by step. */
function usedIn(document: JsonObject, dialect: Dialect, homes: ReadonlySet<string>): Used {
  const references = referencesOf(document, dialect);
  const used: Used = { pointers: new Set(), tags: new Set() };
  const queue = Object.entries(document).flatMap(([key, value]) => (homes.has(key) ? [] : [value]));
  const seen = new Set<JsonValue>();
  const need = (reference: string): void => {
    const keys = segmentsOf(reference.slice(1)).slice(0, dialect === '2.0' ? 2 : 3);
    const name = keys.join('/');
    if (used.pointers.has(name)) return;
    used.pointers.add(name);
    queue.push(keys.reduce<JsonValue>((value, key) => object(value)[key] ?? null, document));
  };
  for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
    if (typeof next !== 'object' || next === null || seen.has(next)) continue;
    seen.add(next);
    if (isObject(next)) {
      if (references.has(next)) need(textOf(next['$ref']));
      for (const to of Object.values(object(object(next['discriminator'])['mapping'])))
        if (typeof to === 'string') need(to.startsWith('#') ? to : `#/components/schemas/${to}`);
      if ('responses' in next && Array.isArray(next['tags']))
        for (const tag of next['tags']) used.tags.add(textOf(tag));
    }
    queue.push(...Object.values(next));
  }
  return used;
}

function object(value: JsonValue | undefined): JsonObject {
  return isObject(value) ? value : {};
}

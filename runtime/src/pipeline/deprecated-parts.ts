// Parameters and properties on their way out: an answer to who used one says so, like that of an operation does.

import {
  follow,
  isObject,
  type Contract,
  type Deprecation,
  type JsonObject,
  type Operation,
  type Schema,
} from '@plinth/contract/serving';
import type { Exchange } from './exchange.ts';

/** Properties below one body that are looked for, and how deep. */
const mostParts = 100;
const deepest = 8;

interface Part {
  /** Names from the body down; `[]` = any item. */
  path: readonly string[];
  deprecation: Deprecation;
}

/** A parameter or property on its way out, named as records of use name it: `query.limit`, `/lines/[]/sku`. */
export interface DeprecatedPart {
  name: string;
  deprecation: Deprecation;
}

/** Those a request used, the one that ends first in front. undefined = the operation has none on their way out. */
export function compileDeprecatedParts(
  contract: Contract,
  operation: Operation,
): ((x: Exchange) => DeprecatedPart[]) | undefined {
  const parameters = operation.params.flatMap((param) => {
    const deprecation = deprecationOf(param.schema) ?? (param.policy['deprecation'] as Deprecation | undefined);
    return deprecation === undefined ? [] : [{ param, name: `${param.in}.${param.name}`, deprecation }];
  });
  const properties: Part[] = [];
  for (const { schema } of operation.body?.media ?? [])
    if (schema !== undefined) collect(schema, contract.document, { path: [], into: properties });
  if (parameters.length + properties.length === 0) return undefined;
  return (x) => {
    const used = [
      ...parameters.filter(({ param }) => wasSent(x, param.in, param.name)),
      ...properties
        .filter(({ path }) => isThere(x.input['body'], path))
        .map(({ path, deprecation }) => ({ name: `/${path.join('/')}`, deprecation })),
    ];
    return used.toSorted((a, b) => (a.deprecation.sunset < b.deprecation.sunset ? -1 : 1));
  };
}

function deprecationOf(schema: Schema): Deprecation | undefined {
  if (!isObject(schema)) return undefined;
  const words = schema['x-plinth'];
  return isObject(words) ? (words['deprecation'] as Deprecation | undefined) : undefined;
}

function collect(schema: Schema, document: JsonObject, at: { path: readonly string[]; into: Part[] }): void {
  const { path, into } = at;
  const node = follow(document, schema);
  if (!isObject(node) || path.length >= deepest || into.length >= mostParts) return;
  for (const [name, property] of Object.entries(isObject(node['properties']) ? node['properties'] : {})) {
    const deprecation = deprecationOf(property as Schema);
    if (deprecation !== undefined) into.push({ path: [...path, name], deprecation });
    collect(property as Schema, document, { path: [...path, name], into });
  }
  if (node['items'] !== undefined) collect(node['items'] as Schema, document, { path: [...path, '[]'], into });
  for (const key of ['allOf', 'anyOf', 'oneOf'])
    if (Array.isArray(node[key])) for (const branch of node[key]) collect(branch as Schema, document, at);
}

/** Defaults that were filled in are no use. */
function wasSent(x: Exchange, place: string, name: string): boolean {
  if (x.call !== undefined) return x.call.input[name] !== undefined;
  if (place === 'header') return x.header(name.toLowerCase()) !== undefined;
  if (place === 'query') return new URLSearchParams(x.query).has(name);
  return place === 'path';
}

function isThere(value: unknown, [name, ...rest]: readonly string[]): boolean {
  if (name === undefined) return value !== undefined;
  if (name === '[]') return Array.isArray(value) && value.some((item) => isThere(item, rest));
  return isObject(value) && name in value && isThere(value[name], rest);
}

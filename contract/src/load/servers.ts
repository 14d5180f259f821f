// `servers` of a document, a path or an operation: each with its variables filled in.

import type { JsonValue, Server } from '../model/contract.ts';
import { isObject, textOf } from './pointer.ts';

/** Most servers of one list that are read. */
const mostServers = 100;

/** In their order; undefined when there is no list, or an empty one. A variable has its default value. */
export function readServers(value: JsonValue | undefined): Server[] | undefined {
  if (!Array.isArray(value) || value.length === 0) return undefined;
  return value
    .slice(0, mostServers)
    .filter(isObject)
    .map((node) => {
      const variables = isObject(node['variables']) ? node['variables'] : {};
      const url = textOf(node['url']).replaceAll(/\{([^}]+)\}/g, (_, name: string) => {
        const variable = Object.hasOwn(variables, name) ? variables[name] : undefined;
        return isObject(variable) ? textOf(variable['default']) : '';
      });
      const name = textOf(node['name']);
      return {
        url: url.replace(/\/+$/, ''),
        description: textOf(node['description']),
        ...(name === '' ? {} : { name }),
      };
    });
}

/** Path part of a server's address; '' when it has none. */
export function pathOf({ url }: Server): string {
  return url.replace(/^[a-z][a-z0-9+.-]*:\/\/[^/]*/i, '');
}

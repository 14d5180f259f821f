// What a flat schema node says about the form of its values.

import { isObject } from '../load/pointer.ts';
import type { JsonObject, JsonValue, Schema } from '../model/contract.ts';
import { asList } from './merge.ts';

export function fitsPattern(pattern: string, text: string): boolean {
  try {
    return new RegExp(pattern, 'u').test(text);
  } catch {
    return false;
  }
}

/** Names of optional properties that `not: { required: [x] }` rules out. */
export function forbidden(node: JsonObject): ReadonlySet<string> {
  const { not } = node;
  if (!isObject(not)) return new Set();
  const branches = [not, ...asList(not['anyOf']), ...asList(not['oneOf'])].filter(isObject);
  return new Set(branches.flatMap((branch) => asList(branch['required']).slice(0, 1).map(String)));
}

/** The schema of a member that `properties` does not name. */
export function elsewhere(node: JsonObject, name: string): Schema {
  for (const [pattern, schema] of Object.entries(
    isObject(node['patternProperties']) ? node['patternProperties'] : {},
  )) {
    if (fitsPattern(pattern, name)) return schema as Schema;
  }
  const extra = node['additionalProperties'] ?? node['unevaluatedProperties'];
  return isObject(extra) ? extra : { type: 'string' };
}

export function kindOf(value: JsonValue): string {
  if (Array.isArray(value)) return 'array';
  if (typeof value === 'number') return Number.isInteger(value) ? 'integer' : 'number';
  return value === null ? 'null' : typeof value;
}

const keywords: readonly [string, readonly string[]][] = [
  [
    'object',
    [
      'properties',
      'required',
      'additionalProperties',
      'minProperties',
      'patternProperties',
      'propertyNames',
      'maxProperties',
    ],
  ],
  ['array', ['items', 'prefixItems', 'contains', 'minItems', 'maxItems', 'uniqueItems']],
  ['number', ['minimum', 'maximum', 'multipleOf', 'exclusiveMinimum', 'exclusiveMaximum']],
];

/** The type to make: the declared one, else the one that the keywords speak about, else text. */
export function typeOf(node: JsonObject, isShort: boolean): string {
  const { type } = node;
  if (typeof type === 'string') return type;
  if (Array.isArray(type)) {
    if (isShort && type.includes('null')) return 'null';
    return (type.find((entry) => typeof entry === 'string' && entry !== 'null') ?? 'null') as string;
  }
  return keywords.find(([, names]) => names.some((name) => node[name] !== undefined))?.[0] ?? 'string';
}

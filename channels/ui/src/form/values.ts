// What stands in a form ↔ what is sent. While typing, numbers and free JSON are kept as text; here they become values.

import {
  type Document,
  isMoneySchema,
  properties,
  required,
  resolve,
  type Schema,
  typeOf,
} from '../contracts/schema.ts';

/** Values a form starts with: defaults of the schema, one empty member in lists that need one. */
export function startValues(schema: Schema, document: Document): unknown {
  if (schema['default'] !== undefined) return schema['default'];
  if (schema['const'] !== undefined) return schema['const'];
  const type = typeOf(schema);
  if (type === 'object' && !isMoneySchema(schema)) {
    const entries = Object.entries(properties(schema))
      .map(([name, member]) => [name, startValues(resolve(member, document), document)] as const)
      .filter((entry) => entry[1] !== undefined);
    return entries.length > 0 ? Object.fromEntries(entries) : undefined;
  }
  if (type === 'array' && Number(schema['minItems'] ?? 0) > 0)
    return [startValues(resolve(schema['items'], document), document) ?? emptyOf(resolve(schema['items'], document))];
  return undefined;
}

/** What a new member of a list starts as. */
export function emptyOf(schema: Schema): unknown {
  return typeOf(schema) === 'object' ? {} : '';
}

/** Typed text as values of the schema; what was left empty is left out. What cannot be read stays text, for the check. */
export function tidyValues(schema: Schema, value: unknown, document: Document, isRequired = true): unknown {
  if (value === undefined || value === null || value === '') return undefined;
  const type = typeOf(schema);
  if (isMoneySchema(schema)) return value;
  if (type === 'object' && isFree(schema)) return typeof value === 'string' ? parsed(value) : value;
  if (type === 'object' && typeof value === 'object') {
    const members = tidyMembers(schema, value as Record<string, unknown>, document);
    return members !== undefined || isRequired ? (members ?? {}) : undefined;
  }
  if (type === 'array' && Array.isArray(value)) {
    const items = resolve(schema['items'], document);
    const members = value
      .map((member: unknown) => tidyValues(items, member, document))
      .filter((member) => member !== undefined);
    return members.length > 0 || isRequired ? members : undefined;
  }
  return typeof value === 'string' ? readText(schema, type, value) : value;
}

function tidyMembers(schema: Schema, values: Record<string, unknown>, document: Document): object | undefined {
  const needed = required(schema);
  const entries = Object.entries(properties(schema))
    .map(([name, member]) => {
      const inner = resolve(member, document);
      const isNeeded = needed.includes(name);
      // A needed group is there even when nothing stands in it yet.
      const found = values[name] ?? (isNeeded && isGroup(inner) ? {} : undefined);
      return [name, tidyValues(inner, found, document, isNeeded)] as const;
    })
    .filter((entry) => entry[1] !== undefined);
  return entries.length > 0 ? Object.fromEntries(entries) : undefined;
}

function readText(schema: Schema, type: string, value: string): unknown {
  if (type === 'integer' || type === 'number')
    return /^[-−]?\d+([.,]\d+)?$/.test(value.trim()) ? numberOf(value) : value;
  if (schema['format'] === 'date-time' && !Number.isNaN(Date.parse(value))) return new Date(value).toISOString();
  return value;
}

/** An object whose members the contract does not name: written as JSON. */
export function isFree(schema: Schema): boolean {
  return typeOf(schema) === 'object' && Object.keys(properties(schema)).length === 0 && schema['oneOf'] === undefined;
}

function isGroup(schema: Schema): boolean {
  return typeOf(schema) === 'object' && !isMoneySchema(schema) && !isFree(schema);
}

function numberOf(typed: string): number {
  return Number(typed.trim().replace('−', '-').replace(',', '.'));
}

function parsed(typed: string): unknown {
  try {
    return JSON.parse(typed);
  } catch {
    return typed;
  }
}

// The schema's own rules, checked before anything is sent. The server checks again and has the last word; here only
// what a person can mend at once.

import {
  type Document,
  isFileSchema,
  isMoneySchema,
  properties,
  required,
  resolve,
  type Schema,
  typeOf,
} from '../contracts/schema.ts';
import { humanize } from '../words/humanize.ts';
import { join } from './pointer.ts';

/** Messages by pointer, in the order of the form. */
export type FormErrors = ReadonlyMap<string, string>;

/** Name of a field as people see it. */
export function labelFor(schema: Schema, name: string): string {
  // The shared shape of money calls itself “Amount”; the member's own name says which amount.
  const isShared = isMoneySchema(schema) && schema['title'] === 'Amount';
  return typeof schema['title'] === 'string' && !isShared ? schema['title'] : humanize(name);
}

/** `values` as `tidyValues` left them. */
export function check(schema: Schema, values: unknown, document: Document): FormErrors {
  const errors = new Map<string, string>();
  visit({ schema, value: values, pointer: '', label: labelFor(schema, '') }, document, errors);
  return errors;
}

interface Spot {
  schema: Schema;
  value: unknown;
  pointer: string;
  label: string;
}

function visit(spot: Spot, document: Document, errors: Map<string, string>): void {
  const { schema, value, pointer } = spot;
  if (value === undefined) return;
  if (isMoneySchema(schema)) return;
  const branches = schema['oneOf'] ?? schema['anyOf'];
  if (Array.isArray(branches)) {
    const found = branches.map((branch) => check(resolve(branch, document), value, document));
    const best = found.toSorted((left, right) => left.size - right.size)[0];
    for (const [inner, message] of best ?? []) errors.set(pointer + inner, message);
    return;
  }
  const type = typeOf(schema);
  if (type === 'object' && typeof value === 'object') {
    for (const [name, member] of Object.entries(properties(schema))) {
      const inner = resolve(member, document);
      const label = labelFor(inner, name);
      const found = (value as Record<string, unknown>)[name];
      const at = join(pointer, name);
      if (found === undefined && required(schema).includes(name))
        missing({ schema: inner, value: {}, pointer: at, label }, document, errors);
      else visit({ schema: inner, value: found, pointer: at, label }, document, errors);
    }
    return;
  }
  if (type === 'array' && Array.isArray(value)) {
    const least = Number(schema['minItems'] ?? 0);
    if (value.length < least) errors.set(pointer, least === 1 ? `Add at least one` : `Add at least ${least}`);
    const items = resolve(schema['items'], document);
    for (const [index, member] of value.entries())
      visit({ schema: items, value: member, pointer: join(pointer, index), label: spot.label }, document, errors);
    return;
  }
  const message = faultOf(schema, value, type);
  if (message !== undefined) errors.set(pointer, message);
}

/** A missing object is missing in each of its needed members: that is where a person can enter them. */
function missing(spot: Spot, document: Document, errors: Map<string, string>): void {
  const { schema, pointer, label } = spot;
  if (typeOf(schema) === 'object' && !isMoneySchema(schema) && Object.keys(properties(schema)).length > 0) {
    visit(spot, document, errors);
    return;
  }
  const verb =
    Array.isArray(schema['enum']) || typeOf(schema) === 'boolean' || isFileSchema(schema)
      ? 'Choose'
      : typeOf(schema) === 'array'
        ? 'Add'
        : 'Enter';
  // “Enter what happened” is no sentence: questions are named as they stand.
  const isQuestion = /^(what|which|who|how|when|where|why)\b/i.test(label);
  errors.set(pointer, isQuestion ? `Fill in “${label}”` : `${verb} ${lowerFirst(label)}`);
}

function faultOf(schema: Schema, value: unknown, type: string): string | undefined {
  if (Array.isArray(schema['enum'])) return schema['enum'].includes(value) ? undefined : 'Choose one of the list';
  if (type === 'integer' || type === 'number') return numberFault(schema, value, type);
  if (type === 'object') return typeof value === 'object' ? undefined : 'Enter JSON, like {"name": "value"}';
  if (type === 'string' && typeof value === 'string') return textFault(schema, value);
  return undefined;
}

function numberFault(schema: Schema, value: unknown, type: string): string | undefined {
  if (typeof value !== 'number') return type === 'integer' ? 'Enter a whole number' : 'Enter a number';
  if (type === 'integer' && !Number.isInteger(value)) return 'Enter a whole number';
  const { minimum, maximum, exclusiveMinimum } = schema as Record<string, number | undefined>;
  if (minimum !== undefined && value < minimum) return `Enter ${minimum} or more`;
  if (exclusiveMinimum !== undefined && value <= exclusiveMinimum) return `Enter more than ${exclusiveMinimum}`;
  if (maximum !== undefined && value > maximum) return `Enter ${maximum} or less`;
  return undefined;
}

const formats: Readonly<Record<string, { is: RegExp; like: string }>> = {
  email: { is: /^[^\s@]+@[^\s@]+\.[^\s@]+$/, like: 'name@example.com' },
  date: { is: /^\d{4}-\d{2}-\d{2}$/, like: '2027-03-27' },
  uri: { is: /^[a-z][a-z0-9+.-]*:\S+$/i, like: 'https://example.com/page' },
};

function textFault(schema: Schema, value: string): string | undefined {
  const { minLength, maxLength, pattern, format } = schema as {
    minLength?: number;
    maxLength?: number;
    pattern?: string;
    format?: string;
  };
  if (minLength !== undefined && value.length < minLength) return `Use at least ${minLength} characters`;
  if (maxLength !== undefined && value.length > maxLength) return `Use at most ${maxLength} characters`;
  const rule = format === undefined ? undefined : formats[format];
  if (rule && !rule.is.test(value)) return `Enter it like ${rule.like}`;
  if (pattern !== undefined && !matches(pattern, value)) {
    const example = Array.isArray(schema['examples']) ? String(schema['examples'][0]) : undefined;
    return example ? `Enter it like ${example}` : 'Check how this is written';
  }
  return undefined;
}

/** Patterns are our own contracts' and bounded by `maxLength`; one a browser cannot read is left to the server. */
function matches(pattern: string, value: string): boolean {
  try {
    return new RegExp(pattern, 'u').test(value.slice(0, 8192));
  } catch {
    return true;
  }
}

function lowerFirst(label: string): string {
  return /^[A-Z][a-z]/.test(label) ? label.charAt(0).toLowerCase() + label.slice(1) : label;
}

// A schema for readers: what a value is, its properties below each other, references as links.

import { follow, isObject } from '../../load/pointer.ts';
import type { Contract, JsonObject, JsonValue } from '../../model/contract.ts';
import { html, inline, join, type Markup, nothing, prose } from './html.ts';
import { type Places, relative } from './place.ts';

export interface View {
  contract: Contract;
  places: Places;
  /** The page it stands on. */
  from: string;
}

const mostDepth = 4;
const mostValues = 40;

/** `list of Order`, `string (date-time)`, with the list of properties below. `open` shows those of a reference too. */
export function schemaView(schema: JsonValue | undefined, view: View, open = false): Markup {
  return body(open ? follow(view.contract.document, schema) : schema, view, 0);
}

function body(schema: JsonValue | undefined, view: View, depth: number): Markup {
  return html`<span class="type">${typeWords(schema, view, 0)}</span
    >${bounds(schema)}${values(schema)}${inner(schema, view, depth)}`;
}

/** Properties, items and branches that are written out in place. */
function inner(schema: JsonValue | undefined, view: View, depth: number): Markup {
  if (!isObject(schema) || typeof schema['$ref'] === 'string' || depth >= mostDepth) return nothing;
  const parts = ['allOf', 'oneOf', 'anyOf'].flatMap((key) => {
    const list = schema[key];
    if (!Array.isArray(list)) return [];
    const shown = list.filter((part) => isObject(part) && typeof part['$ref'] !== 'string');
    return shown.map((part) => inner(part, view, depth + 1));
  });
  const items = isObject(schema['items']) ? inner(schema['items'], view, depth) : nothing;
  return join([fields(schema, view, depth), items, ...parts]);
}

function fields(schema: JsonObject, view: View, depth: number): Markup {
  const { properties } = schema;
  if (!isObject(properties) || Object.keys(properties).length === 0) return nothing;
  const required = new Set(Array.isArray(schema['required']) ? schema['required'] : []);
  const rows = Object.entries(properties).map(([name, property]) => {
    const words = isObject(property) && typeof property['description'] === 'string' ? property['description'] : '';
    return html`<li>
      <code>${name}</code>
      ${required.has(name) ? html`<strong class="need">required</strong> ` : nothing}${marks(property)}${body(property, view, depth + 1)}${words === '' ? nothing : html`<div class="words">${prose(words)}</div>`}
    </li>`;
  });
  return html`<ul class="fields">
    ${rows}
  </ul>`;
}

function marks(schema: JsonValue): Markup {
  if (!isObject(schema)) return nothing;
  const words = [
    schema['readOnly'] === true ? 'only in answers' : '',
    schema['writeOnly'] === true ? 'only in requests' : '',
    schema['deprecated'] === true ? 'deprecated' : '',
  ].filter(Boolean);
  return words.length === 0 ? nothing : html`<em>${words.join(', ')}</em> `;
}

function typeWords(schema: JsonValue | undefined, view: View, depth: number): Markup {
  if (schema === undefined || schema === true || depth > mostDepth) return html`any value`;
  if (!isObject(schema)) return html`no value`;
  const reference = typeof schema['$ref'] === 'string' ? schema['$ref'] : undefined;
  if (reference !== undefined) return link(reference, view, depth);
  if (schema['const'] !== undefined) return html`<code>${JSON.stringify(schema['const'])}</code>`;
  const branches = ['oneOf', 'anyOf'].flatMap((key) => (Array.isArray(schema[key]) ? schema[key] : []));
  if (branches.length > 0) return join(distinct(branches.map((branch) => typeWords(branch, view, depth + 1))), ' or ');
  if (schema['type'] === 'array' || schema['items'] !== undefined)
    return html`list of ${typeWords(schema['items'], view, depth + 1)}`;
  if (Array.isArray(schema['allOf']) && schema['type'] === undefined)
    return join(distinct(schema['allOf'].map((part) => typeWords(part, view, depth + 1))), ' with ');
  const { type } = schema;
  const names = (Array.isArray(type) ? type : [type]).filter((entry) => typeof entry === 'string');
  const format = typeof schema['format'] === 'string' ? ` (${schema['format']})` : '';
  return html`${names.length === 0 ? guess(schema) : names.join(' or ')}${format}`;
}

function guess(schema: JsonObject): string {
  return schema['properties'] !== undefined || schema['additionalProperties'] !== undefined ? 'object' : 'any value';
}

function distinct(parts: readonly Markup[]): Markup[] {
  return [...new Set(parts.map(({ markup }) => markup))].map((markup) => ({ markup }));
}

function link(reference: string, view: View, depth: number): Markup {
  const name = /^#\/components\/schemas\/([^/]+)$/.exec(reference)?.[1];
  const plain = name === undefined ? undefined : decodeURIComponent(name).replaceAll('~1', '/').replaceAll('~0', '~');
  const file = plain === undefined ? undefined : view.places.file('schemas', plain);
  if (file !== undefined) return html`<a href="${relative(view.from, file)}">${plain}</a>`;
  const target = follow(view.contract.document, { $ref: reference });
  return isObject(target) && typeof target['$ref'] === 'string' ? html`any value` : typeWords(target, view, depth + 1);
}

function bounds(schema: JsonValue | undefined): Markup {
  if (!isObject(schema)) return nothing;
  const number = (key: string): number | undefined => {
    const value = schema[key];
    return typeof value === 'number' ? value : undefined;
  };
  const words = [
    range(number('minimum'), number('maximum')),
    number('exclusiveMinimum') === undefined ? '' : `more than ${number('exclusiveMinimum')}`,
    number('exclusiveMaximum') === undefined ? '' : `less than ${number('exclusiveMaximum')}`,
    number('multipleOf') === undefined ? '' : `a multiple of ${number('multipleOf')}`,
    range(number('minLength'), number('maxLength'), ['character', 'characters']),
    range(number('minItems'), number('maxItems'), ['entry', 'entries']),
    range(number('minProperties'), number('maxProperties'), ['property', 'properties']),
    schema['uniqueItems'] === true ? 'no entry twice' : '',
    schema['default'] === undefined ? '' : `default ${JSON.stringify(schema['default'])}`,
  ].filter((part) => part !== '');
  const pattern = typeof schema['pattern'] === 'string' ? html`, <code>${schema['pattern']}</code>` : nothing;
  return html`${words.length === 0 ? '' : `, ${words.join(', ')}`}${pattern}`;
}

/** `1 to 50 entries`, `at most 40 characters`, `at least 0`; empty when there is no bound. */
function range(
  least: number | undefined,
  most: number | undefined,
  unit?: readonly [one: string, many: string],
): string {
  if (least === undefined && most === undefined) return '';
  const name = unit === undefined ? '' : ` ${(most ?? least) === 1 ? unit[0] : unit[1]}`;
  if (least === most) return `exactly ${least}${name}`;
  if (most === undefined) return `at least ${least}${name}`;
  return least === undefined ? `at most ${most}${name}` : `${least} to ${most}${name}`;
}

function values(schema: JsonValue | undefined): Markup {
  if (!isObject(schema) || !Array.isArray(schema['enum'])) return nothing;
  const all = schema['enum'];
  const shown = all
    .slice(0, mostValues)
    .map((value) => inline(`\`${typeof value === 'string' ? value : JSON.stringify(value)}\``));
  const rest = all.length - shown.length;
  return html`: ${join(shown, ', ')}${rest > 0 ? ` and ${rest} more` : ''}`;
}

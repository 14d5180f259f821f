// JSON Schema → TypeScript type text. Narrow where TypeScript can say it, `unknown` where it cannot; never `never` by accident.

import { isBinary } from '../codec/typing.ts';
import { follow, isObject, valueAt } from '../load/pointer.ts';
import type { Contract, JsonObject, JsonValue, Schema } from '../model/contract.ts';
import { comment, keyText, literal } from './names.ts';

/** Which way a value travels: `readOnly` properties are absent from requests, `writeOnly` ones from responses. */
export type Side = 'request' | 'response';

/** What the writer knows of the components it may name. */
export interface TypeScope {
  contract: Contract;
  /** Type name by component name, for each side (the same where they do not differ). */
  nameOf: (component: string, side: Side) => string | undefined;
  /** Components the named one may not mention without an object in between: their aliases would be circular. */
  circular: (component: string) => boolean;
  /** Type of bytes in a form; default `string`. */
  binary?: string;
  /** The items of a sequence are values: those of a request a list, those of an answer come one by one. Else as on the wire. */
  items?: boolean;
  /** Type of what a multipart body that was read holds for bytes, where it is another one. */
  file?: string;
}

interface Place {
  side: Side;
  indent: string;
  /** True until an object or array stands in between: an alias may not mention itself here. */
  bare: boolean;
  depth: number;
}

const maxDepth = 24;

/** Type text of a schema as it stands at `indent`. */
export function typeOf(
  schema: Schema | undefined,
  scope: TypeScope,
  place: { side: Side; indent?: string; bare?: boolean },
): string {
  return write(schema, scope, { side: place.side, indent: place.indent ?? '', bare: place.bare ?? false, depth: 0 });
}

function write(schema: JsonValue | undefined, scope: TypeScope, place: Place): string {
  if (schema === undefined || schema === true || place.depth > maxDepth) return 'unknown';
  if (schema === false) return 'never';
  if (!isObject(schema)) return 'unknown';
  const next = { ...place, depth: place.depth + 1 };
  const parts: string[] = [];
  if (typeof schema['$ref'] === 'string') parts.push(reference(schema['$ref'], scope, next));
  if (Array.isArray(schema['allOf'])) parts.push(...schema['allOf'].map((part) => write(part, scope, next)));
  for (const keyword of ['oneOf', 'anyOf']) {
    const branches = schema[keyword];
    // Branches that only add constraints (`required` alone) say nothing about shape beside an own one.
    if (Array.isArray(branches) && branches.some(hasShape)) {
      parts.push(union(branches.map((branch) => tagged(branch, schema, scope, next))));
    }
  }
  const own = ownShape(schema, scope, next);
  if (own !== undefined) parts.push(own);
  const useful = [...new Set(parts)].filter((part) => part !== 'unknown');
  if (useful.length <= 1) return useful[0] ?? 'unknown';
  return useful.map(group).join(' & ');
}

function reference(pointer: string, scope: TypeScope, place: Place): string {
  const component = /^#\/components\/schemas\/([^/]+)$/.exec(pointer)?.[1];
  if (component !== undefined) {
    const name = decodeURIComponent(component).replaceAll('~1', '/').replaceAll('~0', '~');
    if (place.bare && scope.circular(name)) return 'unknown';
    return scope.nameOf(name, place.side) ?? 'unknown';
  }
  return pointer.startsWith('#') ? write(valueAt(scope.contract.document, pointer.slice(1)), scope, place) : 'unknown';
}

/** A branch of a discriminated union, with its tag where only the mapping knows it. */
function tagged(branch: JsonValue, parent: JsonObject, scope: TypeScope, place: Place): string {
  const text = write(branch, scope, place);
  const { discriminator } = parent;
  if (!isObject(discriminator) || !isObject(branch) || typeof branch['$ref'] !== 'string') return group(text);
  const property = discriminator['propertyName'];
  const mapping = isObject(discriminator['mapping']) ? discriminator['mapping'] : {};
  const short = branch['$ref'].split('/').at(-1) ?? '';
  const tags = Object.entries(mapping).flatMap(([tag, to]) => (to === branch['$ref'] || to === short ? [tag] : []));
  if (typeof property !== 'string' || tags.length === 0 || text === 'unknown') return group(text);
  if (saysTag(branch, property, scope.contract.document, 0)) return group(text);
  return `(${text} & { ${keyText(property)}: ${tags.map(literal).join(' | ')} })`;
}

/** True when a branch narrows the property itself; a second tag could contradict it and make the type `never`. */
function saysTag(node: JsonValue | undefined, property: string, document: JsonObject, depth: number): boolean {
  const schema = follow(document, node);
  if (!isObject(schema) || depth > 8) return false;
  const { properties } = schema;
  const declared = isObject(properties) ? follow(document, properties[property]) : undefined;
  if (isObject(declared) && (declared['const'] !== undefined || Array.isArray(declared['enum']))) return true;
  const parts = Array.isArray(schema['allOf']) ? schema['allOf'] : [];
  return parts.some((part) => saysTag(part, property, document, depth + 1));
}

function ownShape(schema: JsonObject, scope: TypeScope, place: Place): string | undefined {
  if (schema['const'] !== undefined) return valueType(schema['const']);
  if (Array.isArray(schema['enum'])) return enumType(schema, schema['enum']);
  const types = typesOf(schema);
  if (types.length === 0) return undefined;
  const written = types.map((type) => simpleType(type, schema, scope, place));
  if (schema['nullable'] === true) written.push('null');
  return union(written);
}

function simpleType(type: string, schema: JsonObject, scope: TypeScope, place: Place): string {
  switch (type) {
    case 'string':
      return isBinary(schema, {}) ? (scope.binary ?? 'string') : 'string';
    case 'integer':
    case 'number':
      return 'number';
    case 'boolean':
    case 'null':
      return type;
    case 'array':
      return arrayType(schema, scope, { ...place, bare: false });
    case 'object':
      return objectType(schema, scope, { ...place, bare: false });
    default:
      return 'unknown';
  }
}

function arrayType(schema: JsonObject, scope: TypeScope, place: Place): string {
  const rest = schema['items'] === undefined ? 'unknown' : write(schema['items'], scope, place);
  const first = schema['prefixItems'];
  if (!Array.isArray(first) || first.length === 0) return `${group(rest)}[]`;
  const optional = typeof schema['minItems'] === 'number' && schema['minItems'] >= first.length ? '' : '?';
  const members = first.map((item) => `${group(write(item, scope, place))}${optional}`);
  return `[${[...members, ...(schema['items'] === false ? [] : [`...${group(rest)}[]`])].join(', ')}]`;
}

function objectType(schema: JsonObject, scope: TypeScope, place: Place): string {
  const properties = isObject(schema['properties']) ? schema['properties'] : {};
  const required = new Set(Array.isArray(schema['required']) ? schema['required'] : []);
  const inner = { ...place, indent: `${place.indent}  ` };
  const lines: string[] = [];
  for (const [name, property] of Object.entries(properties)) {
    if (hiddenFrom(property, scope, place.side)) continue;
    const type = write(property, scope, inner);
    const text = isObject(property) ? describe(property) : undefined;
    const end = required.has(name) ? `: ${type};` : `?: ${orUndefined(type)};`;
    lines.push(`${comment(text, inner.indent)}${inner.indent}${keyText(name)}${end}`);
  }
  for (const name of required) {
    if (typeof name === 'string' && !Object.hasOwn(properties, name))
      lines.push(`${inner.indent}${keyText(name)}: unknown;`);
  }
  const more = additional(schema, lines.length > 0, scope, inner);
  if (more !== undefined) lines.push(`${inner.indent}[key: string]: ${more};`);
  if (lines.length === 0)
    return schema['additionalProperties'] === false ? '{ [key: string]: never }' : '{ [key: string]: unknown }';
  return `{\n${lines.join('\n')}\n${place.indent}}`;
}

/** Type of properties not named; beside named ones only `unknown` cannot contradict them. */
function additional(schema: JsonObject, named: boolean, scope: TypeScope, place: Place): string | undefined {
  const patterns = isObject(schema['patternProperties']) ? Object.values(schema['patternProperties']) : [];
  const rest = schema['additionalProperties'];
  const open = [...patterns, ...(rest === undefined || rest === false ? [] : [rest])];
  if (open.length === 0) return undefined;
  return named ? 'unknown' : union(open.map((part) => write(part, scope, place)));
}

/** True when a property is not part of values travelling this way. */
export function hiddenFrom(property: JsonValue | undefined, scope: { contract: Contract }, side: Side): boolean {
  if (!isObject(property)) return false;
  const keyword = side === 'request' ? 'readOnly' : 'writeOnly';
  if (property[keyword] === true) return true;
  if (typeof property['$ref'] !== 'string' || !property['$ref'].startsWith('#')) return false;
  const target = valueAt(scope.contract.document, property['$ref'].slice(1));
  return isObject(target) && target[keyword] === true;
}

export function describe(schema: JsonObject): string | undefined {
  return typeof schema['description'] === 'string' ? schema['description'] : undefined;
}

/** `T | undefined`, so that an absent and an undefined member are both welcome under exactOptionalPropertyTypes. */
export function orUndefined(type: string): string {
  return type === 'unknown' || type === 'undefined' ? type : `${type} | undefined`;
}

export function union(types: readonly string[]): string {
  const distinct = [...new Set(types)];
  if (distinct.includes('unknown') || distinct.length === 0) return 'unknown';
  return distinct.join(' | ');
}

function enumType(schema: JsonObject, values: JsonValue[]): string {
  const policy = schema['x-plinth'];
  const open = (isObject(policy) && policy['extensible'] === true) || schema['x-extensible-enum'] !== undefined;
  const written = values.map(valueType);
  if (schema['nullable'] === true && !values.includes(null)) written.push('null');
  // `string & {}` keeps the known values in completion while any other is allowed.
  if (open) written.push(values.some((value) => typeof value === 'number') ? '(number & {})' : '(string & {})');
  return values.length === 0 ? 'never' : union(written);
}

function valueType(value: JsonValue): string {
  return value === null || typeof value !== 'object' ? literal(value) : 'unknown';
}

function typesOf(schema: JsonObject): string[] {
  const { type } = schema;
  if (typeof type === 'string') return [type];
  if (Array.isArray(type)) return type.filter((entry) => typeof entry === 'string');
  const objectLike = ['properties', 'additionalProperties', 'patternProperties', 'required'];
  if (objectLike.some((keyword) => schema[keyword] !== undefined)) return ['object'];
  return schema['items'] !== undefined || schema['prefixItems'] !== undefined ? ['array'] : [];
}

function hasShape(branch: JsonValue): boolean {
  return isObject(branch) && Object.keys(branch).some((key) => key !== 'required' && key !== 'not' && key !== 'title');
}

/** Parentheses where `&` or `[]` would bind more tightly than what stands inside. */
function group(type: string): string {
  return /[|&]/.test(outside(type)) ? `(${type})` : type;
}

/** The text without what stands in brackets, quotes and comments. */
function outside(type: string): string {
  const bare = type.replaceAll(/\/\*[\s\S]*?\*\/|'(?:[^'\\]|\\.)*'/g, '');
  let depth = 0;
  let kept = '';
  for (const letter of bare) {
    if ('{[(<'.includes(letter)) depth += 1;
    else if ('}])>'.includes(letter)) depth -= 1;
    else if (depth === 0) kept += letter;
  }
  return kept;
}

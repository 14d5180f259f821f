// Parameters: wire text ↔ typed values by name. Reading walks the raw query once, without URL objects: it is on the
// hot path of every request. Styles: simple, form, deepObject, spaceDelimited, pipeDelimited (OpenAPI 3.1, 4.8.12).

import { isObject } from '../load/pointer.ts';
import type { JsonObject, JsonValue, Operation, Param } from '../model/contract.ts';
import { compileSchema, type Validator, type Violation } from '../schema/compile.ts';
import { nearest } from '../schema/distance.ts';
import { type Shape, shapeOf, typed } from './typing.ts';

export interface RawParams {
  /** Decoded path variables. */
  path: Readonly<Record<string, string>>;
  /** Raw text after `?`, undecoded; '' when there is none. */
  query: string;
  /** Header by lower-case name. */
  header: (name: string) => string | undefined;
}

export type ParamViolation = Violation & { in: 'path' | 'query' | 'header' | 'cookie' };

export interface ReadParams {
  /** By parameter name; absent optional ones are missing, defaults filled in. */
  values: Record<string, unknown>;
  violations: ParamViolation[];
}

export interface ParamReader {
  read(raw: RawParams): ReadParams;
}

interface Compiled {
  param: Param;
  shape: Shape;
  validator: Validator;
  fallback: JsonValue | undefined;
  header: string;
}

/** Most query members that are looked at; more is refused. */
const maxQueryMembers = 1000;

/** Compiles the parameters of one operation. `document` is what schemas refer into. */
export function compileParams(operation: Operation, document: JsonObject): ParamReader {
  const compiled = operation.params.map((param): Compiled => ({
    param,
    shape: shapeOf(param.schema, document),
    validator: compileSchema(param.schema, { document }),
    fallback: isObject(param.schema) ? param.schema['default'] : undefined,
    header: param.name.toLowerCase(),
  }));
  const query = new Map(
    compiled.filter((entry) => entry.param.in === 'query').map((entry) => [entry.param.name, entry]),
  );
  const exploded = compiled.find(
    (entry) =>
      entry.param.in === 'query' &&
      entry.shape.kind === 'object' &&
      entry.param.style === 'form' &&
      entry.param.explode,
  );
  const { unknown } = operation.policy;
  return {
    read(raw) {
      const values: Record<string, unknown> = {};
      const violations: ParamViolation[] = [];
      const members = raw.query === '' ? undefined : readQuery(raw.query);
      if (members === 'malformed') {
        violations.push(violation('query', '', 'malformed', 'Holds a broken percent-encoding or too many members.'));
        return { values, violations };
      }
      for (const entry of compiled) {
        const value = readOne(entry, raw, members, violations);
        if (value !== undefined) values[entry.param.name] = value;
      }
      if (members && unknown === 'refuse' && !exploded) refuseUnknown(members, query, violations);
      return { values, violations };
    },
  };
}

function readOne(entry: Compiled, raw: RawParams, members: Members | undefined, violations: ParamViolation[]): unknown {
  const { param } = entry;
  const value = rawValue(entry, raw, members, violations);
  if (value === undefined) {
    if (entry.fallback !== undefined) return entry.fallback;
    if (param.required) violations.push(violation(param.in, param.name, 'required', 'Is required.'));
    return undefined;
  }
  if (!entry.validator.check(value)) {
    for (const fault of entry.validator.explain(value, 5)) {
      violations.push({ ...fault, in: param.in, pointer: `/${param.name}${fault.pointer}` });
    }
  }
  return value;
}

function rawValue(
  entry: Compiled,
  raw: RawParams,
  members: Members | undefined,
  violations: ParamViolation[],
): unknown {
  const { param, shape } = entry;
  switch (param.in) {
    case 'path': {
      const text = raw.path[param.name];
      return text === undefined ? undefined : simple(text, shape, param.explode);
    }
    case 'header': {
      const text = raw.header(entry.header);
      return text === undefined ? undefined : simple(text.trim(), shape, param.explode);
    }
    case 'cookie':
      return cookie(raw.header('cookie'), param.name, shape);
    default:
      return members && fromQuery(entry, members, violations);
  }
}

function simple(text: string, shape: Shape, explode: boolean): unknown {
  if (shape.kind === 'scalar') return typed(text, shape.types);
  const parts = text.split(',');
  if (shape.kind === 'array') return parts.map((part) => typed(part.trim(), shape.types));
  return pairs(parts, shape, explode);
}

/** `a=1,b=2` exploded, `a,1,b,2` not. */
function pairs(parts: readonly string[], shape: Shape, explode: boolean): JsonObject {
  const result: JsonObject = {};
  const entries = explode
    ? parts.map((part) => part.split('=', 2))
    : parts.flatMap((part, index) => (index % 2 === 0 ? [[part, parts[index + 1] ?? '']] : []));
  for (const [name = '', value = ''] of entries)
    result[name] = typed(value, shape.properties.get(name) ?? new Set(['string']));
  return result;
}

function cookie(header: string | undefined, name: string, shape: Shape): unknown {
  for (const part of header?.split(';') ?? []) {
    const at = part.indexOf('=');
    if (at > 0 && part.slice(0, at).trim() === name) return simple(part.slice(at + 1).trim(), shape, false);
  }
  return undefined;
}

type Members = Map<string, string[]>;

/** Splits on the raw signs first, decodes after; `+` is a space. */
function readQuery(query: string): Members | 'malformed' {
  const members: Members = new Map();
  let start = 0;
  let count = 0;
  while (start <= query.length) {
    const and = query.indexOf('&', start);
    const end = and < 0 ? query.length : and;
    if (end > start) {
      count += 1;
      const equals = query.indexOf('=', start);
      const cut = equals < 0 || equals > end ? end : equals;
      const name = decode(query.slice(start, cut));
      // Values stay raw: a delimiter inside a value must be told from an encoded one.
      const value = query.slice(Math.min(cut + 1, end), end);
      if (name === undefined || count > maxQueryMembers) return 'malformed';
      const known = members.get(name);
      if (known) known.push(value);
      else members.set(name, [value]);
    }
    start = end + 1;
  }
  return members;
}

function decode(text: string): string | undefined {
  const spaced = text.includes('+') ? text.replaceAll('+', ' ') : text;
  if (!spaced.includes('%')) return spaced;
  try {
    return decodeURIComponent(spaced);
  } catch {
    return undefined;
  }
}

function fromQuery(entry: Compiled, members: Members, violations: ParamViolation[]): unknown {
  const { param, shape } = entry;
  if (shape.kind === 'object') return objectFromQuery(entry, members);
  const raw = members.get(param.name) ?? (shape.kind === 'array' ? members.get(`${param.name}[]`) : undefined);
  if (raw === undefined) return undefined;
  const fault = (rule: string, message: string): undefined => {
    violations.push(violation('query', param.name, rule, message));
    return undefined;
  };
  if (shape.kind === 'scalar') {
    if (raw.length > 1) return fault('repeated', 'Stands there more than once.');
    const text = decode(raw[0] ?? '');
    if (text === undefined) return fault('malformed', 'Holds a broken percent-encoding.');
    if (param.media?.includes('json')) return jsonValue(text);
    return typed(text, shape.types);
  }
  const delimiter = param.style === 'spaceDelimited' ? /%20|\+/ : param.style === 'pipeDelimited' ? /%7C|\|/i : /,/;
  const parts = param.explode ? raw : raw.flatMap((value) => (value === '' ? [] : value.split(delimiter)));
  const texts = parts.map(decode);
  if (texts.includes(undefined)) return fault('malformed', 'Holds a broken percent-encoding.');
  return texts.map((text) => typed(text ?? '', shape.types));
}

function jsonValue(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}

function objectFromQuery(entry: Compiled, members: Members): JsonObject | undefined {
  const { param, shape } = entry;
  const result: JsonObject = {};
  const textTypes = new Set(['string']);
  if (param.style === 'deepObject') {
    for (const [name, values] of members) {
      const match = /^([^[]+)\[([^\]]*)\]$/.exec(name);
      if (match?.[1] !== param.name) continue;
      const key = match[2] ?? '';
      result[key] = typed(decode(values[0] ?? '') ?? '', shape.properties.get(key) ?? textTypes);
    }
  } else if (param.explode) {
    for (const [name, values] of members) {
      const types = shape.properties.get(name);
      if (types) result[name] = typed(decode(values[0] ?? '') ?? '', types);
    }
  } else {
    const raw = members.get(param.name)?.[0];
    if (raw !== undefined)
      return pairs(
        raw.split(',').map((part) => decode(part) ?? ''),
        shape,
        false,
      );
  }
  return Object.keys(result).length > 0 ? result : undefined;
}

function refuseUnknown(members: Members, query: ReadonlyMap<string, Compiled>, violations: ParamViolation[]): void {
  for (const name of members.keys()) {
    const base = name.replace(/\[.*$/, '');
    if (query.has(name) || query.has(base)) continue;
    const near = nearest(name, [...query.keys()]);
    violations.push(
      violation(
        'query',
        name,
        'unknown-parameter',
        near ? `Is not known here. Did you mean \`${near}\`?` : 'Is not known here.',
      ),
    );
  }
}

function violation(place: ParamViolation['in'], name: string, rule: string, message: string): ParamViolation {
  return { in: place, pointer: `/${name.slice(0, 64)}`, rule, message, schema: '' };
}

export interface EncodedParams {
  /** Path with its variables filled in. */
  path: string;
  /** `?a=1` or ''. */
  query: string;
  headers: Record<string, string>;
}

/** The other way: an operation's input by name → path, query and headers. Values that are undefined are left out. */
export function encodeParams(
  operation: Pick<Operation, 'path' | 'params'>,
  input: Readonly<Record<string, unknown>>,
): EncodedParams {
  let { path } = operation;
  const query: string[] = [];
  const headers: Record<string, string> = {};
  for (const param of operation.params) {
    const value = input[param.name];
    if (value === undefined) continue;
    if (param.in === 'path') path = path.replace(`{${param.name}}`, encodeURIComponent(plain(value)));
    else if (param.in === 'header') headers[param.name.toLowerCase()] = plain(value);
    else if (param.in === 'query') query.push(...encodeQuery(param, value));
  }
  return { path, query: query.length > 0 ? `?${query.join('&')}` : '', headers };
}

function plain(value: unknown): string {
  if (Array.isArray(value)) return value.map(plain).join(',');
  if (typeof value === 'object' && value !== null)
    return Object.entries(value)
      .flatMap(([key, part]) => [key, plain(part)])
      .join(',');
  return String(value);
}

function encodeQuery(param: Param, value: unknown): string[] {
  const name = encodeURIComponent(param.name);
  if (param.media?.includes('json')) return [`${name}=${encodeURIComponent(JSON.stringify(value))}`];
  if (Array.isArray(value)) {
    const parts = value.map((part) => encodeURIComponent(plain(part)));
    if (param.explode) return parts.map((part) => `${name}=${part}`);
    const delimiter = param.style === 'spaceDelimited' ? '%20' : param.style === 'pipeDelimited' ? '%7C' : ',';
    return [`${name}=${parts.join(delimiter)}`];
  }
  if (typeof value === 'object' && value !== null) {
    return Object.entries(value).map(([key, part]) => {
      const inner = encodeURIComponent(key);
      return param.style === 'deepObject'
        ? `${name}[${inner}]=${encodeURIComponent(plain(part))}`
        : `${inner}=${encodeURIComponent(plain(part))}`;
    });
  }
  return [`${name}=${encodeURIComponent(plain(value))}`];
}

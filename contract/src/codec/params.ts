// Parameters: wire text ↔ typed values by name. Reading walks the raw query once, without URL objects: it is on the
// hot path of every request. Styles: simple, form, deepObject, spaceDelimited, pipeDelimited (OpenAPI 3.1, 4.8.12), and
// the whole query as one value (`in: querystring`, OpenAPI 3.2).

import { isObject } from '../load/pointer.ts';
import type { JsonObject, JsonValue, Operation, Param } from '../model/contract.ts';
import { compileSchema, type Validator, type Violation } from '../schema/compile.ts';
import { nearest } from '../schema/distance.ts';
import { readDeepObject } from './deep-object.ts';
import { decode, type Members, readQuery } from './raw-query.ts';
import { type Shape, shapeOf, typed } from './typing.ts';

export { type EncodedParams, encodeParams } from './encode.ts';

export interface RawParams {
  /** Decoded path variables. */
  path: Readonly<Record<string, string>>;
  /** Raw text after `?`, undecoded; '' when there is none. */
  query: string;
  /** Header by lower-case name. */
  header: (name: string) => string | undefined;
  /** The raw Cookie header; default: asked of `header`. */
  cookie?: string;
}

/** `in` is where a caller looks: a `querystring` parameter is the query. */
export type ParamViolation = Violation & { in: Exclude<Param['in'], 'querystring'> };

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
  /** No message may repeat the value. */
  sensitive: boolean;
  document: JsonObject;
}

/** Most violations that are told; a sender mends them one by one anyway. */
const maxViolations = 50;

/** Compiles the parameters of one operation. `document` is what schemas refer into. */
export function compileParams(operation: Operation, document: JsonObject): ParamReader {
  const { unknown } = operation.policy;
  const compiled = operation.params.map((param): Compiled => {
    const shape = shapeOf(param.schema, document);
    return {
      param,
      shape,
      // Only objects can hold something unknown; all others share one compiled form.
      validator: compileSchema(param.schema, { document, closed: unknown === 'refuse' && shape.kind === 'object' }),
      fallback: isObject(param.schema) ? param.schema['default'] : undefined,
      header: param.name.toLowerCase(),
      sensitive: param.policy['sensitivity'] === 'pii' || param.policy['sensitivity'] === 'secret',
      document,
    };
  });
  const query = new Map(
    compiled.filter((entry) => entry.param.in === 'query').map((entry) => [entry.param.name, entry]),
  );
  const known = new Set(query.keys());
  const whole = compiled.filter(({ param }) => param.in === 'querystring');
  let refuses = unknown === 'refuse' && whole.every(({ param }) => isForm(param));
  for (const { param, shape } of [...query.values(), ...whole]) {
    if (shape.kind !== 'object' || param.style !== 'form' || !param.explode) continue;
    // An exploded object spreads its properties over the query; an open one takes whatever comes.
    for (const name of shape.properties.keys()) known.add(name);
    if (shape.open) refuses = false;
  }
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
      if (members && refuses) refuseUnknown(members, known, query, violations);
      return { values, violations };
    },
  };
}

function readOne(entry: Compiled, raw: RawParams, members: Members | undefined, violations: ParamViolation[]): unknown {
  const { param } = entry;
  const value = rawValue(entry, raw, members, violations);
  if (value === undefined) {
    // A list or object is copied: what one call does to it must not reach the next.
    if (entry.fallback !== undefined)
      return typeof entry.fallback === 'object' ? structuredClone(entry.fallback) : entry.fallback;
    if (param.required) violations.push(violation(placeOf(param), param.name, 'required', 'Is required.'));
    return undefined;
  }
  if (!entry.validator.check(value)) {
    for (const fault of entry.validator.explain(value, 5)) {
      if (entry.sensitive) delete fault.actual;
      violations.push({ ...fault, in: placeOf(param), pointer: `/${escapeName(param.name)}${fault.pointer}` });
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
      return text === undefined ? undefined : ofMedia(param, text, shape);
    }
    case 'header': {
      const text = raw.header(entry.header);
      return text === undefined ? undefined : ofMedia(param, text.trim(), shape);
    }
    case 'cookie':
      return cookie(raw.cookie ?? raw.header('cookie'), param, shape);
    case 'querystring':
      if (isForm(param)) return members && fromQuery(entry, members, violations);
      return raw.query === '' ? undefined : wholeQuery(entry, raw.query, violations);
    default:
      return members && fromQuery(entry, members, violations);
  }
}

/** A form spreads its properties over the query, as an exploded object does. */
function isForm(param: Param): boolean {
  return param.media?.includes('x-www-form-urlencoded') === true;
}

function wholeQuery({ param, shape }: Compiled, query: string, violations: ParamViolation[]): unknown {
  const text = decode(query);
  if (text !== undefined) return ofMedia(param, text, shape);
  violations.push(violation('query', param.name, 'malformed', faultWords.malformed));
  return undefined;
}

function placeOf(param: Param): ParamViolation['in'] {
  return param.in === 'querystring' ? 'query' : param.in;
}

function ofMedia(param: Param, text: string, shape: Shape): unknown {
  return param.media?.includes('json') ? jsonValue(text) : simple(text, shape, param.explode);
}

function simple(text: string, shape: Shape, explode: boolean): unknown {
  if (shape.kind === 'scalar') return typed(text, shape.types);
  const parts = text.split(',');
  if (shape.kind === 'array') return parts.map((part) => typed(part.trim(), shape.types));
  return pairs(parts, shape, explode);
}

/** `a=1,b=2` exploded, `a,1,b,2` not. */
function pairs(parts: readonly string[], shape: Shape, explode: boolean): JsonObject {
  const result = Object.create(null) as JsonObject;
  const entries = explode
    ? parts.map((part) => part.split('=', 2))
    : parts.flatMap((part, index) => (index % 2 === 0 ? [[part, parts[index + 1] ?? '']] : []));
  for (const [name = '', value = ''] of entries)
    result[name] = typed(value, shape.properties.get(name) ?? new Set(['string']));
  return result;
}

function cookie(header: string | undefined, param: Param, shape: Shape): unknown {
  for (const part of header?.split(';') ?? []) {
    const at = part.indexOf('=');
    if (at > 0 && part.slice(0, at).trim() === param.name)
      return ofMedia({ ...param, explode: false }, part.slice(at + 1).trim(), shape);
  }
  return undefined;
}

function fromQuery(entry: Compiled, members: Members, violations: ParamViolation[]): unknown {
  const { param, shape } = entry;
  const fault: Fault = (rule, name = param.name) => {
    violations.push(violation('query', name, rule, faultWords[rule]));
    return undefined;
  };
  const json = param.media?.includes('json') === true;
  if (shape.kind === 'object' && !json) return objectFromQuery(entry, members, fault);
  const raw = members.get(param.name) ?? (shape.kind === 'array' ? members.get(`${param.name}[]`) : undefined);
  if (raw === undefined) return undefined;
  if (shape.kind === 'scalar' || json) {
    if (raw.length > 1) return fault('repeated');
    const text = decode(raw[0] ?? '');
    if (text === undefined) return fault('malformed');
    return json ? jsonValue(text) : typed(text, shape.types);
  }
  const delimiter = delimiters[param.style] ?? /,/;
  const parts = param.explode ? raw : raw.flatMap((value) => (value === '' ? [] : value.split(delimiter)));
  const texts = parts.map(decode);
  if (texts.includes(undefined)) return fault('malformed');
  return texts.map((text) => typed(text ?? '', shape.types));
}

const faultWords = {
  repeated: 'Stands there more than once.',
  malformed: 'Holds a broken percent-encoding, or a character that cannot be stored.',
  form: 'Must name its members, like `filter[name]=value`.',
};
const delimiters: Partial<Record<string, RegExp>> = { spaceDelimited: /%20|\+/, pipeDelimited: /%7C|\|/i };

function jsonValue(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}

type Fault = (rule: keyof typeof faultWords, name?: string) => undefined;

function objectFromQuery(entry: Compiled, members: Members, fault: Fault): JsonObject | undefined {
  const { param, shape, document } = entry;
  if (param.style === 'deepObject') {
    if (members.has(param.name)) return fault('form');
    const deep = readDeepObject(param.name, members, param.schema, document);
    return 'fault' in deep ? fault(deep.fault, deep.name) : deep.value;
  }
  if (!param.explode) {
    const raw = members.get(param.name);
    if (raw === undefined) return undefined;
    if (raw.length > 1) return fault('repeated');
    const texts = (raw[0] ?? '').split(',').map(decode);
    return texts.includes(undefined) ? fault('malformed') : pairs(texts as string[], shape, false);
  }
  const result = Object.create(null) as JsonObject;
  let found = false;
  for (const [name, types] of shape.properties) {
    const values = members.get(name);
    if (values === undefined) continue;
    if (values.length > 1) return fault('repeated', name);
    const text = decode(values[0] ?? '');
    if (text === undefined) return fault('malformed', name);
    result[name] = typed(text, types);
    found = true;
  }
  return found ? result : undefined;
}

function refuseUnknown(
  members: Members,
  known: ReadonlySet<string>,
  query: ReadonlyMap<string, Compiled>,
  violations: ParamViolation[],
): void {
  for (const name of members.keys()) {
    if (known.has(name)) continue;
    const bracket = name.indexOf('[');
    const owner = bracket > 0 ? query.get(name.slice(0, bracket)) : undefined;
    // `tag[]` for a list, `filter[…]` for a deep object; anything else in brackets is unknown.
    if (owner && (owner.param.style === 'deepObject' || (owner.shape.kind === 'array' && name.endsWith('[]'))))
      continue;
    if (violations.length >= maxViolations) return;
    const near = nearest(name, [...known]);
    const message = near === undefined ? 'Is not known here.' : `Is not known here. Did you mean \`${near}\`?`;
    violations.push(violation('query', name, 'unknown-parameter', message));
  }
}

function violation(place: ParamViolation['in'], name: string, rule: string, message: string): ParamViolation {
  return { in: place, pointer: `/${escapeName(name.slice(0, 64))}`, rule, message, schema: '' };
}

function escapeName(name: string): string {
  return name.replaceAll('~', '~0').replaceAll('/', '~1');
}

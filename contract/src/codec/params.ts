// Parameters: wire text ↔ typed values by name. Reading walks the raw query once, without URL objects: it is on the
// hot path of every request. How one value is written is the matter of styles.ts; here they are found, judged and named.

import { isObject } from '../load/pointer.ts';
import type { JsonObject, JsonValue, Media, Operation, Param } from '../model/contract.ts';
import { compileSchema, type Validator, type Violation } from '../schema/compile.ts';
import { nearest } from '../schema/distance.ts';
import { compileForm, type FormReader } from './form.ts';
import { isForm as isFormType } from './media.ts';
import { decode, type Members, readQuery } from './raw-query.ts';
import { faultWords, fromCookies, fromMembers, fromText, type Styled, type StyleFault } from './styles.ts';
import { shapeOf } from './typing.ts';

export { type EncodedParams, encodeParams } from './encode.ts';

export interface RawParams {
  /** Path variables as sent, not decoded. */
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
  /** The same of values that are typed already, by name; null is absent, `body` is left alone. */
  check(input: Readonly<Record<string, unknown>>): ReadParams;
}

interface Compiled extends Styled {
  param: Param;
  validator: Validator;
  fallback: JsonValue | undefined;
  header: string;
  /** No message may repeat the value. */
  sensitive: boolean;
  /** Reads the whole query, where that is a form. */
  form?: FormReader;
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
      ...(isForm(param) ? { form: compileForm({ ...formMedia, ...param }, document) } : {}),
    };
  });
  const query = new Map(
    compiled.filter((entry) => entry.param.in === 'query').map((entry) => [entry.param.name, entry]),
  );
  const known = new Set(query.keys());
  const names = new Set([...operation.params.map(({ name }) => name), 'body']);
  // What a whole query may hold is a matter of its schema.
  let refuses = unknown === 'refuse' && compiled.every(({ param }) => param.in !== 'querystring');
  for (const { param, shape } of query.values()) {
    if (shape.kind !== 'object' || param.style !== 'form' || !param.explode) continue;
    // An exploded object spreads its properties over the query; an open one takes whatever comes.
    for (const name of shape.properties.keys()) known.add(name);
    if (shape.open) refuses = false;
  }
  for (const entry of query.values()) if (entry.shape.open) entry.others = known;
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
    check(input) {
      const values: Record<string, unknown> = {};
      const violations: ParamViolation[] = [];
      for (const entry of compiled) {
        const value = judged(entry, input[entry.param.name] ?? undefined, violations);
        if (value !== undefined) values[entry.param.name] = value;
      }
      for (const name of unknown === 'refuse' ? Object.keys(input) : [])
        if (!names.has(name) && violations.length < maxViolations) violations.push(unknownParam(name, known));
      return { values, violations };
    },
  };
}

function readOne(entry: Compiled, raw: RawParams, members: Members | undefined, violations: ParamViolation[]): unknown {
  return judged(entry, rawValue(entry, raw, members, violations), violations);
}

/** A typed value, or the default in its place. */
function judged(entry: Compiled, value: unknown, violations: ParamViolation[]): unknown {
  const { param } = entry;
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
  const { param } = entry;
  const fault: StyleFault = (rule, name = param.name) => {
    violations.push(violation(placeOf(param), name, rule, faultWords[rule]));
    return undefined;
  };
  switch (param.in) {
    case 'path': {
      // An empty segment is a missing value.
      const text = raw.path[param.name];
      return text === undefined || text === '' ? undefined : fromText(entry, text, fault, decodeSegment);
    }
    case 'header': {
      const text = raw.header(entry.header);
      return text === undefined ? undefined : fromText(entry, text.trim(), fault);
    }
    case 'cookie':
      return fromCookies(entry, raw.cookie ?? raw.header('cookie'), fault);
    case 'querystring':
      return raw.query === '' ? undefined : wholeQuery(entry, raw.query, { fault, violations });
    default:
      return members && fromMembers(entry, members, fault);
  }
}

/** A plus in a path is a plus. What is no escape stays as it is: the routes have refused it. */
function decodeSegment(text: string): string {
  return text.includes('%') ? (decode(text.replaceAll('+', '%2B')) ?? text) : text;
}

function isForm(param: Param): boolean {
  return param.in === 'querystring' && isFormType(param.media ?? '');
}

const formMedia: Media = { type: 'application/x-www-form-urlencoded', encoding: {}, examples: [] };

function wholeQuery(
  entry: Compiled,
  query: string,
  { fault, violations }: { fault: StyleFault; violations: ParamViolation[] },
): unknown {
  if (entry.form) {
    const decoded = entry.form(query);
    if ('value' in decoded) return decoded.value;
    const at = `/${escapeName(entry.param.name)}`;
    violations.push(
      ...decoded.violations.map((each) => ({ ...each, in: 'query' as const, pointer: `${at}${each.pointer}` })),
    );
    return undefined;
  }
  const text = decode(query);
  return text === undefined ? fault('malformed') : fromText(entry, text, fault);
}

function placeOf(param: Param): ParamViolation['in'] {
  return param.in === 'querystring' ? 'query' : param.in;
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
    violations.push(unknownParam(name, known));
  }
}

function unknownParam(name: string, known: ReadonlySet<string>): ParamViolation {
  const near = nearest(name, [...known]);
  const message = near === undefined ? 'Is not known here.' : `Is not known here. Did you mean \`${near}\`?`;
  return violation('query', name, 'unknown-parameter', message);
}

function violation(place: ParamViolation['in'], name: string, rule: string, message: string): ParamViolation {
  return { in: place, pointer: `/${escapeName(name.slice(0, 64))}`, rule, message, schema: '' };
}

function escapeName(name: string): string {
  return name.replaceAll('~', '~0').replaceAll('/', '~1');
}

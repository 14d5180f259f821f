// Every `x-plinth` object against its closed schema: an unknown key would silently do nothing.

import xPlinthSchema from '../extension/x-plinth.schema.json' with { type: 'json' };
import type { Finding, JsonObject, JsonValue } from '../model/contract.ts';
import { compileSchema, type Validator } from '../schema/compile.ts';
import type { Origins } from './origin.ts';
import { isObject } from './pointer.ts';
import { walkSchemas } from './schemas.ts';

interface Report {
  origins: Origins;
  findings: Finding[];
  /** Somebody else's contract may carry what we do not understand: a warning, not an error. */
  foreign: boolean;
}

let validators: { operation: Validator; schema: Validator } | undefined;

/** Adds `x-plinth-valid` and `x-unknown-key` findings for the document, operations, parameters and schemas. */
export function checkExtensions(document: JsonObject, report: Report): void {
  const base = xPlinthSchema as unknown as JsonObject;
  validators ??= {
    operation: compileSchema({ $ref: '#/$defs/operation' }, { document: base }),
    schema: compileSchema({ $ref: '#/$defs/schema' }, { document: base }),
  };
  const { operation, schema } = validators;
  const components = object(document['components']);
  check(document, operation, report);
  for (const paths of [document['paths'], document['webhooks'], components['pathItems']])
    for (const item of members(paths)) checkPathItem(item, { operation, schema }, report);
  for (const callback of members(components['callbacks']))
    for (const item of members(callback)) checkPathItem(item, { operation, schema }, report);
  for (const parameter of [...members(components['parameters']), ...members(components['headers'])])
    check(parameter, schema, report);
  walkSchemas(document, (node) => check(node, schema, report));
}

function checkPathItem(item: JsonObject, by: { operation: Validator; schema: Validator }, report: Report): void {
  for (const [key, value] of Object.entries(item)) {
    if (key === 'parameters') checkParameters(value, by.schema, report);
    else if (isObject(value)) {
      check(value, by.operation, report);
      checkParameters(value['parameters'], by.schema, report);
      for (const callback of members(value['callbacks']))
        for (const called of members(callback)) checkPathItem(called, by, report);
    }
  }
}

function checkParameters(list: JsonValue | undefined, validator: Validator, report: Report): void {
  if (Array.isArray(list)) for (const parameter of list) if (isObject(parameter)) check(parameter, validator, report);
}

function check(node: JsonObject, validator: Validator, { origins, findings, foreign }: Report): void {
  const written = node['x-plinth'];
  if (written === undefined) return;
  // `null` takes an inherited key away, so it is right for every key there is.
  const extension = isObject(written) ? withoutNulls(written) : written;
  for (const violation of validator.explain(extension)) {
    const unknown = violation.rule === 'unknown-property';
    findings.push({
      ...origins.at(nearestNode(written, violation.pointer) ?? node),
      rule: unknown ? 'x-unknown-key' : 'x-plinth-valid',
      severity: foreign ? 'warn' : 'error',
      message: `x-plinth${violation.pointer}: ${violation.message}`,
      fix: 'See docs/reference/x-plinth.md for the keys and their values.',
    });
  }
  if (isObject(extension))
    reportPlanned(extension, validator === validators?.operation, { node, written }, { origins, findings, foreign });
}

/** Keys that the vocabulary knows and no part of Plinth honours yet, at any depth: they would silently do nothing. */
function reportPlanned(
  extension: JsonObject,
  onOperation: boolean,
  place: { node: object; written: JsonValue },
  { origins, findings, foreign }: Report,
): void {
  const { operation, schema } = xPlinthSchema.$defs;
  for (const { pointer, near } of plannedIn(extension, onOperation ? operation : schema))
    findings.push({
      ...origins.at(near === extension && isObject(place.written) ? place.written : near),
      rule: 'x-unknown-key',
      severity: foreign ? 'warn' : 'error',
      message: `x-plinth${pointer} is planned: no part of Plinth honours it yet.`,
      fix: 'Remove it until docs/reference/x-plinth.md no longer calls it planned.',
    });
}

/** Below this nothing of the vocabulary stands; what nests deeper is not of it. */
const maxVocabularyDepth = 8;

/** Planned keys of a value by its schema in the vocabulary: `near` is the object that holds the key. */
function plannedIn(value: JsonValue, schema: JsonObject, pointer = '', depth = 0): { pointer: string; near: object }[] {
  if (depth > maxVocabularyDepth || typeof value !== 'object' || value === null) return [];
  if (Array.isArray(value))
    return value.flatMap((item, index) =>
      partsOf(schema, 'items').flatMap((part) => plannedIn(item, part, `${pointer}/${index}`, depth + 1)),
    );
  return Object.entries(value).flatMap(([key, child]) => {
    const at = `${pointer}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`;
    const named = partsOf(schema, 'properties').flatMap((properties) =>
      Object.hasOwn(properties, key) && isObject(properties[key]) ? [properties[key]] : [],
    );
    if (named.some((part) => part['planned'] === true)) return child === null ? [] : [{ pointer: at, near: value }];
    const parts = named.length > 0 ? named : partsOf(schema, 'additionalProperties');
    return parts.flatMap((part) => plannedIn(child, part, at, depth + 1));
  });
}

/** What a schema of the vocabulary says under a keyword, with its branches and what it refers to. */
function partsOf(schema: JsonObject, keyword: string, depth = 0): JsonObject[] {
  if (depth > maxVocabularyDepth) return [];
  const own = schema[keyword];
  const name = typeof schema['$ref'] === 'string' ? schema['$ref'].split('/').at(-1) : undefined;
  const target = (xPlinthSchema.$defs as unknown as JsonObject)[name ?? ''];
  const branches = [schema['oneOf'], schema['anyOf'], schema['allOf']].flatMap((list) =>
    Array.isArray(list) ? list : [],
  );
  return [
    ...(isObject(own) ? [own] : []),
    ...[target, ...branches].filter(isObject).flatMap((branch) => partsOf(branch, keyword, depth + 1)),
  ];
}

function withoutNulls(extension: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(extension).filter(([, value]) => value !== null));
}

/** The innermost object or array on the way to a pointer: the closest line that has a position. */
function nearestNode(root: JsonValue, pointer: string): object | undefined {
  let current: JsonValue | undefined = root;
  let nearest = typeof root === 'object' && root !== null ? root : undefined;
  for (const key of pointer.split('/').slice(1)) {
    if (Array.isArray(current)) current = current[Number(key)];
    else if (isObject(current)) current = current[key.replaceAll('~1', '/').replaceAll('~0', '~')];
    if (typeof current !== 'object' || current === null) break;
    nearest = current;
  }
  return nearest;
}

function members(value: JsonValue | undefined): JsonObject[] {
  return Object.values(object(value)).filter(isObject);
}

function object(value: JsonValue | undefined): JsonObject {
  return isObject(value) ? value : {};
}

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

/** Keys that the vocabulary knows and no part of Plinth honours yet: they would silently do nothing. */
function reportPlanned(
  extension: JsonObject,
  onOperation: boolean,
  place: { node: object; written: JsonValue },
  { origins, findings, foreign }: Report,
): void {
  const { properties } = xPlinthSchema.$defs[onOperation ? 'operation' : 'schema'];
  const visit = (values: JsonObject, known: JsonObject, path: string): void => {
    for (const [key, value] of Object.entries(values)) {
      const schema = Object.hasOwn(known, key) ? known[key] : undefined;
      if (!isObject(schema)) continue;
      if (schema['planned'] === true)
        findings.push({
          ...origins.at(isObject(place.written) ? place.written : place.node),
          rule: 'x-unknown-key',
          severity: foreign ? 'warn' : 'error',
          message: `x-plinth${path}/${key} is planned: no part of Plinth honours it yet.`,
          fix: 'Remove it until docs/reference/x-plinth.md no longer calls it planned.',
        });
      else if (path === '' && isObject(value)) visit(value, object(schema['properties']), `/${key}`);
    }
  };
  visit(extension, properties, '');
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

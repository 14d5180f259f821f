// Swagger 2.0 → the OpenAPI 3.0 shape, in place, after bundling. Source: Swagger 2.0 "Parameter Object", "Response Object",
// "Security Scheme Object". What a reader would get wrong: a body parameter may stand behind a `$ref`, `consumes` and
// `produces` of an operation replace the document's (they do not add), and an array without `collectionFormat` is `csv`.

import type { Finding, JsonObject, JsonValue } from '../model/contract.ts';
import type { Origins } from './origin.ts';
import { follow, isObject } from './pointer.ts';
import { walkSchemas } from './schemas.ts';
import { upgradeSecurity } from './swagger-security.ts';

interface Report {
  origins: Origins;
  findings: Finding[];
}

interface Context extends Report {
  document: JsonObject;
  consumes: JsonValue | undefined;
  produces: JsonValue | undefined;
}

const verbs = ['get', 'put', 'post', 'delete', 'options', 'head', 'patch'];
/** Keys of a Swagger 2.0 parameter or header that are about it and not about its value. */
const ownKeys = new Set(['name', 'in', 'description', 'required', 'allowEmptyValue', 'collectionFormat']);
const moved: readonly [from: string, to: string][] = [
  ['#/definitions/', '#/components/schemas/'],
  ['#/parameters/', '#/components/parameters/'],
  ['#/responses/', '#/components/responses/'],
];
/** What stands below these keys is somebody's data, or is keyed by names instead of keywords. */
const dataKeys = new Set(['example', 'examples', 'default', 'enum']);
const nameKeys = new Set(['properties', 'definitions', 'parameters', 'responses', 'patternProperties']);

/** Turns a Swagger 2.0 document into the 3.0 shape. Origins are kept; what has no equal in 3.0 becomes a warning. */
export function upgradeSwagger(document: JsonObject, report: Report): void {
  const context: Context = { ...report, document, consumes: document['consumes'], produces: document['produces'] };
  const components = object(document['components']);
  const items = [...Object.values(object(document['paths'])), ...Object.values(object(components['pathItems']))];
  for (const item of items) if (isObject(item)) upgradeItem(item, context);
  document['components'] = components;
  const shared = Object.entries(object(document['parameters'])).flatMap(([name, value]): [string, JsonValue][] =>
    isObject(value) && !isBodyPart(value) ? [[name, upgradeParam(value, context)]] : [],
  );
  components['parameters'] = { ...object(components['parameters']), ...Object.fromEntries(shared) };
  const answers = object(document['responses']);
  for (const answer of Object.values(answers)) if (isObject(answer)) upgradeResponse(answer, context.produces);
  components['responses'] = { ...object(components['responses']), ...answers };
  components['schemas'] = { ...object(components['schemas']), ...object(document['definitions']) };
  upgradeSecurity(document, components);
  for (const key of ['swagger', 'definitions', 'parameters', 'responses', 'consumes', 'produces']) delete document[key];
  document['openapi'] = '3.0.3';
  moveReferences(document, false, new Set());
  walkSchemas(document, upgradeSchema);
}

function upgradeItem(item: JsonObject, context: Context): void {
  const shared = list(item['parameters']);
  const bodyParts = shared.filter((value) => isBodyPart(follow(context.document, value)));
  item['parameters'] = shared
    .filter((value) => !bodyParts.includes(value))
    .map((value) => (isObject(value) ? upgradeParam(value, context) : value));
  for (const verb of verbs) {
    const operation = item[verb];
    if (!isObject(operation)) continue;
    const own = list(operation['parameters']);
    const body = [...bodyParts, ...own].map((value) => follow(context.document, value)).filter(isBodyPart);
    operation['parameters'] = own
      .filter((value) => !isBodyPart(follow(context.document, value)))
      .map((value) => (isObject(value) ? upgradeParam(value, context) : value));
    if (body.length > 0) operation['requestBody'] = bodyOf(body, operation['consumes'] ?? context.consumes, context);
    const produces = operation['produces'] ?? context.produces;
    for (const answer of Object.values(object(operation['responses'])))
      if (isObject(answer)) upgradeResponse(answer, produces);
    delete operation['consumes'];
    delete operation['produces'];
  }
}

function isBodyPart(value: JsonValue | undefined): value is JsonObject {
  return isObject(value) && (value['in'] === 'body' || value['in'] === 'formData');
}

function upgradeParam(param: JsonObject, context: Context): JsonObject {
  if (typeof param['$ref'] === 'string' || isObject(param['schema'])) return param;
  const format = param['type'] === 'array' ? (param['collectionFormat'] ?? 'csv') : undefined;
  param['schema'] = takeSchema(param, context.origins);
  delete param['collectionFormat'];
  if (format !== undefined) Object.assign(param, styleOf(format, param, context));
  return param;
}

/** Style and explode that say what `collectionFormat` said. */
function styleOf(format: JsonValue, param: JsonObject, context: Context): JsonObject {
  if (format === 'multi') return { style: 'form', explode: true };
  if (format === 'ssv') return { style: 'spaceDelimited', explode: false };
  if (format === 'pipes') return { style: 'pipeDelimited', explode: false };
  if (format !== 'csv') {
    context.findings.push({
      ...context.origins.at(param),
      rule: 'collection-format-unsupported',
      severity: 'warn',
      message: `collectionFormat "${text(format)}" has no equal in OpenAPI 3; values are split at commas instead.`,
      fix: 'Write `collectionFormat: csv`, `multi`, `ssv` or `pipes`.',
    });
  }
  return { style: param['in'] === 'path' || param['in'] === 'header' ? 'simple' : 'form', explode: false };
}

/** Moves the keywords about the value out of a parameter or header into a schema. */
function takeSchema(from: JsonObject, origins: Origins): JsonObject {
  const schema: JsonObject = {};
  for (const [key, value] of Object.entries(from)) {
    if (ownKeys.has(key) || (key.startsWith('x-') && key !== 'x-nullable')) continue;
    schema[key] = value;
    delete from[key];
  }
  origins.copy(from, schema);
  return schema;
}

function bodyOf(parts: readonly JsonObject[], consumes: JsonValue | undefined, context: Context): JsonObject {
  const whole = parts.find((part) => part['in'] === 'body');
  if (!whole) return formOf(parts, consumes, context);
  const schema = whole['schema'] ?? {};
  const content = Object.fromEntries(typesOf(consumes).map((type) => [type, { schema }]));
  const body: JsonObject = { required: whole['required'] === true, content };
  if (whole['description'] !== undefined) body['description'] = whole['description'];
  context.origins.copy(whole, body);
  return body;
}

function formOf(parts: readonly JsonObject[], consumes: JsonValue | undefined, context: Context): JsonObject {
  const properties: JsonObject = {};
  const encoding: JsonObject = {};
  const required: string[] = [];
  let hasFile = false;
  for (const original of parts) {
    // A copy: the same shared part may belong to many operations.
    const part = { ...original };
    context.origins.copy(original, part);
    const name = text(part['name']);
    hasFile ||= part['type'] === 'file';
    if (part['type'] === 'array') encoding[name] = styleOf(part['collectionFormat'] ?? 'csv', part, context);
    if (part['required'] === true) required.push(name);
    properties[name] = takeSchema(part, context.origins);
  }
  const schema: JsonObject = { type: 'object', properties, ...(required.length > 0 ? { required } : {}) };
  const declared = list(consumes).filter(
    (type) => type === 'multipart/form-data' || (type === 'application/x-www-form-urlencoded' && !hasFile),
  );
  const fallback = hasFile ? 'multipart/form-data' : 'application/x-www-form-urlencoded';
  const content = Object.fromEntries(
    (declared.length > 0 ? declared : [fallback]).map((type) => [text(type), { schema, encoding }]),
  );
  return { required: required.length > 0, content };
}

function upgradeResponse(response: JsonObject, produces: JsonValue | undefined): void {
  if (typeof response['$ref'] === 'string') return;
  const { schema } = response;
  const examples = object(response['examples']);
  if (schema !== undefined || Object.keys(examples).length > 0) {
    const types = new Set([...(schema === undefined ? [] : typesOf(produces)), ...Object.keys(examples)]);
    response['content'] = Object.fromEntries(
      [...types].map((type) => {
        const example = examples[type];
        return [type, { ...(schema === undefined ? {} : { schema }), ...(example === undefined ? {} : { example }) }];
      }),
    );
  }
  delete response['schema'];
  delete response['examples'];
  for (const header of Object.values(object(response['headers']))) {
    if (!isObject(header) || header['schema'] !== undefined) continue;
    const { description, ...value } = header;
    for (const key of Object.keys(value)) delete header[key];
    delete value['collectionFormat'];
    header['schema'] = value;
    if (description !== undefined) header['description'] = description;
  }
}

function upgradeSchema(schema: JsonObject): void {
  if (schema['x-nullable'] === true) schema['nullable'] = true;
  delete schema['x-nullable'];
  delete schema['collectionFormat'];
  if (schema['type'] === 'file') Object.assign(schema, { type: 'string', format: 'binary' });
  if (typeof schema['discriminator'] === 'string') schema['discriminator'] = { propertyName: schema['discriminator'] };
}

function moveReferences(node: JsonValue, named: boolean, seen: Set<object>): void {
  if (typeof node !== 'object' || node === null || seen.has(node)) return;
  seen.add(node);
  if (Array.isArray(node)) {
    for (const item of node) moveReferences(item, false, seen);
    return;
  }
  const ref = node['$ref'];
  const rule = !named && typeof ref === 'string' ? moved.find(([from]) => ref.startsWith(from)) : undefined;
  if (rule && typeof ref === 'string') node['$ref'] = rule[1] + ref.slice(rule[0].length);
  for (const [key, value] of Object.entries(node)) {
    if (named || !(dataKeys.has(key) || key.startsWith('x-'))) moveReferences(value, !named && nameKeys.has(key), seen);
  }
}

function typesOf(types: JsonValue | undefined): string[] {
  const named = list(types).filter((type) => typeof type === 'string');
  return named.length > 0 ? named : ['application/json'];
}

function object(value: JsonValue | undefined): JsonObject {
  return isObject(value) ? value : {};
}

function text(value: JsonValue | undefined): string {
  return typeof value === 'string' ? value : JSON.stringify(value ?? '');
}

function list(value: JsonValue | undefined): JsonValue[] {
  return Array.isArray(value) ? value : [];
}

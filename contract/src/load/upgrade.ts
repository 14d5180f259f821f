// OpenAPI 3.0 → the 3.1 shape, in place; 3.1 is 3.2 that uses none of its additions. Source: OpenAPI 3.0.3 "Schema Object", 3.1.0 "Schema Object", and the traps
// that tools fall into: `$ref` has no siblings in 3.0, `nullable` acts only beside `type`, exclusive bounds are booleans.

import type { Finding, JsonObject } from '../model/contract.ts';
import type { Origins } from './origin.ts';
import { walkSchemas } from './schemas.ts';

/** Upgrades a 3.0 document; for a later one it honours `nullable` where somebody still wrote it, with one warning. */
export function upgrade(
  document: JsonObject,
  dialect: '3.0' | '3.1' | '3.2',
  report: { origins: Origins; findings: Finding[] },
): void {
  let warned = false;
  walkSchemas(document, (schema) => {
    emptyEnum(schema);
    if (dialect === '3.0') {
      upgradeSchema(schema);
      return;
    }
    // Both are 3.0's; contracts in the field still carry them under a 3.1 heading.
    exclusive(schema, 'exclusiveMinimum', 'minimum');
    exclusive(schema, 'exclusiveMaximum', 'maximum');
    if ('nullable' in schema) {
      if (!warned) {
        report.findings.push({
          ...report.origins.at(schema),
          rule: 'nullable-in-3.1',
          severity: 'warn',
          message: '`nullable` is OpenAPI 3.0; it is honoured here and in the rest of the document.',
          fix: 'Write `type: [string, "null"]`.',
        });
      }
      warned = true;
      nullable(schema);
    }
  });
  if (dialect === '3.0') document['openapi'] = '3.1.1';
}

function upgradeSchema(schema: JsonObject): void {
  if (typeof schema['$ref'] === 'string') {
    for (const key of Object.keys(schema)) if (key !== '$ref') delete schema[key];
    return;
  }
  nullable(schema);
  exclusive(schema, 'exclusiveMinimum', 'minimum');
  exclusive(schema, 'exclusiveMaximum', 'maximum');
  // 3.1's words for bytes; the format stays beside them, since it is what readers of the model know.
  if (schema['format'] === 'binary') schema['contentMediaType'] ??= 'application/octet-stream';
  if (schema['format'] === 'byte') schema['contentEncoding'] ??= 'base64';
  if ('example' in schema) {
    if (schema['example'] !== undefined && !('examples' in schema)) schema['examples'] = [schema['example']];
    delete schema['example'];
  }
}

function nullable(schema: JsonObject): void {
  if (schema['nullable'] === true && typeof schema['type'] === 'string') {
    schema['type'] = [schema['type'], 'null'];
  } else if (schema['nullable'] === true && Array.isArray(schema['type']) && !schema['type'].includes('null')) {
    schema['type'] = [...schema['type'], 'null'];
  }
  delete schema['nullable'];
}

/** No value is one of none. Validators refuse to compile an empty list, so it is said in words they take. */
function emptyEnum(schema: JsonObject): void {
  if (!Array.isArray(schema['enum']) || schema['enum'].length > 0) return;
  delete schema['enum'];
  if (schema['not'] === undefined) schema['not'] = {};
  else schema['allOf'] = [...(Array.isArray(schema['allOf']) ? schema['allOf'] : []), { not: {} }];
}

function exclusive(
  schema: JsonObject,
  flag: 'exclusiveMinimum' | 'exclusiveMaximum',
  bound: 'minimum' | 'maximum',
): void {
  if (typeof schema[flag] !== 'boolean') return;
  if (schema[flag] && typeof schema[bound] === 'number') {
    schema[flag] = schema[bound];
    delete schema[bound];
  } else {
    delete schema[flag];
  }
}

// Which standard a document follows, by its first word and version.

import type { JsonObject, JsonValue } from '../../model/contract.ts';
import { isObject, textOf } from '../pointer.ts';
import { arazzoTable } from './arazzo.ts';
import { type Examined, examine } from './examine.ts';
import { openapiTables } from './openapi.ts';
import { overlayTable } from './overlay.ts';
import type { Table } from './shape.ts';
import { swagger20 } from './swagger.ts';

/** A standard that Plinth reads. */
export type Dialect = '2.0' | '3.0' | '3.1' | '3.2';

export const tables: Readonly<Record<Dialect, Table>> = { '2.0': swagger20, ...openapiTables };

/** The version an API description is written in; undefined for anything else. */
export function dialectOf(document: JsonObject): Dialect | undefined {
  if (document['swagger'] === '2.0') return '2.0';
  const match = /^3\.([012])(?:\.|$)/.exec(textOf(document['openapi']));
  return match ? (`3.${match[1]}` as Dialect) : undefined;
}

function tableOf(document: JsonObject): Table | undefined {
  if ('overlay' in document) return overlayTable(document['overlay']);
  if ('arazzo' in document) return arazzoTable(document['arazzo']);
  const dialect = dialectOf(document);
  return dialect && tables[dialect];
}

/** Judges a whole document by the standard it names: API description, overlay or journeys. */
export function examineDocument(document: JsonValue, to: Examined): void {
  const table = isObject(document) ? tableOf(document) : undefined;
  if (table) return examine(document, 'Document', table, to);
  to.findings.push({
    ...to.origins.at(typeof document === 'object' && document !== null ? document : {}),
    rule: 'dialect-unsupported',
    severity: 'error',
    message: 'This names no version of OpenAPI, Swagger, Overlay or Arazzo that is known here.',
    fix: 'Begin it with the version it is written in, such as `openapi: 3.1.0`, `overlay: 1.1.0` or `arazzo: 1.0.1`.',
  });
}

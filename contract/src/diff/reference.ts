// One step along a local reference. What stands beside a `$ref` on the way counts too, so chains are never jumped over.

import { valueAt } from '../load/pointer.ts';
import type { JsonObject, Schema } from '../model/contract.ts';

/** What `schema.$ref` names; `true` where nothing stands there, which loading has reported. */
export function target(document: JsonObject, schema: JsonObject): Schema {
  const reference = schema['$ref'];
  if (typeof reference !== 'string' || !reference.startsWith('#')) return true;
  return (valueAt(document, reference.slice(1)) as Schema | undefined) ?? true;
}

/** The last word of a reference: `Order` of `#/components/schemas/Order`. */
export function nameOf(schema: unknown): string | undefined {
  const reference = typeof schema === 'object' && schema !== null && '$ref' in schema ? schema.$ref : undefined;
  return typeof reference === 'string' ? reference.split('/').at(-1) : undefined;
}

// One step along a local reference. What stands beside a `$ref` on the way counts too, so chains are never jumped over.

import { isObject, valueAt } from '../load/pointer.ts';
import type { JsonObject, Schema } from '../model/contract.ts';

const known = new WeakMap<JsonObject, Map<string, Schema>>();

/** What `schema.$ref` names; `true` where nothing stands there, which loading has reported. */
export function target(document: JsonObject, schema: JsonObject): Schema {
  const reference = schema['$ref'];
  if (typeof reference !== 'string' || !reference.startsWith('#')) return true;
  let ofDocument = known.get(document);
  if (ofDocument === undefined) known.set(document, (ofDocument = new Map()));
  let found = ofDocument.get(reference);
  if (found === undefined)
    ofDocument.set(reference, (found = (valueAt(document, reference.slice(1)) as Schema | undefined) ?? true));
  return found;
}

/** Steps through schemas that only name another one; a circle of them names nothing. */
export const mostHops = 32;

/** The one schema that all references without a word beside them stand for: what is found out about it holds for them. */
export function resolved(document: JsonObject, schema: Schema): Schema {
  let current = schema;
  for (let hops = 0; hops < mostHops; hops++) {
    if (!isObject(current) || current['$ref'] === undefined || Object.keys(current).length !== 1) return current;
    current = target(document, current);
  }
  return schema;
}

/** The last word of a reference: `Order` of `#/components/schemas/Order`. */
export function nameOf(schema: unknown): string | undefined {
  const reference = typeof schema === 'object' && schema !== null && '$ref' in schema ? schema.$ref : undefined;
  return typeof reference === 'string' ? reference.split('/').at(-1) : undefined;
}

// What is wrong with a value that stands beside its schema: an example, a default.

import { isObject } from '../load/pointer.ts';
import type { Contract, JsonObject, JsonValue, Schema } from '../model/contract.ts';
import { compileSchema, type Direction } from '../schema/compile.ts';
import { reach } from './nodes.ts';

/** What is wrong with `value`, in words; undefined when it is valid. */
export function faultOf(
  contract: Contract,
  schema: Schema,
  value: JsonValue,
  direction: Direction,
): string | undefined {
  try {
    const validator = compileSchema(schema, { document: smallDocument(contract, schema), direction });
    if (validator.check(value)) return undefined;
    const [violation] = validator.explain(value, 1);
    if (violation === undefined) return 'it is not valid.';
    return violation.pointer === '' ? violation.message : `${violation.pointer} ${violation.message}`;
  } catch (error) {
    return `the schema cannot be used (${(error as Error).message})`;
  }
}

const documents = new WeakMap<Contract, Map<string, JsonObject>>();

/** Only the components that a schema refers to: preparing all of a large contract for one example takes longer. */
export function smallDocument(contract: Contract, schema: Schema): JsonObject {
  const names = new Set<string>();
  for (const node of reach(contract, [schema])) {
    if (typeof node['$ref'] !== 'string') continue;
    const name = /^#\/components\/schemas\/([^/~%]+)$/.exec(node['$ref'])?.[1];
    // Something stands elsewhere; the whole document has it.
    if (name === undefined) return contract.document;
    names.add(name);
  }
  const key = [...names].toSorted().join(' ');
  let known = documents.get(contract);
  if (known === undefined) documents.set(contract, (known = new Map()));
  let document = known.get(key);
  if (document === undefined) {
    const { components } = contract.document;
    const all = isObject(components) && isObject(components['schemas']) ? components['schemas'] : {};
    const schemas = Object.fromEntries(
      [...names].flatMap((name) => (all[name] === undefined ? [] : [[name, all[name]]])),
    );
    known.set(key, (document = { components: { schemas } }));
  }
  return document;
}

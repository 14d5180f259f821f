// Small truths about things of a resource: their ids, owners and states.

import { Draw, hashText } from '../generate/draw.ts';
import { follow, isObject } from '../load/pointer.ts';
import type { Contract, JsonObject, JsonValue, Operation, Resource, Schema } from '../model/contract.ts';

const crockford = '0123456789abcdefghjkmnpqrstvwxyz';
const ownId = /^([a-z]{2,6})_[0-9a-hjkmnp-tv-z]{20,26}$/;

/** A new id in the shape the contract shows: a prefix of ours, else what the generator made. */
export function newId(
  contract: Contract,
  resource: Resource,
  wish: { given: JsonValue | undefined; key: string },
): JsonValue {
  const node = follow(contract.document, resource.schema as JsonValue);
  const properties = isObject(node) && isObject(node['properties']) ? node['properties'] : {};
  const idSchema = follow(contract.document, properties[resource.id]);
  const draw = new Draw(hashText(wish.key));
  if (isObject(idSchema) && (idSchema['type'] === 'integer' || idSchema['type'] === 'number'))
    return draw.int(1, 2_000_000_000);
  if (
    isObject(idSchema) &&
    (idSchema['format'] !== undefined ||
      idSchema['pattern'] !== undefined ||
      idSchema['enum'] !== undefined ||
      idSchema['maxLength'] !== undefined)
  )
    return wish.given ?? draw.letters(12);
  if (contract.foreign)
    return typeof wish.given === 'string'
      ? `${wish.given.replace(/_[^_]*$/, '')}_${draw.letters(12, crockford)}`
      : draw.letters(12, crockford);
  const example = isObject(idSchema) && Array.isArray(idSchema['examples']) ? String(idSchema['examples'][0]) : '';
  const prefix =
    ownId.exec(example)?.[1] ??
    resource.name
      .toLowerCase()
      .replaceAll(/[^a-z]/g, '')
      .slice(0, 3);
  return `${prefix}_0${draw.letters(25, crockford)}`;
}

/** The property that says whose a thing is. */
export function ownerProperty(schema: JsonObject, document: JsonObject): string | undefined {
  const node = follow(document, schema);
  const properties = isObject(node) && isObject(node['properties']) ? node['properties'] : {};
  return ['customerId', 'ownerId', 'owner', 'holderId', 'customer_id'].find((name) => {
    const property = follow(document, properties[name]);
    return isObject(property) && property['type'] === 'string' && property['format'] === undefined;
  });
}

/** The one property that looks like a state, with its values. */
export function stateProperty(
  contract: Contract,
  schema: Schema | undefined,
): { name: string; values: string[] } | undefined {
  const node = follow(contract.document, schema as JsonValue);
  const properties = isObject(node) && isObject(node['properties']) ? node['properties'] : {};
  for (const name of ['state', 'status']) {
    const property = follow(contract.document, properties[name]);
    if (isObject(property) && Array.isArray(property['enum'])) return { name, values: property['enum'].map(String) };
  }
  return undefined;
}

/** The state a verb leads to: `freezeCard` or `…/cancel` share four letters with `frozen`… `canceled`. */
export function stemMatch(operation: Operation, values: readonly string[]): string | undefined {
  const last = operation.path.split(/[/:]/).at(-1) ?? '';
  const words = [last, ...operation.id.split(/(?=[A-Z])|_/)].map((word) => word.toLowerCase());
  const irregular: Record<string, string> = {
    freeze: 'frozen',
    unfreeze: 'active',
    activate: 'active',
    pay: 'paid',
    send: 'sent',
  };
  for (const word of words) {
    const known = irregular[word.replace(/s$/, '')];
    if (known && values.includes(known)) return known;
    const stem = word.slice(0, 4);
    const match = stem.length === 4 ? values.find((value) => value.toLowerCase().startsWith(stem)) : undefined;
    if (match) return match;
  }
  return undefined;
}

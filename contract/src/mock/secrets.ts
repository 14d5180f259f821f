// What answers do not say of a thing: secrets, and what is revealed once. What only some callers may see is left out by
// the edge, which knows who asks.

import { follow, isObject } from '../load/pointer.ts';
import { childSchemas } from '../load/schemas.ts';
import type { JsonObject, JsonValue, Schema } from '../model/contract.ts';
import { declaredMembers } from '../schema/members.ts';
import { copied } from './overlay.ts';

/** How deep secrets are looked for. */
const mostDepth = 12;

type Way = readonly (string | number)[];

/**
 * The thing without its secrets, as far as it stays valid; the very same where it has none. `isMaking`: the answer that
 * makes it, in which alone stands what is revealed once.
 */
export function withoutSecrets(
  item: JsonObject,
  { schema, document, isMaking }: { schema: Schema; document: JsonObject; isMaking: boolean },
  fits: (item: JsonObject) => boolean,
): JsonObject {
  if (!mayHide(schema, document)) return item;
  const ways = [...secretsIn(item, schema, { document, isMaking, way: [] })];
  if (ways.length === 0) return item;
  const left = copied(item);
  for (const way of ways) take(left, way, fits);
  return left;
}

const known = new WeakMap<object, boolean>();

/** False for most things: no schema in reach speaks of secrets, and no answer is walked. */
function mayHide(schema: Schema, document: JsonObject): boolean {
  if (!isObject(schema)) return false;
  let answer = known.get(schema);
  if (answer === undefined) known.set(schema, (answer = reachesSecret(schema, document)));
  return answer;
}

function reachesSecret(schema: JsonObject, document: JsonObject): boolean {
  const seen = new Set<object>();
  const queue: JsonValue[] = [schema];
  for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
    if (!isObject(next) || seen.has(next)) continue;
    seen.add(next);
    const extension = next['x-plinth'];
    if (isObject(extension) && (extension['reveal'] === 'once' || extension['sensitivity'] === 'secret')) return true;
    if (typeof next['$ref'] === 'string') queue.push(follow(document, next) ?? true);
    for (const child of childSchemas(next)) queue.push(child.schema);
  }
  return false;
}

function* secretsIn(
  value: JsonValue,
  schema: Schema,
  at: { document: JsonObject; isMaking: boolean; way: Way },
): Iterable<Way> {
  const { document, isMaking, way } = at;
  if (typeof value !== 'object' || value === null || way.length > mostDepth) return;
  const { properties, several, items } = declaredMembers(schema, document);
  if (Array.isArray(value)) {
    if (items === undefined) return;
    for (const [index, part] of value.entries()) yield* secretsIn(part, items, { ...at, way: [...way, index] });
    return;
  }
  for (const [name, part] of Object.entries(value)) {
    const property = several.get(name) ?? properties.get(name);
    if (property === undefined) continue;
    const inside = [...way, name];
    if (isSecret(property, document, isMaking)) yield inside;
    else yield* secretsIn(part, property, { ...at, way: inside });
  }
}

/** What several branches describe is secret when one of them says so. */
function isSecret(property: Schema, document: JsonObject, isMaking: boolean): boolean {
  const followed = follow(document, property);
  const branches = isObject(followed) && Array.isArray(followed['anyOf']) ? (followed['anyOf'] as Schema[]) : [];
  return [property, followed, ...branches, ...branches.map((branch) => follow(document, branch))].some((node) => {
    const extension = isObject(node) ? node['x-plinth'] : undefined;
    if (!isObject(extension)) return false;
    const { reveal, sensitivity } = extension;
    return reveal === 'once' ? !isMaking : sensitivity === 'secret';
  });
}

function take(item: JsonObject, way: Way, fits: (item: JsonObject) => boolean): void {
  let holder: JsonValue = item;
  for (const step of way.slice(0, -1)) holder = (holder as Record<string | number, JsonValue>)[step] ?? null;
  const name = way.at(-1);
  if (!isObject(holder) || typeof name !== 'string') return;
  const before = holder[name] ?? null;
  delete holder[name];
  if (fits(item)) return;
  holder[name] = null;
  if (!fits(item)) holder[name] = before;
}

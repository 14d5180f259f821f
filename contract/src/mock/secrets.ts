// What answers do not say: secrets, what is revealed once, and what is for other audiences or other scopes.

import { follow, isObject } from '../load/pointer.ts';
import { childSchemas } from '../load/schemas.ts';
import type { JsonObject, JsonValue, Schema } from '../model/contract.ts';
import type { Audience } from '../model/policy.ts';
import { declaredMembers } from '../schema/members.ts';
import { copied } from './overlay.ts';

/** How deep secrets are looked for. */
const mostDepth = 12;

type Way = readonly (string | number)[];

/** Who asks. */
export interface Caller {
  audience: Audience;
  /** `*` among them: all. */
  scopes: ReadonlySet<string>;
}

export interface Telling {
  schema: Schema;
  document: JsonObject;
  /** The answer that makes the thing: in it alone stands what is revealed once. */
  isMaking: boolean;
  /** undefined = nothing is kept from anybody but secrets. */
  caller?: Caller | undefined;
}

/**
 * A value without what is not to be said; the very same where all of it is. A secret stays where the value would not be
 * valid without it; what is for others goes whatever the schema demands.
 */
export function withoutSecrets<Value extends JsonValue>(
  item: Value,
  { schema, document, isMaking, caller }: Telling,
  fits: (item: Value) => boolean,
): Value {
  if (!mayHide(schema, document)) return item;
  const ways = [...secretsIn(item, schema, { document, isMaking, caller, way: [] })];
  if (ways.length === 0) return item;
  const left = copied(item);
  for (const [way, hidden] of ways) take(left, way, hidden === 'foreign' ? () => true : () => fits(left));
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

const marks = ['reveal', 'sensitivity', 'audience', 'scopes'];

function reachesSecret(schema: JsonObject, document: JsonObject): boolean {
  const seen = new Set<object>();
  const queue: JsonValue[] = [schema];
  for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
    if (!isObject(next) || seen.has(next)) continue;
    seen.add(next);
    const extension = next['x-plinth'];
    if (isObject(extension) && marks.some((name) => extension[name] !== undefined)) return true;
    if (typeof next['$ref'] === 'string') queue.push(follow(document, next) ?? true);
    for (const child of childSchemas(next)) queue.push(child.schema);
  }
  return false;
}

function* secretsIn(
  value: JsonValue,
  schema: Schema,
  at: Omit<Telling, 'schema'> & { way: Way },
): Iterable<[Way, Hidden]> {
  const { document, way } = at;
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
    const hidden = hiddenAs(property, at);
    if (hidden !== undefined) yield [inside, hidden];
    else yield* secretsIn(part, property, { ...at, way: inside });
  }
}

type Hidden = 'secret' | 'foreign';

/** What several branches describe is hidden when one of them says so. */
function hiddenAs(property: Schema, { document, isMaking, caller }: Omit<Telling, 'schema'>): Hidden | undefined {
  const followed = follow(document, property);
  const branches = isObject(followed) && Array.isArray(followed['anyOf']) ? (followed['anyOf'] as Schema[]) : [];
  const nodes = [property, followed, ...branches, ...branches.map((branch) => follow(document, branch))];
  const said = nodes.flatMap((node) => (isObject(node) && isObject(node['x-plinth']) ? [node['x-plinth']] : []));
  if (said.some((extension) => !isFor(extension, caller))) return 'foreign';
  const isSecret = said.some((extension) =>
    extension['reveal'] === 'once' ? !isMaking : extension['sensitivity'] === 'secret',
  );
  return isSecret ? 'secret' : undefined;
}

/** One of the audiences, one of the scopes. */
function isFor({ audience, scopes }: JsonObject, caller: Caller | undefined): boolean {
  if (caller === undefined) return true;
  const isAudience = !Array.isArray(audience) || audience.includes(caller.audience);
  const hasAll = caller.scopes.has('*') || !Array.isArray(scopes);
  return isAudience && (hasAll || scopes.some((scope) => caller.scopes.has(scope as string)));
}

function take(item: JsonValue, way: Way, fits: () => boolean): void {
  let holder: JsonValue = item;
  for (const step of way.slice(0, -1)) holder = (holder as Record<string | number, JsonValue>)[step] ?? null;
  const name = way.at(-1);
  if (!isObject(holder) || typeof name !== 'string') return;
  const before = holder[name] ?? null;
  delete holder[name];
  if (fits()) return;
  holder[name] = null;
  if (!fits()) holder[name] = before;
}

// A value without what its reader may not see: undeclared properties (`drop`) and those marked for the other side.

import { follow, isObject } from '../load/pointer.ts';
import { childSchemas } from '../load/schemas.ts';
import type { JsonObject, JsonValue, Schema } from '../model/contract.ts';
import { type Direction, markOf } from './build.ts';
import { declaredMembers, isMarked, type Members } from './members.ts';

export interface ProjectionOptions {
  direction: Direction;
  /** Leave out what is neither declared nor allowed. */
  drop: boolean;
}

/** The identity when no schema in reach carries a mark and nothing is dropped. */
export function compileProjection(
  schema: Schema,
  document: JsonObject,
  options: ProjectionOptions,
): (value: unknown) => unknown {
  let needed: boolean | undefined;
  return (value) => {
    needed ??= options.drop || reaches(schema, document, markOf(options.direction));
    return needed ? project(value as JsonValue, schema, { ...options, document }, 0) : value;
  };
}

interface Projection extends ProjectionOptions {
  document: JsonObject;
}

function project(value: JsonValue, schema: Schema, to: Projection, depth: number): JsonValue {
  if (typeof value !== 'object' || value === null || depth > 64) return value;
  const { document } = to;
  const members = declaredMembers(schema, document);
  if (Array.isArray(value)) {
    const { items } = members;
    if (items === undefined) return value;
    let list: JsonValue[] | undefined;
    for (const [index, item] of value.entries()) {
      const part = project(item, items, to, depth + 1);
      if (part !== item) (list ??= value.slice())[index] = part;
    }
    return list ?? value;
  }
  if (members.properties.size === 0) return value;
  // Mostly nothing is left out, and then nothing is copied.
  let kept: JsonObject | undefined;
  for (const name of Object.keys(value)) {
    const child = value[name] as JsonValue;
    const part = projectMember(child, members, { name, to, depth });
    if (part === child) continue;
    kept ??= { ...value };
    if (part === undefined) delete kept[name];
    else kept[name] = part;
  }
  return kept ?? value;
}

/** undefined = it is left out. */
function projectMember(
  child: JsonValue,
  members: Members,
  { name, to, depth }: { name: string; to: Projection; depth: number },
): JsonValue | undefined {
  const property = members.properties.get(name);
  if (property === undefined) return members.open || !to.drop ? child : undefined;
  if (isMarked(property, markOf(to.direction), to.document)) return undefined;
  return project(child, members.several.get(name) ?? property, to, depth + 1);
}

/** Whether a marked schema can be met from here. Each schema is looked at once. */
function reaches(schema: Schema, document: JsonObject, mark: 'readOnly' | 'writeOnly'): boolean {
  const seen = new Set<object>();
  const queue: JsonValue[] = [schema];
  for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
    if (!isObject(next) || seen.has(next)) continue;
    seen.add(next);
    if (next[mark] === true) return true;
    if (typeof next['$ref'] === 'string') {
      const target = follow(document, next);
      if (target !== undefined) queue.push(target);
    }
    for (const child of childSchemas(next)) queue.push(child.schema);
  }
  return false;
}

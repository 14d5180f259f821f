// Fields of a form as the object they stand for: typed by the schema, repeated names as lists, `a[b]` and `a[]` as parts.

import { shapeOf, typed } from '../codec/typing.ts';
import { isObject } from '../load/pointer.ts';
import type { JsonObject, JsonValue, Schema } from '../model/contract.ts';
import { declaredMembers } from '../schema/members.ts';

/** Fields read at most, and parts inside parts. */
const mostFields = 1000;
const mostDepth = 5;

/** The object that fields (names may repeat) describe. Text that does not have its type stays text. */
export function formObject(
  fields: Iterable<readonly [string, string]>,
  schema: Schema,
  document: JsonObject,
): JsonObject {
  const form: JsonObject = {};
  let count = 0;
  for (const [name, text] of fields) {
    if ((count += 1) > mostFields) break;
    const [first = '', ...inner] = name.split('[').map((part) => part.replace(/\]$/, ''));
    set(form, [first, ...inner.slice(0, mostDepth)], text, { schema, document });
  }
  return form;
}

function set(
  holder: JsonObject,
  [name = '', ...inner]: readonly string[],
  text: string,
  by: { schema: Schema; document: JsonObject },
): void {
  if (name === '__proto__') return;
  const members = declaredMembers(by.schema, by.document);
  const schema = members.properties.get(name) ?? members.items ?? true;
  const shape = shapeOf(schema, by.document);
  const before = holder[name];
  const isList = shape.kind === 'array' || (inner[0] === '' && inner.length === 1);
  if (inner.length > 0 && !isList) {
    const part: JsonObject = isObject(before) ? before : {};
    holder[name] = part;
    return set(part, inner, text, { ...by, schema });
  }
  const value = shape.kind === 'object' ? parsed(text) : typed(text, shape.types);
  if (isList || Array.isArray(before)) holder[name] = [...(Array.isArray(before) ? before : []), value];
  else holder[name] = before === undefined ? value : [before, value];
}

/** Parts of a form that are objects are sent as JSON. */
function parsed(text: string): JsonValue {
  try {
    return JSON.parse(text) as JsonValue;
  } catch {
    return text;
  }
}

// Form-encoded bodies: each property travels as a query parameter would, and `encoding` says how (OpenAPI 3.2, 4.15.1).
// Without a word there, what nests is `a[b]=1`, as forms everywhere send it; JSON in one field is understood as well.

import type { JsonObject, JsonValue, Media, Schema } from '../model/contract.ts';
import { declaredMembers } from '../schema/members.ts';
import { readDeepObject } from './deep-object.ts';
import { encodingOf, writingOf } from './encode.ts';
import { isJson } from './media.ts';
import { decode, type Members, readQuery } from './raw-query.ts';
import { faultWords, fromMembers, jsonValue, type Styled, type StyleFault } from './styles.ts';
import { extraOf, shapeOf, typed, typesOf } from './typing.ts';
import { bodyViolation, type BodyViolation, type Decoded } from './violation.ts';

/** The object that the text of a form describes, typed by the schema but not yet judged by it. */
export type FormReader = (text: string) => Decoded;

/** Compiles the reader of a form. At most 1,000 fields; maps and lists nest to depth 8. */
export function compileForm(media: Media, document: JsonObject): FormReader {
  const schema = media.schema ?? true;
  const properties = [...declaredMembers(schema, document).properties].map(([name, property]) =>
    styledOf(name, property, { encoding: encodingOf(media, name), document }),
  );
  const declared = new Set(properties.flatMap(namesOf));
  const extra = extraOf(schema, document);
  return (text) => {
    const members = readQuery(text);
    if (members === 'malformed') return { violations: [bodyViolation('', 'malformed', tooMuch)] };
    const violations: BodyViolation[] = [];
    const fault: (name: string) => StyleFault =
      (of) =>
      (rule, name = of) => {
        violations.push(bodyViolation(name, rule, faultWords[rule]));
        return undefined;
      };
    // A property may be named `__proto__` here; on an object without prototype that is a name like any other.
    const value = Object.create(null) as Record<string, unknown>;
    for (const styled of properties) {
      const { name } = styled.param;
      const part = valueOf(styled, members, fault(name));
      if (part !== undefined) value[name] = part;
    }
    for (const name of new Set([...members.keys()].map(rootOf))) {
      if (declared.has(name)) continue;
      const part = extraValue(name, members, { schema: extra, document }, fault(name));
      if (part !== undefined) value[name] = part;
    }
    return violations.length > 0 ? { violations } : { value };
  };
}

const tooMuch = 'Holds a broken percent-encoding or too many fields.';

function styledOf(name: string, schema: Schema, by: { encoding: JsonObject; document: JsonObject }): Styled {
  const shape = shapeOf(schema, by.document);
  return { param: { ...writingOf(name, by.encoding, shape.kind === 'object'), schema }, shape, document: by.document };
}

/** An object in exploded style form spreads its properties over the form. */
function namesOf({ param, shape }: Styled): string[] {
  const isSpread = shape.kind === 'object' && param.style === 'form' && param.explode && !isJson(param.media ?? '');
  return isSpread ? [...shape.properties.keys()] : [param.name];
}

function rootOf(name: string): string {
  const at = name.indexOf('[');
  return at > 0 ? name.slice(0, at) : name;
}

function valueOf(styled: Styled, members: Members, fault: StyleFault): unknown {
  const { param, shape, document } = styled;
  const { name } = param;
  if (isJson(param.media ?? '')) return fromMembers(styled, members, fault);
  const raw = members.get(name);
  if (raw === undefined && !members.has(`${name}[]`)) {
    const deep = readDeepObject(name, members, param.schema, document);
    if ('fault' in deep) return fault(deep.fault, deep.name);
    return deep.value ?? (namesOf(styled)[0] === name ? undefined : fromMembers(styled, members, fault));
  }
  if (raw !== undefined && shape.kind === 'object' && param.style === 'deepObject') {
    if (raw.length > 1) return fault('repeated');
    const text = decode(raw[0] ?? '');
    return text === undefined ? fault('malformed') : jsonValue(text);
  }
  const value = fromMembers(styled, members, fault);
  const nests = shape.kind === 'array' && (shape.types.has('object') || shape.types.has('array'));
  return nests && Array.isArray(value) ? value.map((item) => jsonValue(String(item))) : value;
}

function extraValue(
  name: string,
  members: Members,
  by: { schema: Schema; document: JsonObject },
  fault: StyleFault,
): JsonValue | undefined {
  const raw = members.get(name);
  if (raw === undefined) {
    const deep = readDeepObject(name, members, by.schema, by.document);
    return 'fault' in deep ? fault(deep.fault, deep.name) : deep.value;
  }
  const texts = raw.map(decode);
  if (texts.includes(undefined)) return fault('malformed');
  const shape = shapeOf(by.schema, by.document);
  const types = shape.kind === 'array' ? shape.types : typesOf(by.schema, by.document);
  const values = texts.map((text) => typed(text ?? '', types));
  return values.length > 1 || shape.kind === 'array' ? values : values[0];
}

// Bodies on the wire: JSON, forms (OpenAPI 3.1, 4.8.14.4), multipart forms (RFC 7578), text.

import { encodeParams } from '../codec/params.ts';
import { isObject } from '../load/pointer.ts';
import { isJson } from '../mock/places.ts';
import type { JsonObject, JsonValue, Media, Param } from '../model/contract.ts';

export { isJson };

export interface EncodedBody {
  /** Value of Content-Type. */
  type: string;
  body: string;
}

/** Fixed, so that the same call is the same bytes; no generated text holds it. */
const boundary = 'plinth-part-7MA4YWxkTrZu0gW';

export function isForm(type: string): boolean {
  return type.startsWith('application/x-www-form-urlencoded');
}

/** True for media types whose bodies are made from a schema. */
export function isStructured(type: string): boolean {
  return isJson(type) || isForm(type) || type.startsWith('multipart/form-data');
}

/** A concrete media type of a declared one: ranges become their plainest member. */
function concrete(type: string): string {
  if (type === '*/*' || type === 'application/*') return 'application/json';
  return type === 'text/*' ? 'text/plain' : type.replace('/*', '/octet-stream');
}

export function encodeBody(value: JsonValue, media: Media): EncodedBody {
  const type = concrete(media.type);
  if (isForm(type)) return { type, body: form(value, media.encoding) };
  if (type.startsWith('multipart/form-data'))
    return { type: `multipart/form-data; boundary=${boundary}`, body: multipart(value) };
  if (!isJson(type) && typeof value === 'string') return { type, body: value };
  return { type, body: JSON.stringify(value) };
}

/** Each property travels as a query parameter would; `encoding` says how. */
function form(value: JsonValue, encoding: JsonObject): string {
  if (!isObject(value)) return '';
  const params = Object.keys(value).map((name): Param => {
    const how = isObject(encoding[name]) ? encoding[name] : {};
    const isNested = isObject(value[name]) || (Array.isArray(value[name]) && value[name].some(isObject));
    const style = typeof how['style'] === 'string' ? how['style'] : isNested ? 'deepObject' : 'form';
    const media = typeof how['contentType'] === 'string' && isJson(how['contentType']) ? how['contentType'] : undefined;
    return {
      name,
      in: 'query',
      required: false,
      description: '',
      style,
      explode: how['explode'] !== false,
      allowReserved: false,
      schema: true,
      policy: {},
      ...(media === undefined ? {} : { media }),
    };
  });
  return encodeParams({ path: '', params }, value).query.slice(1);
}

function multipart(value: JsonValue): string {
  const parts = Object.entries(isObject(value) ? value : {}).flatMap(([name, part]) =>
    (Array.isArray(part) ? part : [part]).map((one) => {
      const isPlain = typeof one !== 'object' || one === null;
      const head = `Content-Disposition: form-data; name="${name.replaceAll('"', '%22')}"`;
      return `--${boundary}\r\n${head}${isPlain ? '' : '\r\nContent-Type: application/json'}\r\n\r\n${isPlain ? String(one) : JSON.stringify(one)}\r\n`;
    }),
  );
  return `${parts.join('')}--${boundary}--\r\n`;
}

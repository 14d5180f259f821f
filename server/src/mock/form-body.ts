// Bodies that are no JSON, as the mock can keep and show them: files by their names and sizes, bytes by their number.

import { isBodyFile, isObject, type JsonObject } from '@plinth/contract/serving';

/** The input with a body that is JSON. Whatever is JSON already is left as it is. */
export function withReadableBody(input: Record<string, unknown>, type: string): Record<string, unknown> {
  const { body } = input;
  if (body instanceof Uint8Array) return { ...input, body: `(${body.length} bytes of ${nameOf(type)})` };
  if (!/^multipart\//i.test(type)) return input;
  // What services that keep files tell of them.
  const files: JsonObject = {};
  const readable = (part: unknown): unknown => {
    if (Array.isArray(part)) return part.map(readable);
    if (!isBodyFile(part)) return part;
    const filename = part.fileName ?? `(${part.bytes.length} bytes of ${nameOf(part.type)})`;
    Object.assign(files, { filename, bytes: part.bytes.length });
    return filename;
  };
  if (!isObject(body)) return { ...input, body: readable(body) };
  const fields = Object.fromEntries(Object.entries(body).map(([name, part]) => [name, readable(part)]));
  return { ...input, body: { ...files, ...fields } };
}

function nameOf(type: string): string {
  return type.split(';', 1)[0]?.trim().toLowerCase() || 'something';
}

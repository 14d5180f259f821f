// Bodies that are no JSON, as the mock understands them: forms as objects, files by their names, anything else by its size.

import { type Contract, formObject, isObject, type JsonObject, type Operation } from '@plinth/contract';

/** The input with a body that can be kept and shown. JSON bodies are left as they are. */
export async function withReadableBody(
  { document }: Contract,
  operation: Operation,
  input: Record<string, unknown>,
  type: string,
): Promise<Record<string, unknown>> {
  const { body } = input;
  if (!(body instanceof Uint8Array)) return input;
  const bare = type.split(';', 1)[0]?.trim().toLowerCase() ?? '';
  const media = operation.body?.media.find((each) => each.type === bare);
  const form = /^(multipart\/form-data|application\/x-www-form-urlencoded)$/.test(bare)
    ? await new Response(Uint8Array.from(body), { headers: { 'content-type': type } }).formData().catch(() => undefined)
    : undefined;
  if (!form) return { ...input, body: `(${body.length} bytes of ${bare || 'something'})` };
  const fields: [string, string][] = [];
  const files: JsonObject = {};
  for (const [name, value] of form) {
    fields.push([name, typeof value === 'string' ? value : value.name]);
    // What services that keep files tell of them.
    if (typeof value !== 'string') Object.assign(files, { filename: value.name, bytes: value.size });
  }
  const object = formObject(fields, media?.schema ?? true, document);
  return { ...input, body: isObject(object) ? { ...files, ...object } : object };
}

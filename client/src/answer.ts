// An answer → its value or a problem. Whatever a proxy or a foreign API sends back ends as one of the two.

import { PlinthProblem } from './problem.ts';
import { retryAfterOf } from './retry.ts';

/** One attempt's end. No response: nothing came back. */
export interface Sent {
  response?: Response;
  value?: unknown;
  problem?: PlinthProblem;
}

/** JSON becomes a value, text stays text, anything else is bytes; an empty body is undefined. */
export async function readAnswer(response: Response): Promise<Sent> {
  const type = response.headers.get('content-type') ?? '';
  const isJson = /[/+]json(?![\w-])/.test(type);
  const isText = isJson || type === '' || /^text\/|[/+]xml\b/.test(type);
  if (response.ok && !isText) {
    const bytes = new Uint8Array(await response.arrayBuffer());
    return { response, value: bytes.length === 0 ? undefined : bytes };
  }
  const text = await response.text();
  let value: unknown = text === '' ? undefined : text;
  if (isJson && text !== '') {
    try {
      value = JSON.parse(text);
    } catch {
      const document = { code: 'unreadable-answer', title: 'The answer cannot be read', retryable: true };
      return { response, problem: new PlinthProblem(response.status, document) };
    }
  }
  if (response.ok) return { response, value };
  const document = typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  const retryAfterS = retryAfterOf(response.headers.get('retry-after'));
  return { response, problem: new PlinthProblem(response.status, document, retryAfterS) };
}

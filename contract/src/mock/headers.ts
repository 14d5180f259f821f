// The headers that a response declares.

import type { Generator } from '../generate/instance.ts';
import { isObject } from '../load/pointer.ts';
import type { Param } from '../model/contract.ts';

/** Headers that say something about this very answer; they are told truthfully elsewhere or not at all. */
const truthful =
  /^(location|content-.*|etag|link|retry-after|date|preference-applied|.*total.*|.*count.*|set-cookie)$/i;

/** How the message itself is sent (RFC 9112), which nobody may make up. */
const framing = /^(transfer-encoding|content-length|connection|keep-alive|te|trailer|upgrade)$/i;

/** Headers that the response names: all that are required, and others as the contract shows them. */
export function headersOf(generator: Generator, headers: readonly Param[]): Record<string, string> {
  const made: Record<string, string> = {};
  for (const header of headers) {
    if (framing.test(header.name) || (!header.required && truthful.test(header.name))) continue;
    const text = headerText(generator, header);
    if (text !== undefined) made[header.name.toLowerCase()] = text;
  }
  return made;
}

/** undefined when no value can be written into a header field. */
function headerText(generator: Generator, { name, schema }: Param): string | undefined {
  const { value, valid } = generator.instance(schema, { name, direction: 'response' });
  if (!valid || value === null || isObject(value)) return undefined;
  const text = Array.isArray(value) ? value.map(String).join(', ') : String(value);
  return /^[\x20-\x7e]{0,1000}$/.test(text) ? text : undefined;
}

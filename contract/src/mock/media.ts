// Small plausible bodies of media that are no JSON.

import type { Generator } from '../generate/instance.ts';
import type { JsonValue, Media } from '../model/contract.ts';

const png = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==';

/** Text, or bytes (Uint8Array) for what is not text. An example of the contract goes first. */
export function bodyOfMedia(media: Media, generator: Generator): string | Uint8Array {
  const shown = media.examples[0]?.value;
  const type = media.type.split(';')[0] ?? '';
  if (/^(image\/(?!svg)|audio|video|font)|octet-stream|pdf|zip|gzip|\*\/\*/.test(type)) return bytesOf(type);
  if (typeof shown === 'string') return shown;
  if (type === 'text/event-stream') return `data: ${JSON.stringify(shown ?? valueOf(media, generator))}\n\n`;
  if (/jsonl|ndjson|json-seq/.test(type)) return `${JSON.stringify(shown ?? valueOf(media, generator))}\n`;
  if (type === 'text/html') return '<!doctype html>\n<title>Example</title>\n<p>Example</p>\n';
  if (type === 'text/csv') return 'id,name\n1,Example\n';
  if (type.endsWith('xml')) return '<?xml version="1.0"?>\n<example/>\n';
  if (type.endsWith('yaml')) return 'example: true\n';
  const value = media.schema === undefined ? 'Example' : valueOf(media, generator);
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function valueOf(media: Media, generator: Generator): JsonValue {
  if (media.schema === undefined) return {};
  const { value, valid } = generator.instance(media.schema, { name: 'event', direction: 'response' });
  return valid ? value : {};
}

function bytesOf(type: string): Uint8Array {
  if (type.startsWith('image/')) return Uint8Array.from(atob(png), (sign) => sign.charCodeAt(0));
  const text = type === 'application/pdf' ? '%PDF-1.4\n%%EOF\n' : 'Example\n';
  return new TextEncoder().encode(text);
}

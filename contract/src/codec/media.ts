// Media types: names, parameters and ranges (RFC 9110, 8.3), and which of them mean JSON, forms or sequences.

import type { Media } from '../model/contract.ts';

/** The name of a media type in lower case, without its parameters; '' for none. */
export function mediaName(field: string | undefined): string {
  return (field ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? '';
}

/** A parameter of a media type or of Content-Disposition, unquoted; undefined when it is not there. */
export function mediaParameter(field: string, name: string): string | undefined {
  for (const [, key = '', quoted, token] of field.matchAll(
    /;\s*([\w!#$%&'*+.^`|~-]+)=(?:"((?:[^"\\]|\\.)*)"|([^\s;"]*))/g,
  )) {
    if (key.toLowerCase() === name) return quoted === undefined ? token : quoted.replaceAll(/\\(["\\])/g, '$1');
  }
  return undefined;
}

/** JSON texts, `+json` included; sequences of them are none. */
export function isJson(type: string): boolean {
  return /[/+]json\b/i.test(type) && !/jsonl|ndjson|json-seq/i.test(type);
}

export function isForm(type: string): boolean {
  return mediaName(type) === 'application/x-www-form-urlencoded';
}

export function isMultipart(type: string): boolean {
  return mediaName(type).startsWith('multipart/');
}

/** True when a declared media type, which may be a range, covers a concrete one. Parameters do not count. */
export function covers(declared: string, type: string): boolean {
  const wanted = mediaName(declared);
  const name = mediaName(type);
  return wanted === '*/*' || wanted === name || (wanted.endsWith('/*') && name.startsWith(wanted.slice(0, -1)));
}

/** The declared media type that a body's Content-Type means: the exact one, then `image/*`, then any. */
export function mediaFor<M extends Pick<Media, 'type'>>(declared: readonly M[], type: string): M | undefined {
  const name = mediaName(type);
  const fits = declared.filter((media) => covers(media.type, type));
  const rank = (media: M): number => (mediaName(media.type) === name ? 0 : media.type.startsWith('*') ? 2 : 1);
  return fits.toSorted((a, b) => rank(a) - rank(b))[0];
}

// Names taken apart into words, so that `orderId`, `order_id` and `Order-ID` are one.

import { singular } from '../model/resources.ts';

/** Words of a name in lower case, in order: `unitPriceURL` → unit, price, url. */
export function wordsOf(name: string): string[] {
  return name
    .replaceAll(/([a-z0-9])([A-Z])|([A-Z])([A-Z][a-z])/g, '$1$3 $2$4')
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .filter(Boolean);
}

/** A name that does not depend on how it is written: `line_items`, `lineItem` → `line-item`. */
export function plainName(name: string): string {
  const words = wordsOf(name);
  const last = words.pop();
  return last === undefined ? name : [...words, singular(last)].join('-');
}

/** `v2`, `v2024-01`: a part of a path that names a version. */
export const versionPart = /^v\d+([.-]\d+)*$/i;

/** What a path speaks of: its fixed parts as plain names, without versions; variables as `{}`. */
export function pathWords(path: string): string[] {
  return path
    .replace(/\?.*$/, '')
    .split('/')
    .filter((part) => part !== '' && !versionPart.test(part))
    .map((part) => (part.startsWith('{') ? '{}' : plainName(part)));
}

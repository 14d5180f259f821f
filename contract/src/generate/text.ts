// A text of a schema: the most believable proposal that keeps pattern and length, else a walk of the pattern.

import type { JsonObject } from '../model/contract.ts';
import type { Draw } from './draw.ts';
import { textOfFormat } from './formats.ts';
import { matching } from './pattern.ts';
import type { Persona } from './persona.ts';
import { anyText, textOfName } from './words.ts';

export interface TextWish {
  name: string;
  node: JsonObject;
  now: Temporal.Instant;
  persona: Persona;
}

/** Walks of one pattern, before its last one is taken as it is. */
const walks = 12;
/** Longest text that is made to satisfy a `minLength`. */
const mostLetters = 100_000;

export function textOf(wish: TextWish, draw: Draw): string {
  const { name, node, now, persona } = wish;
  const least = Math.min(numberAt(node, 'minLength') ?? 0, mostLetters);
  const most = numberAt(node, 'maxLength') ?? Math.max(least, mostLetters);
  const format = typeof node['format'] === 'string' ? node['format'] : undefined;
  const pattern = typeof node['pattern'] === 'string' ? node['pattern'] : undefined;
  const test = pattern === undefined ? undefined : testOf(pattern);
  const fits = (text: string): boolean =>
    text.length >= least && text.length <= most && (test === undefined || test.test(text));

  const formatted = format === undefined ? undefined : textOfFormat({ name, format, now, persona }, draw);
  if (formatted !== undefined && (test === undefined || fits(formatted))) return formatted;
  const named = textOfName(name, draw, persona);
  if (named !== undefined && fits(named)) return named;
  if (pattern !== undefined) return walked(pattern, draw, { least, most, fits });
  return fitted(named ?? anyText(draw), least, most, draw);
}

function walked(
  pattern: string,
  draw: Draw,
  bounds: { least: number; most: number; fits: (text: string) => boolean },
): string {
  let text = '';
  for (let walk = 0; walk < walks; walk++) {
    text = matching(pattern, draw, bounds.least);
    // A pattern need not reach to both ends: what is missing in length may stand beside it.
    const longer = [text, text + 'a'.repeat(Math.max(0, bounds.least - text.length)), text.slice(0, bounds.most)];
    const good = longer.find(bounds.fits);
    if (good !== undefined) return good;
  }
  return text;
}

function fitted(text: string, least: number, most: number, draw: Draw): string {
  const long = text.length < least ? text + draw.letters(least - text.length) : text;
  return long.length > most ? long.slice(0, most).trimEnd().padEnd(least, 'a') : long;
}

function testOf(pattern: string): RegExp | undefined {
  for (const flags of ['u', '']) {
    try {
      return new RegExp(pattern, flags);
    } catch {
      // Without `u` more is allowed.
    }
  }
  return undefined;
}

function numberAt(node: JsonObject, key: string): number | undefined {
  const value = node[key];
  return typeof value === 'number' ? value : undefined;
}

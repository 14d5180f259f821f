// How documents of a standard are built, as data: a table says for each kind of object which keys it has and what stands
// below them. One notation for OpenAPI, Overlay and Arazzo; examine.ts reads documents by it.
//
//   title!                 a text, needed          /^x/:Kind   what keys of this form hold
//   servers:[Server]       a list of objects       ...         any other key, unread
//   paths:{PathItem}       a map by any name       +[Server]   at least one
//   schemas:<Schema>       a map by plain names    #[string]   all different
//   &Parameter             that or a Reference     in=path,query   one of these words
//   Schema|boolean         either, by its type

import type { JsonObject } from '../../model/contract.ts';

/** Kinds of objects by the name the standard gives them (without “Object”). Its `Reference` is known by its first key. */
export type Table = Readonly<Record<string, string | ShapeSource>>;

export interface ShapeSource {
  keys: string;
  /** `{ by: 'type', http: 'scheme!' }`: more keys, chosen by the value of one. */
  variants?: { by: string } & Readonly<Record<string, string>>;
  /** Keys of which at most one may stand there. */
  never?: readonly (readonly string[])[];
  /** Keys of which exactly one must stand there. */
  one?: readonly (readonly string[])[];
  /** Keys of which at least one must stand there. */
  some?: readonly string[];
  /** True: no `x-` keys. */
  closed?: boolean;
  /** What keys alone cannot say; gives what is wrong, or undefined. */
  check?: (node: JsonObject) => string | undefined;
}

export type Kind =
  | { is: 'any' | 'string' | 'boolean' | 'number' | 'integer' }
  | { is: 'words'; words: readonly string[] }
  | { is: 'list'; of: Kind; least: number; different: boolean }
  | { is: 'map'; of: Kind; plain: boolean }
  | { is: 'object'; name: string; reference: boolean }
  | { is: 'either'; of: readonly Kind[] };

export interface Shape extends Omit<ShapeSource, 'keys' | 'variants'> {
  name: string;
  keys: ReadonlyMap<string, Kind>;
  required: readonly string[];
  patterns: readonly (readonly [RegExp, Kind])[];
  open: boolean;
  variants?: { by: string; shapes: ReadonlyMap<string, Shape> };
}

const compiled = new WeakMap<Table, Map<string, Shape>>();

/** The shape of a kind of object; compiled on first use. */
export function shapeIn(table: Table, name: string): Shape {
  let shapes = compiled.get(table);
  if (!shapes) compiled.set(table, (shapes = new Map()));
  let shape = shapes.get(name);
  if (!shape) shapes.set(name, (shape = compile(name, table[name] ?? '...')));
  return shape;
}

function compile(name: string, source: string | ShapeSource): Shape {
  const { keys, variants, ...rest } = typeof source === 'string' ? { keys: source } : source;
  const shape = { ...rest, ...readKeys(keys), name };
  if (!variants) return shape;
  const { by, ...more } = variants;
  const shapes = new Map(
    Object.entries(more).map(([word, own]) => [word, { ...rest, ...readKeys(`${keys} ${own}`), name }]),
  );
  return { ...shape, variants: { by, shapes } };
}

function readKeys(text: string): Pick<Shape, 'keys' | 'required' | 'patterns' | 'open'> {
  const keys = new Map<string, Kind>();
  const required: string[] = [];
  const patterns: [RegExp, Kind][] = [];
  const words = text.split(/\s+/).filter((word) => word !== '' && word !== '...');
  for (const word of words) {
    const [, pattern, key = '', need, rest = ''] = /^(?:\/(.+)\/|([^:=!]+))(!?)(.*)$/.exec(word) ?? [];
    const kind = readKind(rest.replace(/^:/, ''));
    if (pattern !== undefined) patterns.push([new RegExp(pattern), kind]);
    else keys.set(key, kind);
    if (need) required.push(key);
  }
  return { keys, required, patterns, open: /(^|\s)\.\.\.(\s|$)/.test(text) };
}

function readKind(text: string): Kind {
  const list = /^(\+?)(#?)\[(.+)\]$/.exec(text);
  if (list) return { is: 'list', of: readKind(list[3] ?? ''), least: list[1] ? 1 : 0, different: Boolean(list[2]) };
  const map = /^(?:\{(.+)\}|<(.+)>)$/.exec(text);
  if (map) return { is: 'map', of: readKind(map[1] ?? map[2] ?? ''), plain: map[2] !== undefined };
  if (text.includes('|')) return { is: 'either', of: text.split('|').map(readKind) };
  if (text.startsWith('=')) return { is: 'words', words: text.slice(1).split(',') };
  if (/^&?[A-Z]/.test(text)) return { is: 'object', name: text.replace('&', ''), reference: text.startsWith('&') };
  return { is: (text || 'string') as 'string' };
}

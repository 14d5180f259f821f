// A number within its bounds, of a size that the name suggests.

import type { JsonObject } from '../model/contract.ts';
import type { Draw } from './draw.ts';

/** Widest stretch that is drawn from; the lower end of a wider one is used. */
const widest = 1_000_000;

/** Usual sizes by name; amounts are minor units. */
const usual: readonly [RegExp, number, number][] = [
  [/amount|price|total|balance|minor|fee|cost|subtotal/i, 100, 50_000],
  [/^version$/i, 1, 3],
  [/year/i, 2020, 2026],
  [/month/i, 1, 12],
  [/day/i, 1, 28],
  [/quantity|qty/i, 1, 3],
  [/percent|rate|share|ratio/i, 1, 25],
  [/latitude|^lat$/i, 40, 55],
  [/longitude|^(lng|lon)$/i, 1, 20],
  [/created|updated|expires|_at$|timestamp/i, 0, 0],
];

export interface NumberWish {
  name: string;
  node: JsonObject;
  isWhole: boolean;
  now: Temporal.Instant;
}

export function numberOf({ name, node, isWhole, now }: NumberWish, draw: Draw): number {
  const step = stepOf(name, node, isWhole);
  let low = lowest(node, step);
  let high = highest(node, step);
  const [from, to] = sizeOf(name, now, draw);
  if (low === undefined) low = high === undefined ? from : Math.min(from, high);
  if (high === undefined) high = Math.max(low, to);
  if (from >= low && to <= high) [low, high] = [from, to];
  high = Math.min(high, low + widest * step);
  const first = Math.ceil(low / step);
  const last = Math.max(first, Math.floor(high / step));
  const value = draw.int(first, last) * step;
  return isWhole ? Math.round(value) : Number(value.toFixed(6));
}

/** What comes in parts; other numbers are whole even where the schema allows parts. */
const parted = /amount|price|total|balance|fee|cost|rate|share|ratio|percent|lat|lon|lng|score|weight|confidence/i;

function stepOf(name: string, node: JsonObject, isWhole: boolean): number {
  const { multipleOf } = node;
  if (typeof multipleOf === 'number' && multipleOf > 0)
    return isWhole && !Number.isInteger(multipleOf) ? 1 : multipleOf;
  return !isWhole && (parted.test(name) || isNarrow(node)) ? 0.01 : 1;
}

/** Bounds with little or no room for whole numbers. */
function isNarrow(node: JsonObject): boolean {
  const [low, high] = [node['minimum'] ?? node['exclusiveMinimum'], node['maximum'] ?? node['exclusiveMaximum']];
  return typeof high === 'number' && (typeof low !== 'number' || high - low < 4 || !Number.isInteger(low));
}

function sizeOf(name: string, now: Temporal.Instant, draw: Draw): [number, number] {
  const known = usual.find(([pattern]) => pattern.test(name));
  if (!known) return [1, 100];
  if (known[2] > 0) return [known[1], known[2]];
  // Seconds since 1970, as some contracts write instants.
  const seconds = Math.floor(now.epochMilliseconds / 1000) - draw.int(3600, 40 * 86_400);
  return [seconds, seconds];
}

function lowest(node: JsonObject, step: number): number | undefined {
  const { minimum, exclusiveMinimum } = node;
  const ends: number[] = [];
  if (typeof minimum === 'number') ends.push(minimum);
  if (typeof exclusiveMinimum === 'number') ends.push(exclusiveMinimum + step);
  return ends.length > 0 ? Math.max(...ends) : undefined;
}

function highest(node: JsonObject, step: number): number | undefined {
  const { maximum, exclusiveMaximum } = node;
  const ends: number[] = [];
  if (typeof maximum === 'number') ends.push(maximum);
  if (typeof exclusiveMaximum === 'number') ends.push(exclusiveMaximum - step);
  return ends.length > 0 ? Math.min(...ends) : undefined;
}

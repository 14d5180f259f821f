// Keyset pages: a cursor is the sort key of the last row that was shown, bound to the filters it was made with.
// It is opaque, not secret: the query's owner filter applies to every page anew.

import { fromWireId, sha256 } from './ids.ts';

export const pageSize = { default: 25, max: 100 } as const;

export interface Page<Item> {
  items: Item[];
  /** Cursor of the next page; null on the last. */
  next: string | null;
}

type Key = readonly (string | number)[];

const instantPattern = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z$/;
const uuidPattern = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/;
const bigintPattern = /^-?\d{1,19}$/;
/** Characters are code points, as `maxLength` counts them; PostgreSQL's text holds no NUL. */
const textPattern = /^[^\0]{0,200}$/u;

/**
 * What a part of a key is: an `instant` as `Temporal` writes it, a `uuid`, the wire id of a prefix (`id:ord`), a `text`
 * of at most 200 characters, a `number` (safe integer), or a `bigint` in decimal that PostgreSQL's can hold.
 */
export type KeyKind = 'instant' | 'uuid' | `id:${string}` | 'text' | 'number' | 'bigint';

/**
 * The sort key inside a cursor; undefined for the first page; 'bad' when it is garbled, was made with other filters or
 * is not of `kinds`. Anybody can compute the mark, so only `kinds` keeps SQL from casting what it cannot.
 */
export function readCursor(
  cursor: string | undefined,
  filters: unknown,
  kinds: readonly KeyKind[],
): Key | undefined | 'bad' {
  if (cursor === undefined) return undefined;
  try {
    const [mark, ...key] = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8')) as unknown[];
    return mark === markOf(filters) && isKey(key, kinds) ? key : 'bad';
  } catch {
    return 'bad';
  }
}

/** Cuts `rows` (asked for with `limit + 1`) to a page. `keyOf` gives the sort key of an item. */
export function pageOf<Item>(
  rows: readonly Item[],
  limit: number,
  keyOf: (item: Item) => Key,
  filters: unknown = null,
): Page<Item> {
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  const next =
    rows.length > limit && last !== undefined
      ? Buffer.from(JSON.stringify([markOf(filters), ...keyOf(last)])).toString('base64url')
      : null;
  return { items, next };
}

function markOf(filters: unknown): string {
  return sha256(JSON.stringify(filters) ?? '').slice(0, 8);
}

function isKey(key: readonly unknown[], kinds: readonly KeyKind[]): key is Key {
  return key.length === kinds.length && kinds.every((kind, index) => isOfKind(key[index], kind));
}

function isOfKind(part: unknown, kind: KeyKind): boolean {
  if (kind === 'number') return Number.isSafeInteger(part);
  if (typeof part !== 'string') return false;
  if (kind === 'instant') return isInstant(part);
  if (kind === 'uuid') return uuidPattern.test(part);
  if (kind === 'text') return textPattern.test(part);
  if (kind === 'bigint') return bigintPattern.test(part) && BigInt.asIntN(64, BigInt(part)) === BigInt(part);
  return fromWireId(kind.slice('id:'.length), part) !== undefined;
}

/** Stricter than `Temporal`, which reads zones and years that PostgreSQL does not (it has no year 0 either). */
function isInstant(text: string): boolean {
  if (!instantPattern.test(text) || text.startsWith('0000')) return false;
  try {
    return Temporal.Instant.from(text) !== undefined;
  } catch {
    return false;
  }
}

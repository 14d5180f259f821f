// Keyset pages: a cursor is the sort key of the last row that was shown, bound to the filters it was made with.
// It is opaque, not secret: the query's owner filter applies to every page anew.

import { sha256 } from './ids.ts';

export const pageSize = { default: 25, max: 100 } as const;

export interface Page<Item> {
  items: Item[];
  /** Cursor of the next page; null on the last. */
  next: string | null;
}

type Key = readonly (string | number)[];

/** The sort key inside a cursor; undefined for the first page; 'bad' when it is garbled or was made with other filters. */
export function readCursor(cursor: string | undefined, filters: unknown = null): Key | undefined | 'bad' {
  if (cursor === undefined) return undefined;
  try {
    const [mark, ...key] = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8')) as (string | number)[];
    return mark === markOf(filters) && key.length > 0 ? key : 'bad';
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

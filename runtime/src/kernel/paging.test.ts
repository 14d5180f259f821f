import { describe, expect, it } from 'vitest';
import { pageOf, readCursor } from './paging.ts';

describe('a page', () => {
  const rows = [1, 2, 3].map((n) => ({ n }));

  it('ends with a cursor that holds the key of its last row', () => {
    const page = pageOf(rows, 2, (row) => [row.n], { state: 'open' });
    expect(page.items).toEqual([{ n: 1 }, { n: 2 }]);
    expect(readCursor(page.next ?? undefined, { state: 'open' })).toEqual([2]);
  });

  it('has no next cursor when it is the last', () => {
    expect(pageOf(rows, 3, (row) => [row.n]).next).toBeNull();
  });

  it('refuses a cursor that was made with other filters, or garbled', () => {
    const { next } = pageOf(rows, 2, (row) => [row.n], { state: 'open' });
    expect(readCursor(next ?? undefined, { state: 'closed' })).toBe('bad');
    expect(readCursor('%%%')).toBe('bad');
  });
});

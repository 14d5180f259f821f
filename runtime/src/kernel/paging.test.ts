import { describe, expect, it } from 'vitest';
import { toWireId } from './ids.ts';
import { type KeyKind, pageOf, readCursor } from './paging.ts';

describe('a page', () => {
  const rows = [1, 2, 3].map((n) => ({ n }));

  it('ends with a cursor that holds the key of its last row', () => {
    const page = pageOf(rows, 2, (row) => [row.n], { state: 'open' });
    expect(page.items).toEqual([{ n: 1 }, { n: 2 }]);
    expect(readCursor(page.next ?? undefined, { state: 'open' }, ['number'])).toEqual([2]);
  });

  it('has no next cursor when it is the last', () => {
    expect(pageOf(rows, 3, (row) => [row.n]).next).toBeNull();
  });

  it('refuses a cursor that was made with other filters, or garbled', () => {
    const { next } = pageOf(rows, 2, (row) => [row.n], { state: 'open' });
    expect(readCursor(next ?? undefined, { state: 'closed' }, ['number'])).toBe('bad');
    expect(readCursor('%%%', null, ['number'])).toBe('bad');
    expect(readCursor(Buffer.from('{}').toString('base64url'), null, ['number'])).toBe('bad');
  });
});

describe('the key of a well-marked cursor', () => {
  const uuid = '019a1b2c-3d4e-7f60-8a9b-0c1d2e3f4a5b';
  const instant = '2026-03-01T10:00:00Z';

  const good: [KeyKind, string | number][] = [
    ['instant', instant],
    ['instant', '2026-03-01T10:00:00.123456789Z'],
    ['uuid', uuid],
    ['id:ord', toWireId('ord', uuid)],
    ['text', ''],
    ['text', 'Ünal\nO’Neill'],
    ['text', 'x'.repeat(200)],
    ['text', '🫖'.repeat(200)],
    ['number', 0],
    ['number', Number.MAX_SAFE_INTEGER],
    ['bigint', '9223372036854775807'],
    ['bigint', '-9223372036854775808'],
  ];
  it.each(good)('may be %s %j', (kind, part) => {
    expect(read([part], [kind])).toEqual([part]);
  });

  const wrong: [KeyKind, unknown][] = [
    ['instant', 'yesterday-ish'],
    ['instant', 'infinity'],
    ['instant', 1_772_359_200],
    ['instant', '2026-02-30T10:00:00Z'],
    ['instant', '2026-03-01T10:00Z'],
    ['instant', '2026-03-01T10:00:00.1234567890Z'],
    ['instant', '2026-03-01T10:00:00+01:00'],
    ['instant', '2026-03-01T10:00:00Z[UTC]'],
    ['instant', '+275760-01-01T00:00:00Z'],
    ['instant', '0000-01-01T00:00:00Z'],
    ['uuid', 'yesterday-ish'],
    ['uuid', `${uuid}0`],
    ['uuid', `${uuid}\n`],
    ['uuid', toWireId('ord', uuid)],
    ['id:ord', uuid],
    ['id:ord', toWireId('cus', uuid)],
    ['id:ord', `ord_${'z'.repeat(26)}`],
    ['text', 'a\0b'],
    ['text', 'x'.repeat(201)],
    ['text', 'x'.repeat(1_000_000)],
    ['text', 7],
    ['text', null],
    ['text', ['a']],
    ['number', '7'],
    ['number', 1.5],
    ['number', Number.MAX_SAFE_INTEGER + 1],
    ['number', null],
    ['bigint', 7],
    ['bigint', ''],
    ['bigint', '0x1f'],
    ['bigint', '9223372036854775808'],
    ['bigint', '-9223372036854775809'],
  ];
  it.each(wrong.map(([kind, part]) => ({ kind, part, shown: JSON.stringify(part).slice(0, 40) })))(
    'may not be $shown for $kind',
    ({ kind, part }) => {
      expect(read([part], [kind])).toBe('bad');
    },
  );

  it('has as many parts as there are kinds, in their order', () => {
    const kinds: KeyKind[] = ['instant', 'uuid'];
    expect(read([instant, uuid], kinds)).toEqual([instant, uuid]);
    expect(read([uuid, instant], kinds)).toBe('bad');
    expect(read([], kinds)).toBe('bad');
    expect(read([instant], kinds)).toBe('bad');
    expect(read([instant, uuid, uuid], kinds)).toBe('bad');
  });
});

/** Reads a cursor as a caller could make it: the right mark, any key. */
function read(key: readonly unknown[], kinds: readonly KeyKind[]): ReturnType<typeof readCursor> {
  const { next } = pageOf([1, 2], 1, () => key as string[]);
  return readCursor(next ?? undefined, null, kinds);
}

import { expect, it } from 'vitest';
import { edit } from './overlay.ts';

it('a value that stands there already becomes the item’s own', () => {
  const lines = [{ sku: 'KETTLE-17' }];
  const item = { lines, state: 'placed' };
  const edits = [
    ['lines', lines],
    ['state', 'placed'],
    ['note', undefined],
  ] as const;
  edit(item, edits, () => true);
  expect(item).toEqual({ lines: [{ sku: 'KETTLE-17' }], state: 'placed' });
  expect(item.lines).not.toBe(lines);
});

it('edits that do not fit together are made one after another', () => {
  const item: Record<string, number> = { low: 1, high: 2 };
  edit(
    item,
    [
      ['low', 5],
      ['high', 4],
    ],
    ({ low, high }) => (low as number) <= (high as number),
  );
  expect(item).toEqual({ low: 1, high: 4 });
});

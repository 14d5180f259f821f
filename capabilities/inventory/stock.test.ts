import { describe, expect, it } from 'vitest';
import { accountsOf, levelOf, wordsFor } from './stock.ts';

describe('stock', () => {
  it('is told in words: how many only when few are left', () => {
    expect([6, 5, 1, 0, -1].map(wordsFor)).toEqual(['In stock', 'Only 5 left', 'Only 1 left', 'Sold out', 'Sold out']);
  });

  it('is what lies on the shelf less what is promised', () => {
    expect(levelOf({ code: 'stock:RADIO:2', posted: 7n, held: 3n })).toEqual({
      sku: 'RADIO:2',
      onHand: 7,
      held: 3,
      available: 4,
    });
  });

  it('may neither be promised nor shipped below nothing', () => {
    expect(accountsOf('X').filter(({ floor }) => floor === 0n)).toMatchObject([{ code: 'stock:X', bottom: 0n }]);
  });
});

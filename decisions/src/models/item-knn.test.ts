import { describe, expect, it } from 'vitest';
import { recommend, trainItemKnn } from './item-knn.ts';

const baskets = new Map<string, Set<string>>();
for (let n = 0; n < 20; n++)
  baskets.set(
    `p${n}`,
    new Set(
      n < 12 ? ['espresso', 'grinder', ...(n < 8 ? ['beans'] : [])] : ['kettle', ...(n < 15 ? ['espresso'] : [])],
    ),
  );

describe('item neighbours', () => {
  const model = trainItemKnn(baskets);

  it('are those bought together more often than their popularity explains', () => {
    expect(model.get('grinder')?.map((entry) => entry.item)).toEqual(['espresso', 'beans']);
    // 12 together of 12 and 15 people: 12/√180 · 12/17.
    expect(model.get('grinder')?.[0]?.similarity).toBeCloseTo((12 / Math.sqrt(180)) * (12 / 17), 12);
  });

  it('need at least five people for a pair', () => {
    expect(model.get('kettle')).toEqual([]);
  });

  it('recommend nothing the person has, and say what speaks for it', () => {
    const list = recommend(model, [{ item: 'grinder', weight: 1 }], new Set(['grinder', 'espresso']), 5);
    expect(list).toMatchObject([{ item: 'beans', because: 'grinder' }]);
  });
});

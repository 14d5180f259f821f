import { describe, expect, it } from 'vitest';
import { Choices } from './choices.ts';
import { shrink } from './shrink.ts';

/** A list of whole numbers, drawn: how many, then each. */
function listFrom(draw: Choices): number[] {
  return Array.from({ length: draw.at('count').int(0, 9) }, (_, index) => draw.at(index).int(0, 1000));
}

describe('choices', () => {
  it('played again give the same values, and only zeros when there are none', () => {
    const draw = Choices.record(7);
    const list = listFrom(draw);
    expect(list.length).toBeGreaterThan(1);
    expect(listFrom(Choices.replay(draw.taken))).toEqual(list);
    expect(listFrom(Choices.replay([]))).toEqual([]);
  });

  it('the simplest ones leave out what is optional; eager ones never do', () => {
    expect(Choices.replay([]).chance(0.99)).toBe(false);
    expect(Choices.replay([]).eager().at('anywhere').chance(0.01)).toBe(true);
  });
});

describe('shrink', () => {
  it('finds the shortest list with the least value that still fails', async () => {
    const fails = (list: readonly number[]): Promise<readonly number[] | undefined> => {
      const draw = Choices.replay(list);
      return Promise.resolve(listFrom(draw).some((value) => value >= 300) ? draw.taken : undefined);
    };
    let seed = 1;
    while (!listFrom(Choices.record(seed)).some((value) => value >= 700)) seed += 1;
    const draw = Choices.record(seed);
    listFrom(draw);
    const [value, ...others] = listFrom(Choices.replay(await shrink(draw.taken, fails, { tries: 500 })));
    expect(others).toEqual([]);
    expect(value).toBeGreaterThanOrEqual(300);
    expect(value).toBeLessThan(600);
  });

  it.each([0, 1, 7])('makes no more than %i tests', async (tries) => {
    let made = 0;
    const fails = (list: readonly number[]): Promise<readonly number[]> => {
      made += 1;
      return Promise.resolve(list);
    };
    await shrink(
      Array.from({ length: 64 }, (_, index) => index + 1),
      fails,
      { tries },
    );
    expect(made).toBeLessThanOrEqual(tries);
  });
});

import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkedNumber, fromWireId, isCheckedNumber, toWireId, worldId } from './ids.ts';

describe('a wire id', () => {
  it('comes back as the uuid it was made of', () => {
    fc.assert(
      fc.property(fc.uuid(), (uuid) => {
        expect(fromWireId('ord', toWireId('ord', uuid))).toBe(uuid);
      }),
    );
  });

  it('is not found under another prefix or with a wrong letter', () => {
    const id = worldId('ord', 1);
    expect(fromWireId('pay', id)).toBeUndefined();
    expect(fromWireId('ord', `${id.slice(0, -1)}u`)).toBeUndefined();
  });
});

describe('a checked number', () => {
  it('is refused with one wrong character or two swapped ones', () => {
    const number = checkedNumber('ORD', 'ord_1');
    expect(isCheckedNumber('ORD', ` ${number.toLowerCase()} `)).toBe(true);
    for (let index = 4; index < number.length; index++) {
      if (number[index] === '-') continue;
      const wrong = number[index] === '7' ? '8' : '7';
      expect(isCheckedNumber('ORD', number.slice(0, index) + wrong + number.slice(index + 1))).toBe(false);
    }
  });
});

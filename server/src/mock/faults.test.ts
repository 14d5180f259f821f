import { describe, expect, it } from 'vitest';
import { Faults, readFaultRules, withMembers } from './faults.ts';
import { contractOf, shop } from './test-mock.ts';

describe('a rule about the body', () => {
  it('strikes when all its values stand there, and only once the body is there', async () => {
    const { operations } = await contractOf(shop);
    const place = operations.find(({ id }) => id === 'placeOrder');
    if (place === undefined) throw new Error('no such operation');
    const read = readFaultRules(
      {
        rules: [
          { match: { body: { '/product': 'kettle', '/gift': true } }, reset: true },
          { match: { operation: 'placeOrder' }, delay: 5 },
        ],
      },
      operations,
    );
    const faults = new Faults(1, 'rules' in read ? read.rules : []);
    expect(faults.strike(place)).toEqual({ delay: 5 });
    expect(faults.strike(place, { product: 'kettle', gift: true })).toEqual({ reset: true });
    expect(faults.strike(place, { product: 'kettle' })).toBeUndefined();
  });

  it('puts members over the answer, as they are or from the request', () => {
    const effect = { set: { '/a/b': 1 }, copy: { '/id': '/wish/id', '/none': '/no' } };
    expect(withMembers({ a: { c: 2 } }, effect, { wish: { id: 'x' } })).toEqual({ a: { b: 1, c: 2 }, id: 'x' });
    expect(withMembers('text', effect, {})).toBe('text');
  });

  it('with a name in place of a pointer is refused', () => {
    expect(readFaultRules({ rules: [{ match: { body: { product: 'x' } }, reset: true }] }, [])).toHaveProperty(
      'faults',
    );
  });
});

import { describe, expect, it } from 'vitest';
import { type Action, compileAction, decide, type DecideInput } from './decide.ts';

const offer: Action = {
  action: 'silver',
  kind: 'offer',
  title: 'Silver',
  enabled: true,
  purposes: ['marketing'],
  applicable: 'profile.points > 100',
  value: 5,
  treatments: [{ slot: 'home.hero', title: 'Go silver, {tier}', because: 'You have {points} points' }],
};
const service: Action = {
  action: 'passkey',
  kind: 'service',
  title: 'Passkey',
  enabled: true,
  value: 1,
  treatments: [{ slot: 'home.hero', title: 'Set up a passkey' }],
};
const input = (change: Partial<DecideInput> = {}): DecideInput => ({
  slots: [{ slot: 'home.hero', max: 1 }],
  actions: [offer, service].map(compileAction),
  scope: { profile: { points: 250, tier: 'blue' }, context: {} },
  consents: ['marketing'],
  contacts: {},
  items: {},
  ...change,
});

describe('a decision', () => {
  it('takes the best that may be shown, with its reason in words, and says why the others fell', () => {
    const { slots, candidates } = decide(input());
    expect(slots[0]?.items).toMatchObject([
      { actionId: 'silver', title: 'Go silver, blue', because: 'You have 250 points' },
    ]);
    expect(candidates.map(({ actionId, outcome }) => [actionId, outcome])).toEqual([
      ['silver', 'chosen'],
      ['passkey', 'outranked'],
    ]);
  });

  it('shows nothing that needs a consent which is not there', () => {
    const { slots, candidates } = decide(input({ consents: [] }));
    expect(slots[0]?.items[0]?.actionId).toBe('passkey');
    expect(candidates[0]).toMatchObject({ outcome: 'consent', reason: 'no consent to marketing' });
  });

  it.each([
    [{ shown: 0, refused: 1, never: false, accepted: 0 }, 'refused'],
    [{ shown: 0, refused: 0, never: true, accepted: 0 }, 'refused'],
    [{ shown: 3, refused: 0, never: false, accepted: 1 }, 'already'],
  ] as const)('does not pester: %o → %s', (contact, outcome) => {
    expect(decide(input({ contacts: { silver: contact } })).candidates[0]?.outcome).toBe(outcome);
  });

  it('gives the same output for the same input', () => {
    expect(decide(input())).toEqual(decide(input()));
  });

  it('does not show the same recommendation in two slots of one page', () => {
    const buy: Action = {
      action: 'buy',
      kind: 'recommendation',
      title: 'Goods',
      enabled: true,
      generator: 'itemKnn',
      treatments: [
        { slot: 'a', title: '{name}' },
        { slot: 'b', title: '{name}' },
      ],
      accept: { operation: 'orders.placeOrder', input: { body: { lines: [{ sku: '{sku}', quantity: 1 }] } } },
    };
    const items = {
      itemKnn: [
        { sku: 'X', name: 'Beans', because: 'x', score: 1 },
        { sku: 'Y', name: 'Cups', because: 'y', score: 0.5 },
      ],
    };
    const { slots } = decide(
      input({
        actions: [compileAction(buy)],
        items,
        slots: [
          { slot: 'a', max: 1 },
          { slot: 'b', max: 1 },
        ],
      }),
    );
    expect(slots.map(({ items: [first] }) => first?.title)).toEqual(['Beans', 'Cups']);
    expect(slots[0]?.items[0]?.accept?.input).toEqual({ body: { lines: [{ sku: 'X', quantity: 1 }] } });
  });
});

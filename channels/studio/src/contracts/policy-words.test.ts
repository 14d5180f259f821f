import type { ContractOperation } from '@plinth/channels-ui';
import { expect, test } from 'vitest';
import { policyWords, touchpointsOf } from './policy-words.ts';

const operation = {
  audience: ['customer', 'agent', 'device'],
  channels: undefined,
  security: [{ oidc: ['cards.write'] }],
  descriptor: { effect: 'write', idempotency: 'required' },
  policy: {
    ownerCheck: { object: 'card', id: 'path.cardId', deny: 404 },
    limits: [{ name: 'a', per: 'principal', quota: 10, windowS: 60 }],
    emits: ['card.frozen', { event: 'card.seen', when: '200' }],
    skill: { phrases: ['freeze my card'], confirm: 'readback' },
  },
} as unknown as ContractOperation;

test('an operation appears where its contract offers it', () => {
  expect(touchpointsOf(operation)).toEqual(['API', 'Portal form', 'Chat skill', 'Kiosk task', 'Agent tool', 'Events']);
  expect(touchpointsOf({ ...operation, channels: ['kiosk'] })).toEqual(['API', 'Kiosk task', 'Events']);
  expect(touchpointsOf({ ...operation, audience: ['partner'], policy: {} })).toEqual(['API', 'Partners']);
});

test('the policy in words, without what it does not say', () => {
  expect(policyWords(operation)).toEqual([
    { term: 'Who', value: 'Customer, Agent, Device' },
    { term: 'Scopes', value: 'cards.write' },
    { term: 'Whose', value: 'Only the owner of the card' },
    { term: 'Effect', value: 'Changes' },
    { term: 'Idempotency', value: 'Required' },
    { term: 'Limits', value: '10 in 60 s per principal' },
    { term: 'Confirmed by', value: 'The customer, after it was read back' },
    { term: 'Events', value: 'card.frozen, card.seen' },
    { term: 'Said like', value: 'freeze my card' },
  ]);
});

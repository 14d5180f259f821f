import type { ContractOperation } from '@plinth/channels-ui';
import { expect, test } from 'vitest';
import { isKioskTask, needsCustomer, stepsOf, withAnswers } from './steps.ts';

const input = {
  type: 'object',
  required: ['cardId', 'body'],
  properties: {
    cardId: { type: 'string' },
    limit: { type: 'integer' },
    body: {
      type: 'object',
      required: ['text'],
      properties: { contact: { type: 'string' }, aboutRef: { type: 'string' }, text: { $ref: '#/words' } },
    },
  },
};

test('each needed answer is a screen, then what may be left out; references are not asked', () => {
  const steps = stepsOf(input, { words: { type: 'string', title: 'Words' } });
  expect(steps.map(({ pointer, isRequired }) => [pointer, isRequired])).toEqual([
    ['/cardId', true],
    ['/body/text', true],
    ['/body/contact', false],
  ]);
  expect(steps[1]?.member).toEqual({ type: 'string', title: 'Words' });
  expect(steps[1]?.schema).toMatchObject({ properties: { body: { required: ['text'] } } });
});

test('answers of several screens are one input', () => {
  const one = withAnswers({ cardId: 'crd_1' }, { body: { text: 'a' } });
  expect(withAnswers(one, { body: { contact: 'b' } })).toEqual({ cardId: 'crd_1', body: { text: 'a', contact: 'b' } });
});

const operation = (more: Partial<ContractOperation>): ContractOperation =>
  ({ audience: ['customer', 'device'], channels: undefined, policy: {}, ...more }) as ContractOperation;

test.each([
  ['made for kiosks', operation({ audience: ['device'], channels: ['kiosk'] }), true],
  ['told in words people use', operation({ policy: { skill: { phrases: ['freeze my card'] } } }), true],
  ['of software among itself', operation({}), false],
  ['not for devices', operation({ audience: ['customer'], policy: { skill: { phrases: ['x'] } } }), false],
  ['for another channel', operation({ channels: ['web'], policy: { skill: { phrases: ['x'] } } }), false],
])('an operation %s', (_what, each, isTask) => {
  expect(isKioskTask(each)).toBe(isTask);
});

test('things of one customer need that customer', () => {
  expect(needsCustomer(operation({ policy: { ownerCheck: { object: 'card' } } }))).toBe(true);
  expect(needsCustomer(operation({ audience: ['device'], policy: {} }))).toBe(false);
});

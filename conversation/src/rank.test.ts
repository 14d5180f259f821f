import { beforeAll, describe, expect, it } from 'vitest';
import type { SkillModel } from './model.ts';
import { bandOf, rank } from './rank.ts';
import { realModel } from './test-model.ts';

let model: SkillModel;
beforeAll(async () => {
  model = await realModel();
});

const wishes: [text: string, operation: string][] = [
  ['where is my order?', 'orders.getOrder'],
  ['where is my parcel', 'orders.getOrder'],
  ['has my order been shipped yet', 'orders.getOrder'],
  ['when will my order arrive?', 'orders.getOrder'],
  ['where is order ORD-3416-N7TT', 'orders.getOrder'],
  ['I want to cancel my order', 'orders.cancelOrder'],
  ['please stop the order', 'orders.cancelOrder'],
  ['show me my orders', 'orders.listOrders'],
  ['list all my recent orders', 'orders.listOrders'],
  ['my cancelled orders', 'orders.listOrders'],
  ['I want to buy a kettle', 'orders.placeOrder'],
  ['order two kettles', 'orders.placeOrder'],
  ['how many loyalty points have I got?', 'loyalty.getMember'],
  ['I want to change my phone number', 'customers.updateCustomer'],
  ['update my email address', 'customers.updateCustomer'],
  ['I would like to complain', 'tickets.openTicket'],
  ['do I have any messages', 'notifications.listInbox'],
  ['do you have a suitcase', 'catalogue.listOfferings'],
  ['I am looking for headphones', 'catalogue.listOfferings'],
  ['what are my privacy settings', 'customers.listConsents'],
];

const others = [
  'can you repair my bicycle?',
  'what is the meaning of life',
  'tell me a joke',
  'what is the weather today',
  'book me a flight to Paris',
  'who is the president of France',
  'where is the nearest hospital',
  'my dog ate my homework',
  'where is my cat',
  'how tall is the Eiffel tower',
  'I want a refund for the concert tickets',
  'translate this into French',
];

describe('rank', () => {
  it.each(wishes)('acts on “%s” as %s', (text, operation) => {
    const { band, choices } = bandOf(rank(model, text));
    expect([band, choices[0]?.skill.operation]).toEqual(['act', operation]);
  });

  it.each(others)('does not pretend to understand “%s”', (text) => {
    expect(bandOf(rank(model, text)).band).toBe('fallback');
  });

  it('finds every shipped phrase as the skill it was written for, or asks', () => {
    const wrong = model.skills.flatMap((skill) =>
      skill.phrases
        .filter((phrase) => !phrase.includes('{'))
        .filter((phrase) => !bandOf(rank(model, phrase)).choices.some((choice) => choice.skill === skill)),
    );
    expect(wrong).toEqual([]);
  });

  it('asks between close skills instead of guessing, with at most three choices', () => {
    const { band, choices } = bandOf(rank(model, 'I no longer want my order'));
    expect(band).toBe('clarify');
    expect(choices.length).toBeLessThanOrEqual(3);
    expect(choices.map(({ skill }) => skill.operation)).toContain('orders.cancelOrder');
  });

  it('is deterministic', () => {
    const [once, again] = [rank(model, 'track my parcel please'), rank(model, 'track my parcel please')];
    expect(once.map(({ score }) => score)).toEqual(again.map(({ score }) => score));
  });
});

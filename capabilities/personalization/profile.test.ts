import { describe, expect, it } from 'vitest';
import { type Fact, profileOf, tasteOf } from './profile.ts';

const now = Temporal.Instant.from('2026-11-24T12:00:00Z');
const fact = (type: string, daysAgo: number, data: Record<string, unknown> = {}): Fact => ({
  type,
  at: now.subtract({ hours: daysAgo * 24 }),
  data,
});
const facts = [
  fact('order.cancelled', 1, { subject: 'o2' }),
  fact('order.placed', 2, { subject: 'o3', skus: ['CUPS-4'], totalMinor: 2400 }),
  fact('order.placed', 3, { subject: 'o2', skus: ['GRINDER-M'], totalMinor: 8900 }),
  fact('catalogue.itemViewed', 6, { sku: 'BEANS-HOUSE' }),
  fact('order.placed', 400, { subject: 'o1', skus: ['KETTLE-17'], totalMinor: 2450 }),
];

describe('a profile', () => {
  it('counts within exact windows, and knows what is still under way', () => {
    expect(profileOf(facts, now, ['personalization'])).toMatchObject({
      orders_count_365d: 2,
      spend_365d_minor: 11_300,
      views_7d: 1,
      cancelled_30d: 1,
      orders_open: 2,
    });
  });

  it('does not know what the customer did not agree to', () => {
    const profile = profileOf(facts, now, []);
    expect(profile).not.toHaveProperty('orders_count_365d');
    expect(profile).toHaveProperty('cancelled_30d', 1);
  });
});

describe('taste', () => {
  it('weighs what was bought more than what was looked at, and new more than old', () => {
    const weights = new Map(tasteOf(facts).map(({ item, weight }) => [item, weight]));
    expect(weights.get('CUPS-4')).toBeGreaterThan(weights.get('GRINDER-M') ?? 1);
    expect(weights.get('BEANS-HOUSE')).toBeLessThan(weights.get('GRINDER-M') ?? 0);
  });
});

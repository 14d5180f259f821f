// A customer's profile: features computed from their latest facts at the moment of use, so windows are exact and the
// newest fact always counts.

export interface Fact {
  type: string;
  at: Temporal.Instant;
  data: Record<string, unknown>;
}

/** Most facts looked at; older ones no longer change a decision. */
export const factsUsed = 500;

interface Feature {
  words: string;
  /** Needs consent to personalization; without it the feature is not known. */
  personal: boolean;
  read(facts: readonly Fact[], since: (days: number) => Temporal.Instant): number | string | string[];
}

const count = (facts: readonly Fact[], type: string, since: Temporal.Instant): number =>
  facts.filter((fact) => fact.type === type && Temporal.Instant.compare(fact.at, since) >= 0).length;
const skusOf = (fact: Fact): string[] =>
  (fact.data['skus'] as string[] | undefined) ?? (typeof fact.data['sku'] === 'string' ? [fact.data['sku']] : []);

export const features: Readonly<Record<string, Feature>> = {
  orders_count_365d: {
    words: 'Orders in a year',
    personal: true,
    read: (facts, since) => count(facts, 'order.placed', since(365)),
  },
  spend_365d_minor: {
    words: 'Spent in a year, in cents',
    personal: true,
    read: (facts, since) =>
      facts
        .filter((fact) => fact.type === 'order.placed' && Temporal.Instant.compare(fact.at, since(365)) >= 0)
        .reduce((sum, fact) => sum + Number(fact.data['totalMinor'] ?? 0), 0),
  },
  views_7d: {
    words: 'Articles looked at in a week',
    personal: true,
    read: (facts, since) => count(facts, 'catalogue.itemViewed', since(7)),
  },
  recent_items: {
    words: 'Articles bought or looked at last',
    personal: true,
    read: (facts) => [...new Set(facts.flatMap(skusOf))].slice(0, 10),
  },
  orders_open: {
    words: 'Orders under way',
    personal: false,
    read: (facts) => openSubjects(facts, 'order.placed', ['order.fulfilled', 'order.cancelled']),
  },
  cancelled_30d: {
    words: 'Orders cancelled in 30 days',
    personal: false,
    read: (facts, since) => count(facts, 'order.cancelled', since(30)),
  },
  tickets_open: {
    words: 'Open requests',
    personal: false,
    read: (facts) => openSubjects(facts, 'ticket.opened', ['ticket.resolved'], 'ticket.reopened'),
  },
};

/** Things that began and have not ended; facts come newest first. */
function openSubjects(facts: readonly Fact[], begins: string, ends: readonly string[], again?: string): number {
  const decided = new Map<unknown, boolean>();
  for (const fact of facts) {
    const { subject } = fact.data;
    if (decided.has(subject)) continue;
    if (fact.type === begins || fact.type === again) decided.set(subject, true);
    else if (ends.includes(fact.type)) decided.set(subject, false);
  }
  return [...decided.values()].filter(Boolean).length;
}

export type Profile = Record<string, number | string | string[]>;

/** @param facts newest first. */
export function profileOf(facts: readonly Fact[], now: Temporal.Instant, consents: readonly string[]): Profile {
  const since = (days: number): Temporal.Instant => now.subtract({ hours: days * 24 });
  const known = Object.entries(features).filter(
    ([, feature]) => !feature.personal || consents.includes('personalization'),
  );
  return Object.fromEntries(known.map(([name, feature]) => [name, feature.read(facts, since)]));
}

/** Items that speak for recommendations: bought counts more than looked at, new more than old. */
export function tasteOf(facts: readonly Fact[]): { item: string; weight: number }[] {
  const weights = new Map<string, number>();
  facts.slice(0, 100).forEach((fact, index) => {
    const base = fact.type === 'order.placed' ? 1 : fact.type === 'catalogue.itemViewed' ? 0.6 : 0;
    if (base > 0)
      for (const sku of skusOf(fact)) weights.set(sku, Math.max(weights.get(sku) ?? 0, base * 0.95 ** index));
  });
  return [...weights].map(([item, weight]) => ({ item, weight }));
}

export function boughtItems(facts: readonly Fact[]): Set<string> {
  return new Set(facts.filter((fact) => fact.type === 'order.placed').flatMap(skusOf));
}

// The item model of this process: trained from what customers with consent bought, anew when it is a minute old.

import { type Item, type ItemNeighbours, recommend, trainItemKnn } from '@plinth/decisions';
import type { Call, Db } from '@plinth/runtime';
import { sql } from 'kysely';
import { boughtItems, type Fact, tasteOf } from './profile.ts';

const maxAgeMs = 60_000;

/** Baskets trained on; the newest year of so many people. */
const mostBaskets = 50_000;

interface Offering {
  sku: string;
  name: string;
  price: { amount: number; currency: string };
}

interface Model {
  neighbours: ItemNeighbours;
  /** Best sold first. */
  popular: readonly string[];
  offerings: ReadonlyMap<string, Offering>;
  madeAtMs: number;
}

export class Recommender {
  #model: Promise<Model> | undefined;
  #madeAtMs = 0;

  /** Items of each generator for one person, best first. */
  async itemsFor(
    facts: readonly Fact[],
    at: { db: Db; call: Call; nowMs: number },
  ): Promise<Record<'itemKnn' | 'popular', Item[]>> {
    const { neighbours, popular, offerings } = await this.#current(at);
    const had = boughtItems(facts);
    const near = recommend(neighbours, tasteOf(facts), had, 8).flatMap(({ item, score, because }): Item[] => {
      const offering = offerings.get(item);
      const reason = offerings.get(because);
      return offering
        ? [
            {
              ...offering,
              score: Math.min(1, score * 2),
              because: reason ? `Because it goes with ${reason.name}` : 'Because it goes with what you bought',
            },
          ]
        : [];
    });
    const liked = popular
      .filter((sku) => !had.has(sku))
      .slice(0, 8)
      .flatMap((sku, index): Item[] => {
        const offering = offerings.get(sku);
        return offering
          ? [{ ...offering, score: 1 / (index + 1), because: 'Because many customers chose it this year' }]
          : [];
      });
    return { itemKnn: near, popular: liked };
  }

  async #current(at: { db: Db; call: Call; nowMs: number }): Promise<Model> {
    if (!this.#model || at.nowMs - this.#madeAtMs > maxAgeMs) {
      this.#madeAtMs = at.nowMs;
      this.#model = this.#train(at).catch((error: unknown) => {
        this.#model = undefined;
        throw error;
      });
    }
    return this.#model;
  }

  async #train({ db, call, nowMs }: { db: Db; call: Call; nowMs: number }): Promise<Model> {
    const { rows } = await sql<{ customer: string; skus: string[] }>`
      select f.customer_id as customer, array_agg(distinct sku) as skus
      from personalization.facts f
      join runtime.consent c on c.customer_id = f.customer_id and c.purpose = 'personalization' and c.given
      cross join lateral jsonb_array_elements_text(f.data->'skus') as sku
      where f.type = 'order.placed' and f.at > to_timestamp(${nowMs / 1000}) - interval '1 year'
      group by f.customer_id limit ${mostBaskets}`.execute(db);
    const baskets = new Map(rows.map((row) => [row.customer, new Set(row.skus)]));
    const sold = new Map<string, number>();
    for (const basket of baskets.values()) for (const sku of basket) sold.set(sku, (sold.get(sku) ?? 0) + 1);
    const page = await call('catalogue.listOfferings', { limit: 100 });
    return {
      neighbours: trainItemKnn(baskets),
      popular: [...sold].toSorted((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1)).map(([sku]) => sku),
      offerings: new Map(page.items.map((item) => [item.sku, { sku: item.sku, name: item.name, price: item.price }])),
      madeAtMs: nowMs,
    };
  }
}

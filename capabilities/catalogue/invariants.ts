import type { Invariant } from '@plinth/runtime';

export const invariants: readonly Invariant[] = [
  {
    name: 'catalogue.every-offering-has-a-price',
    sql: `select o.sku from catalogue.offerings o where not exists (select 1 from catalogue.prices p where p.sku = o.sku)`,
  },
];

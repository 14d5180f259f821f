import type { Invariant } from '@plinth/runtime';

export const invariants: readonly Invariant[] = [
  {
    name: 'customers.an-address-belongs-to-one-customer',
    sql: `select lower(email) from customers.customers where state = 'active' group by 1 having count(*) > 1`,
  },
];

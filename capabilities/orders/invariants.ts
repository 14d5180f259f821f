import type { Invariant } from '@plinth/runtime';

export const invariants: readonly Invariant[] = [
  {
    name: 'orders.total-is-the-sum-of-lines',
    sql: `select o.id from orders.orders o
          where o.total_minor <> (select coalesce(sum((line->>'totalMinor')::bigint), 0) from jsonb_array_elements(o.lines) line)`,
  },
  {
    name: 'orders.every-line-is-price-times-quantity',
    sql: `select o.id from orders.orders o, jsonb_array_elements(o.lines) line
          where (line->>'totalMinor')::bigint <> (line->>'unitMinor')::bigint * (line->>'quantity')::bigint`,
  },
  {
    name: 'orders.a-cancelled-order-has-a-finished-cancellation',
    sql: `select o.id from orders.orders o left join orders.cancellations c on c.order_id = o.id
          where (o.state = 'cancelled') <> (coalesce(c.state, '') = 'done')`,
  },
  {
    name: 'orders.nothing-hangs-between-states',
    sql: `select id from orders.orders where state in ('received', 'cancelling') and placed_at < now() - interval '1 day'`,
  },
];

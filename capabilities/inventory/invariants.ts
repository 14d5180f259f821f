import type { Invariant } from '@plinth/runtime';
import { ledgerInvariants } from '../ledger/index.ts';

export const invariants: readonly Invariant[] = [
  ...ledgerInvariants('inventory', 'inventory'),
  {
    name: 'inventory.a-reservation-and-its-holds-agree',
    sql: `select r.id from inventory.reservations r, jsonb_array_elements(r.lines) line
          left join inventory.ledger_hold h on h.id = (line->>'hold')::uuid
          where h.id is null or h.amount <> (line->>'quantity')::bigint
            or h.state <> case r.state when 'held' then 'open' when 'confirmed' then 'open'
                 when 'shipped' then 'captured' else r.state end`,
  },
  {
    name: 'inventory.every-open-hold-has-a-reservation',
    sql: `select h.id from inventory.ledger_hold h where h.state = 'open' and not exists (
            select from inventory.reservations r, jsonb_array_elements(r.lines) line
            where (line->>'hold')::uuid = h.id and r.state in ('held', 'confirmed'))`,
  },
];

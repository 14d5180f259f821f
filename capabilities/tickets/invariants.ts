import type { Invariant } from '@plinth/runtime';

export const invariants: readonly Invariant[] = [
  {
    name: 'tickets.every-ticket-says-what-it-is-about',
    sql: `select id from tickets.tickets t where not exists (select 1 from tickets.entries e where e.ticket_id = t.id)`,
  },
  {
    name: 'tickets.somebody-can-be-answered',
    sql: `select id from tickets.tickets where customer_id is null and contact is null`,
  },
  {
    name: 'tickets.every-attachment-has-its-file',
    sql: `select id from tickets.attachments a where not exists (
      select 1 from runtime.file f where f.id = a.file_id and f.kept_at is not null and f.size = a.size)`,
  },
];

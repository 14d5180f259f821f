// Who may act for whom as it stands now. `customers` writes it in its own transaction; the edge asks at each request.

import { sql } from 'kysely';
import type { Relations } from '../context.ts';

export const relations: Relations = {
  async granter(db, { grantee, relations: named, customers, at }) {
    const found = await sql<{ customerId: string }>`
      select customer_id as "customerId" from runtime.relation
      where grantee = ${grantee} and relation = any(${[...named]}::text[]) and customer_id = any(${[...customers]}::text[])
        and since <= ${at.toString()}::timestamptz and (until is null or until > ${at.toString()}::timestamptz)
      limit 1`.execute(db);
    return found.rows[0]?.customerId;
  },
  async list(db, customerId, relation) {
    const found = await sql<{ grantee: string; since: { toString(): string }; until: { toString(): string } | null }>`
      select grantee, since, until from runtime.relation
      where customer_id = ${customerId} and relation = ${relation} order by since, grantee limit 100`.execute(db);
    return found.rows.map(({ grantee, since, until }) => ({
      grantee,
      since: since.toString(),
      ...(until === null ? {} : { until: until.toString() }),
    }));
  },
  async grant(tx, { customerId, relation, grantee, since, until }) {
    await sql`
      insert into runtime.relation (customer_id, relation, grantee, since, until)
      values (${customerId}, ${relation}, ${grantee}, ${since.toString()}, ${until?.toString() ?? null})
      on conflict (customer_id, relation, grantee) do update set until = excluded.until`.execute(tx);
  },
  async withdraw(tx, { customerId, relation, grantee }) {
    const gone = await sql<{ grantee: string }>`
      delete from runtime.relation
      where customer_id = ${customerId} and relation = ${relation} and grantee = ${grantee} returning grantee`.execute(
      tx,
    );
    return gone.rows.length > 0;
  },
};

// Consents as they stand now. `customers` writes them in its own transaction; everybody else asks at the moment of use.

import { sql } from 'kysely';
import type { Consents } from '../context.ts';

/** No row = not given. */
export const consents: Consents = {
  async has(db, customerId, purpose) {
    const found = await sql<{ given: boolean }>`
      select given from runtime.consent where customer_id = ${customerId} and purpose = ${purpose}`.execute(db);
    return found.rows[0]?.given === true;
  },
  async list(db, customerId) {
    const found = await sql<{ purpose: string; given: boolean; at: { toString(): string }; textVersion: string }>`
      select purpose, given, at, text_version as "textVersion" from runtime.consent
      where customer_id = ${customerId} order by purpose limit 100`.execute(db);
    return found.rows.map((row) => ({ ...row, at: row.at.toString() }));
  },
  async set(tx, { customerId, purpose, given, at, textVersion }) {
    await sql`
      insert into runtime.consent (customer_id, purpose, given, at, text_version)
      values (${customerId}, ${purpose}, ${given}, ${at.toString()}, ${textVersion})
      on conflict (customer_id, purpose) do update
        set given = excluded.given, at = excluded.at, text_version = excluded.text_version`.execute(tx);
  },
};

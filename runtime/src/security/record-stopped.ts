// What is written of a principal that was stopped (enumeration.ts).

import { sql } from 'kysely';
import type { Clock, Principal } from '../kernel/index.ts';
import type { Database } from '../ports/index.ts';
import { stopOf, stopS } from './enumeration.ts';
import { revoke } from './revocation-book.ts';

/** Stops it in every process, and adds the row `edge.enumeration-stopped` to the audit: there is no effect that it could join. */
export async function recordStopped(
  { database, clock }: { database?: Pick<Database, 'db'> | undefined; clock: Clock },
  { principal, traceId }: { principal: Principal; traceId: string },
): Promise<void> {
  if (database === undefined) return;
  const { db } = database;
  const { issuer, subject, audience, actor, channel, customerId = null } = principal;
  await revoke(db, stopOf(principal), stopS);
  await sql`
    insert into runtime.audit
      (at, operation, issuer, subject, audience, actor, channel, customer_id, trace_id, decision_id, event_ids)
    values (${clock.now().toString()}, 'edge.enumeration-stopped', ${issuer}, ${subject}, ${audience},
      ${JSON.stringify(actor)}::jsonb, ${channel}, ${customerId}, ${traceId}, null, '{}')`.execute(db);
}

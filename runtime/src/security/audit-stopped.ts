// The audit row of a principal that was stopped (enumeration.ts).

import { sql } from 'kysely';
import type { Principal } from '../kernel/index.ts';
import type { Db } from '../ports/index.ts';

/** What the audit says of a principal that was stopped. */
export interface Stopped {
  principal: Principal;
  /** Operation of the last attempt is in the trace. */
  traceId: string;
  at: Temporal.Instant;
}

/** The row `edge.enumeration-stopped`: there is no effect whose transaction it could join. */
export async function auditStopped(db: Db, { principal, traceId, at }: Stopped): Promise<void> {
  const { issuer, subject, audience, actor, channel, customerId = null } = principal;
  await sql`
    insert into runtime.audit
      (at, operation, issuer, subject, audience, actor, channel, customer_id, trace_id, decision_id, event_ids)
    values (${at.toString()}, 'edge.enumeration-stopped', ${issuer}, ${subject}, ${audience},
      ${JSON.stringify(actor)}::jsonb, ${channel}, ${customerId}, ${traceId}, null, '{}')`.execute(db);
}

// What is written of a principal that was stopped (enumeration.ts).

import { sql } from 'kysely';
import type { Principal } from '../kernel/index.ts';
import type { Db } from '../ports/index.ts';
import { stopOf, stopS } from './enumeration.ts';
import { revoke } from './revocation-book.ts';

/** What the audit says of a principal that was stopped. */
export interface Stopped {
  principal: Principal;
  /** Operation of the last attempt is in the trace. */
  traceId: string;
  at: Temporal.Instant;
}

/** Stops it everywhere, and adds the row `edge.enumeration-stopped` to the audit: there is no effect that it could join. */
export async function recordStopped(db: Db, { principal, traceId, at }: Stopped): Promise<void> {
  const { issuer, subject, audience, actor, channel, customerId = null } = principal;
  await revoke(db, stopOf(principal), stopS);
  await sql`
    insert into runtime.audit
      (at, operation, issuer, subject, audience, actor, channel, customer_id, trace_id, decision_id, event_ids)
    values (${at.toString()}, 'edge.enumeration-stopped', ${issuer}, ${subject}, ${audience},
      ${JSON.stringify(actor)}::jsonb, ${channel}, ${customerId}, ${traceId}, null, '{}')`.execute(db);
}

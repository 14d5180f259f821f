// Rows of `runtime.webhook_inbox`: messages of others as they came, once per source and id.

import { sql } from 'kysely';
import type { Tx } from '../ports/index.ts';

export interface ReceivedRow {
  /** Operation that took it. */
  source: string;
  /** The sender's id of it. */
  id: string;
  /** `unknown`: kept, and acted on by nobody. */
  state: 'taken' | 'unknown';
  body: Uint8Array;
  traceId: string;
}

/** True when the message is new; a second one waits for the first and is then counted. */
export async function insertMessage(tx: Tx, { source, id, state, body, traceId }: ReceivedRow): Promise<boolean> {
  const { rows } = await sql<{ repeats: number }>`
    insert into runtime.webhook_inbox as inbox (source, message_id, state, body, trace_id)
    values (${source}, ${id}, ${state}, ${body}, ${traceId})
    on conflict (source, message_id) do update set repeats = inbox.repeats + 1
    returning repeats`.execute(tx);
  return rows[0]?.repeats === 0;
}

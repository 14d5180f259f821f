// Doubts that only a person can end: calls to other systems whose outcome no look-up found out. What the person found is
// written with the call, its key, its monitor and its facts in one transaction, with the reason in the audit.

import { sql } from 'kysely';
import type { EventKey, Reply, WriteContext } from '../../context.ts';
import type { Db } from '../../ports/index.ts';
import type { Told } from '../declared-facts.ts';
import { callColumns, type KeptCall, openCall, type UpstreamCallRow } from './calls.ts';
import { failLate, succeedLate } from './late.ts';

/** At most this many in one list. */
const most = 1000;

export interface OpenDoubt {
  /** Id of the monitor its caller has. */
  job: string;
  upstream: string;
  /** `payouts.payOut`. */
  operation: string;
  /** What the other side knows the call by. */
  reference: string;
  customerId?: string | undefined;
  traceId: string;
  sentAt: string;
}

/** Oldest first. */
export async function listOpenDoubts(db: Db): Promise<OpenDoubt[]> {
  const { rows } = await sql<Omit<OpenDoubt, 'traceId' | 'customerId' | 'sentAt'> & Record<'trace' | 'sent', string>>`
    select job_id as job, upstream, operation, reference, principal->>'customerId' as customer, trace_id as trace,
      to_char(sent_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as sent
    from runtime.upstream_call where state = 'human' order by sent_at limit ${most}`.execute(db);
  return rows.map(({ job, upstream, operation, reference, trace, sent, ...row }) => {
    const customerId = (row as { customer?: string | null }).customer ?? undefined;
    return { job, upstream, operation, reference, customerId, traceId: trace, sentAt: sent };
  });
}

/** The doubt with what was asked; undefined = there is none with this monitor, or it has ended. */
export async function readOpenDoubt(db: Db, job: string, own?: string): Promise<UpstreamCallRow | undefined> {
  const { rows } = await sql<KeptCall>`
    select ${callColumns} from runtime.upstream_call where job_id = ${job} and state = 'human'`.execute(db);
  return rows[0] && openCall(rows[0], own);
}

export interface Verdict {
  row: UpstreamCallRow;
  /** The answer it would have had; undefined = it certainly did not take effect. */
  reply: Pick<Reply, 'status' | 'body'> | undefined;
  reason: string;
  /** Where the call's operation is described. */
  told: Told['operation'];
  baseUrl: string;
  /** The deployment's key. */
  own: string | undefined;
}

/** Ends a doubt inside the transaction of `ctx`. False = somebody was quicker: then nothing was written. */
export async function settleOpenDoubt(ctx: WriteContext, verdict: Verdict): Promise<boolean> {
  const { row, reply, reason, told, baseUrl, own } = verdict;
  const { rows } = await sql`
    select 1 from runtime.upstream_call where key = ${row.key} and state = 'human' for update`.execute(ctx.db);
  if (rows.length === 0) return false;
  const { job, upstream, operation, reference, principal } = row;
  // First of its facts: the audit's seal covers what the first one says.
  ctx.emit('doubt.settled' as EventKey, {
    subject: job ?? row.key,
    customerId: principal.customerId,
    data: { upstream, operation, reference, outcome: reply === undefined ? 'not-done' : 'done', reason } as never,
  });
  if (reply === undefined) await failLate(ctx, row, { baseUrl, own });
  else await succeedLate(ctx, row, { reply, told, own });
  return true;
}

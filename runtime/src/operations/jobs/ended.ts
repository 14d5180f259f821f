// The word that a job has ended: to live streams of its principal alone. It is no fact of a capability, so no reaction,
// webhook or timeline hears it, and it is not audited: the effect of the job is.

import { sql } from 'kysely';
import { appendFacts } from '../../events/outbox.ts';
import type { Clock, Ids } from '../../kernel/index.ts';
import type { Tx } from '../../ports/index.ts';
import { readTrace } from '../../telemetry/trace.ts';

/** What it is told with. */
export interface Telling {
  clock: Clock;
  ids: Ids;
}

/** An ended row of `runtime.operation_job`: what an update returns by `endedColumns`. */
export interface EndedJob {
  id: string;
  operation: string;
  state: string;
  whose: Buffer;
  trace: string;
}

export const endedColumns = sql.raw('id, operation, state, principal_hash as whose, trace_id as trace');

/** Tells it in the transaction of the end; nothing when there was no job to end. True = there was one. */
export async function tellEnd(tx: Tx, [job]: readonly EndedJob[], { clock, ids }: Telling): Promise<boolean> {
  if (job === undefined) return false;
  const { id: subject, operation, state, whose, trace } = job;
  const { traceId } = readTrace(trace);
  await appendFacts(tx, [
    {
      id: ids.uuid(),
      type: 'job.ended',
      source: '/jobs',
      subject,
      customerId: undefined,
      whose,
      data: { operation, state },
      traceId,
      trace,
      decisionId: undefined,
      channel: undefined,
      time: clock.now(),
    },
  ]);
  return true;
}

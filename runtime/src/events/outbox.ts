// The outbox: facts that commit with the rows they speak of. One statement per transaction, whatever the number of facts.

import { sql } from 'kysely';
import { assert, isPlantedNow } from '../kernel/index.ts';
import type { Db, Tx } from '../ports/index.ts';

/** A fact on its way into the outbox. */
export interface OutboxFact {
  /** UUIDv7. */
  id: string;
  /** `order.placed`. */
  type: string;
  /** `/orders`. */
  source: string;
  subject: string;
  customerId: string | undefined;
  /** Whom alone it is told to (`whoHash`): live streams of theirs, and no reaction. Absent = it is a capability's. */
  whose?: Buffer;
  data: unknown;
  traceId: string;
  /** Where in the trace it was said (`traceText`). */
  trace?: string;
  decisionId: string | undefined;
  channel: string | undefined;
  time: Temporal.Instant;
}

/** Facts of one transaction; more work than this is a job's. */
export const mostFacts = 1000;

/**
 * Writes facts in their order. Each gets the next sequence of its subject, without gaps: the subject's row stays locked
 * until the transaction ends, so a second transaction about the same subject waits for this one.
 *
 * @param facts 0..1,000. Asserted.
 * @returns the greatest of their ordinals, in whose order they are published: the position of the write; undefined = no
 * facts.
 */
export async function appendFacts(tx: Tx, facts: readonly OutboxFact[]): Promise<number | undefined> {
  assert(facts.length <= mostFacts, 'a transaction emits at most 1,000 facts');
  if (facts.length === 0 || isPlantedNow('fact.dropped')) return undefined;
  const rows = facts.map((fact, index) => ({
    index,
    event_id: fact.id,
    type: fact.type,
    source: fact.source,
    subject: fact.subject,
    customer_id: fact.customerId,
    whose: fact.whose?.toString('hex'),
    data: fact.data ?? null,
    trace_id: fact.traceId,
    trace: fact.trace,
    decision_id: fact.decisionId,
    channel: fact.channel,
    time: fact.time.toString(),
  }));
  const { rows: written } = await sql<{ position: string }>`
    with fact as materialized (
      select *, row_number() over (partition by subject order by index) as place
      from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as given (
        index integer, event_id uuid, type text, source text, subject text, customer_id text, whose text, data jsonb,
        trace_id text, trace text, decision_id text, channel text, time timestamptz)),
    -- In the order of their names: two transactions about the same subjects cannot wait for each other.
    counted as (select subject, count(*) as facts from fact group by subject order by subject),
    bumped as (
      insert into runtime.subject as known (subject, last_seq) select subject, facts from counted order by subject
      on conflict (subject) do update set last_seq = known.last_seq + excluded.last_seq
      returning subject, last_seq),
    written as (
      insert into runtime.outbox
        (event_id, type, source, subject, aggregate_seq, customer_id, whose, data, trace_id, trace,
        decision_id, channel, time)
      select event_id, type, source, subject, last_seq - facts + place, customer_id, decode(whose, 'hex'), data, trace_id, trace,
        decision_id, channel, time
      from fact join counted using (subject) join bumped using (subject)
      order by index
      returning ordinal)
    select max(ordinal)::text as position from written`.execute(tx);
  return Number(written[0]?.position);
}

/** Not before that of any fact committed by now; undefined = there has never been one. Costs nothing, however many there are. */
export async function latestPosition(db: Db): Promise<number | undefined> {
  const { rows } = await sql<{ position: string | null }>`
    select case when is_called then last_value::text end as position from runtime.outbox_ordinal_seq`.execute(db);
  const position = rows[0]?.position;
  return typeof position === 'string' ? Number(position) : undefined;
}

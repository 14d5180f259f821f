// Rows of deliveries as the sender sees them: which are due, who holds them, what became of them. When something is due
// follows business time; leases follow the database's clock, as everywhere.

import { sql } from 'kysely';
import type { Db, Tx } from '../../ports/index.ts';
import { sweep } from '../../store/sweep.ts';
import { probeEveryS, probeFrom } from './schedule.ts';

/** Attempts under way to one address, over all processes. */
export const mostAtOnce = 4;

/** Seconds within which an attempt must have been recorded; an attempt itself ends after 15. */
const leaseS = 30;

/** Attempts that are remembered of one delivery, also over replays. */
const mostAttempts = 40;

/** One attempt as the log shows it. */
export interface DeliveryAttempt {
  at: string;
  /** Of the answer; absent when there was none. */
  status?: number;
  /** `delivered`, `answered 500`, `no connection within 3000 ms`. */
  outcome: string;
  durationMs: number;
}

/** A delivery under a lease, ready to be sent. */
export interface TakenDelivery {
  id: string;
  targetId: string;
  fence: number;
  url: string;
  eventId: string;
  eventType: string;
  mediaType: string;
  body: string;
  /** Where it was put on its way; null for those of earlier versions. */
  trace: string | null;
  /** Attempts of this round before this one. */
  tries: number;
  firstAt: Temporal.Instant | null;
  retryForS: number | null;
  /** Live signing secrets and private keys, newest first; empty when there is none any more. */
  secrets: string[];
}

const isReady = (now: Temporal.Instant) => sql`d.state = 'pending' and d.due_at <= ${now.toString()}::timestamptz
  and (d.lease_until is null or d.lease_until <= clock_timestamp())
  and (d.order_key is null or not exists (
    select 1 from runtime.webhook_delivery earlier
    where earlier.target_id = d.target_id and earlier.order_key = d.order_key and earlier.state = 'pending'
      and earlier.ordinal < d.ordinal))`;

/** Takes at most `most` deliveries that are due: addresses that waited longest first, each its share. */
export async function takeDeliveries(tx: Tx, now: Temporal.Instant, most: number): Promise<TakenDelivery[]> {
  const at = now.toString();
  const targets = await sql<{ id: string }>`
    select t.id from runtime.webhook_target t
    where t.state = 'active' and (t.failures < ${probeFrom} or t.probe_at <= ${at}::timestamptz)
      and (select count(*) from runtime.webhook_delivery under where under.target_id = t.id
        and under.lease_until > clock_timestamp()) < ${mostAtOnce}
      and exists (select 1 from runtime.webhook_delivery d where d.target_id = t.id and ${isReady(now)})
    order by t.turn_at, t.id limit ${most} for no key update of t skip locked`.execute(tx);
  const ids = targets.rows.map(({ id }) => id);
  if (ids.length === 0) return [];
  // A statement of its own: it sees what whoever held these addresses before us has taken.
  const share = Math.max(1, Math.min(mostAtOnce, Math.floor(most / ids.length)));
  const { rows } = await sql<TakenDelivery>`
    with room as (
      select t.id, least(${share}, case when t.failures >= ${probeFrom} then 1 else ${mostAtOnce} end - (
        select count(*) from runtime.webhook_delivery under
        where under.target_id = t.id and under.lease_until > clock_timestamp())) as free
      from runtime.webhook_target t where t.id = any(${ids}::uuid[])),
    picked as (
      select p.id from room cross join lateral (
        select d.id from runtime.webhook_delivery d where d.target_id = room.id and ${isReady(now)}
        order by d.due_at, d.ordinal limit greatest(0, room.free) for update skip locked) p),
    taken as (
      update runtime.webhook_delivery d
      set lease_until = clock_timestamp() + make_interval(secs => ${leaseS}), fence = d.fence + 1
      from picked where d.id = picked.id
      returning d.id, d.target_id, d.fence, d.event_id, d.event_type, d.media_type, d.body, d.trace, d.tries,
        d.first_at, d.retry_for_s),
    turned as (
      update runtime.webhook_target t set turn_at = clock_timestamp(),
        probe_at = case when t.failures >= ${probeFrom} and exists (select 1 from taken where taken.target_id = t.id)
          then ${at}::timestamptz + make_interval(secs => ${probeEveryS}) else t.probe_at end
      where t.id = any(${ids}::uuid[]))
    select taken.*, t.url, array(
      select s.secret from runtime.webhook_secret s
      where s.holder = case t.kind when 'endpoint' then t.id::text else t.owner end
        and (s.until is null or s.until > ${at}::timestamptz)
      order by s.made_at desc, s.id desc limit 2) as secrets
    from taken join runtime.webhook_target t on t.id = taken.target_id`.execute(tx);
  return rows;
}

/** What an attempt led to: `again` with a time, or an end. */
export interface DeliveryEnd {
  attempt: DeliveryAttempt;
  state: 'pending' | 'delivered' | 'dead';
  again: Temporal.Instant | undefined;
  now: Temporal.Instant;
  /** The beginning of the receiver's answer. */
  answer: string | undefined;
}

/** Records an attempt; false = the delivery is no longer this sender's, and nothing was written. */
export async function recordAttempt(tx: Tx, { id, fence }: TakenDelivery, end: DeliveryEnd): Promise<boolean> {
  const at = end.now.toString();
  const { numAffectedRows } = await sql`
    update runtime.webhook_delivery
    set state = ${end.state}, tries = tries + 1, first_at = coalesce(first_at, ${end.attempt.at}::timestamptz),
      attempts = (case when jsonb_array_length(attempts) >= ${mostAttempts} then attempts - 0 else attempts end)
        || ${JSON.stringify(end.attempt)}::jsonb,
      answer = ${end.answer ?? null}, due_at = ${end.again?.toString() ?? null}::timestamptz, lease_until = null,
      ended_at = case when ${end.state} = 'pending' then null else ${at}::timestamptz end
    where id = ${id} and fence = ${fence} and state = 'pending'`.execute(tx);
  return numAffectedRows === 1n;
}

/** An address after an attempt. */
export interface TargetAfter {
  id: string;
  owner: string;
  kind: 'endpoint' | 'callback';
  url: string;
  state: string;
  failures: number;
  failingSince: Temporal.Instant | null;
  noticedAt: Temporal.Instant | null;
}

const target = sql.raw('id, owner, kind, url, state, failures, failing_since, noticed_at');

export async function countSuccess(tx: Tx, targetId: string): Promise<void> {
  await sql`
    update runtime.webhook_target set failures = 0, failing_since = null, noticed_at = null, probe_at = null
    where id = ${targetId}`.execute(tx);
}

export async function countFailure(tx: Tx, targetId: string, now: Temporal.Instant): Promise<TargetAfter | undefined> {
  const at = now.toString();
  const { rows } = await sql<TargetAfter>`
    update runtime.webhook_target
    set failures = failures + 1, failing_since = coalesce(failing_since, ${at}::timestamptz),
      probe_at = case when failures + 1 >= ${probeFrom}
        then ${at}::timestamptz + make_interval(secs => ${probeEveryS}) end
    where id = ${targetId} returning ${target}`.execute(tx);
  return rows[0];
}

export async function markNoticed(tx: Tx, targetId: string, now: Temporal.Instant): Promise<void> {
  await sql`
    update runtime.webhook_target set noticed_at = ${now.toString()}::timestamptz where id = ${targetId}`.execute(tx);
}

/** Switches an address off. What waited for it is dead, to be replayed when it works again. */
export async function disableTarget(tx: Tx, targetId: string, because: string, now: Temporal.Instant): Promise<void> {
  await sql`
    update runtime.webhook_target set state = 'disabled', because = ${because}
    where id = ${targetId}`.execute(tx);
  await endWaiting(tx, targetId, now);
}

/** Whatever waits for an address is dead; what is under way ends by itself. */
export async function endWaiting(tx: Tx, targetId: string, now: Temporal.Instant): Promise<void> {
  await sql`
    update runtime.webhook_delivery set state = 'dead', due_at = null, ended_at = ${now.toString()}::timestamptz
    where target_id = ${targetId} and state = 'pending'
      and (lease_until is null or lease_until <= clock_timestamp())`.execute(tx);
}

/** Days that what has ended is kept, and that deliveries wait for an address that is paused. */
export const keptDays = 30;
const waitingDays = 7;

/** Ends what waited too long, deletes what is past its time. */
export async function sweepDeliveries(db: Db, now: Temporal.Instant): Promise<void> {
  const at = now.toString();
  await sweep(
    db,
    (most) => sql`
      update runtime.webhook_delivery set state = 'dead', due_at = null, ended_at = ${at}::timestamptz
      where id in (
        select d.id from runtime.webhook_delivery d join runtime.webhook_target t on t.id = d.target_id
        where d.state = 'pending' and t.state <> 'active'
          and d.created_at < ${at}::timestamptz - make_interval(days => ${waitingDays}) limit ${most})`,
  );
  await sweep(
    db,
    (most) => sql`
      delete from runtime.webhook_delivery where id in (
        select id from runtime.webhook_delivery
        where ended_at < ${at}::timestamptz - make_interval(days => ${keptDays}) limit ${most})`,
  );
  await sql`
    delete from runtime.webhook_secret where until < ${at}::timestamptz`.execute(db);
  await sweep(
    db,
    (most) => sql`
      delete from runtime.webhook_target where id in (
        select t.id from runtime.webhook_target t
        where t.kind = 'callback' and t.created_at < ${at}::timestamptz - make_interval(days => ${keptDays})
          and not exists (select 1 from runtime.webhook_delivery d where d.target_id = t.id) limit ${most})`,
  );
  await sweep(
    db,
    (most) => sql`
      delete from runtime.webhook_inbox where ctid in (
        select ctid from runtime.webhook_inbox
        where received_at < now() - make_interval(days => ${keptDays}) limit ${most})`,
  );
  await sweep(
    db,
    (most) => sql`
      delete from runtime.purge where id in (
        select id from runtime.purge where at < now() - interval '1 hour' limit ${most})`,
  );
}

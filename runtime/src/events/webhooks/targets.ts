// What the owner of subscriptions does with addresses and deliveries, in its own transaction. Which facts an endpoint
// hears, and who may see it, is the owner's matter; when and how something is sent is the sender's.

import { sql } from 'kysely';
import type { Db, Tx } from '../../ports/index.ts';
import { newWebhookKeyPair } from '../../security/webhook-keys.ts';
import { newWebhookSecret } from '../../security/webhook-signature.ts';
import { traceText, type Trace } from '../../telemetry/trace.ts';
import type { DeliveryAttempt } from './rows.ts';

/** Hours the secret before the newest one is still used beside it. */
const overlapHours = 24;

/** Deliveries that one replay begins anew, at most. */
export const mostReplayed = 1000;

export type TargetState = 'active' | 'paused' | 'disabled' | 'removed';

/** How messages are signed: with a secret that both sides know, or with a key of ours whose public half they know. */
export type WebhookSigning = 'hmac-sha256' | 'ed25519';

export interface WebhookTarget {
  id: string;
  url: string;
  state: TargetState;
  /** Why it is disabled: `gone` (it answered 410) or `failing` (five days of nothing but failures); paused: `suspended`. */
  because: 'gone' | 'failing' | 'suspended' | null;
  /** In a row. */
  failures: number;
  failingSince: Temporal.Instant | null;
  /** What receivers of an `ed25519` endpoint check with, newest first; none for secrets and callbacks. */
  publicKeys: PublicKey[];
}

/** `whpk_…`, and until when it signs; null = until it is changed. */
export interface PublicKey {
  key: string;
  until: string | null;
}

export interface WebhookDelivery {
  id: string;
  targetId: string;
  eventId: string;
  eventType: string;
  state: 'pending' | 'delivered' | 'dead';
  attempts: DeliveryAttempt[];
  /** The beginning of the last answer. */
  answer: string | null;
  dueAt: Temporal.Instant | null;
  createdAt: Temporal.Instant;
}

export interface NewDelivery {
  id: string;
  targetId: string;
  eventId: string;
  eventType: string;
  mediaType: string;
  body: string;
  /** Later deliveries with the same key wait until this one is delivered or dead. */
  orderKey?: string | undefined;
  /** Seconds after the first attempt within which others may follow. */
  retryForS?: number | undefined;
  /** Where it is put on its way. */
  trace?: Trace;
  now: Temporal.Instant;
}

/** Which deliveries; what is absent does not matter. */
export interface DeliveryFilter {
  id?: string | undefined;
  targetId?: string | undefined;
  /** Of one of these owners. */
  owners?: readonly string[] | undefined;
  state?: WebhookDelivery['state'] | undefined;
  eventType?: string | undefined;
  from?: string | undefined;
  /** Exclusive. */
  until?: string | undefined;
}

const targetColumns = sql.raw(`id, url, state, because, failures, failing_since, (
  select coalesce(jsonb_agg(jsonb_build_object('key', s.public_key, 'until', s.until) order by s.id desc), '[]')
  from runtime.webhook_secret s where s.holder = webhook_target.id::text and s.public_key is not null) as public_keys`);
const deliveryColumns = sql.raw(
  'd.id, d.target_id, d.event_id, d.event_type, d.state, d.attempts, d.answer, d.due_at, d.created_at',
);

/** Adds an endpoint and gives what its receiver checks signatures with; a secret is shown this once. */
export async function addTarget(
  tx: Tx,
  target: { id: string; owner: string; url: string; signing?: WebhookSigning | undefined; now: Temporal.Instant },
): Promise<string> {
  await sql`
    insert into runtime.webhook_target (id, owner, kind, url, state, created_at)
    values (${target.id}, ${target.owner}, 'endpoint', ${target.url}, 'active',
      ${target.now.toString()}::timestamptz)`.execute(tx);
  return addSecret(tx, target.id, target);
}

/** The address of an application's callbacks; made at its first use. */
export async function callbackTarget(
  tx: Tx,
  target: { id: string; owner: string; url: string; now: Temporal.Instant },
): Promise<string> {
  const { rows } = await sql<{ id: string }>`
    insert into runtime.webhook_target as t (id, owner, kind, url, state, created_at)
    values (${target.id}, ${target.owner}, 'callback', ${target.url}, 'active', ${target.now.toString()}::timestamptz)
    on conflict (owner, url) where kind = 'callback'
    -- The caller named it again, so it is to be tried again; not while its owner is shut out.
    do update set
      state = case when t.because = 'suspended' then t.state else 'active' end,
      because = case when t.because = 'suspended' then t.because end
    returning id`.execute(tx);
  return (rows[0] as { id: string }).id;
}

/** A secret just made (of a key pair its public key), and until when the one before it signs too. */
export interface NewSecret {
  secret: string;
  otherUntil: string;
}

/**
 * A new secret for `holder` (an endpoint's uuid, an application's wire id), of the kind of the one before it, which lives
 * 24 h more.
 */
export async function rotateSecret(tx: Tx, holder: string, now: Temporal.Instant): Promise<NewSecret> {
  const at = now.toString();
  // Two rotations at once are one after the other: never more than two live secrets.
  await sql`select pg_advisory_xact_lock(hashtextextended(${`webhook secrets of ${holder}`}, 0))`.execute(tx);
  await sql`
    delete from runtime.webhook_secret
    where holder = ${holder} and (until is not null or id < (
      select max(id) from runtime.webhook_secret where holder = ${holder}))`.execute(tx);
  const { rows } = await sql<{ isPair: boolean }>`
    update runtime.webhook_secret set until = ${at}::timestamptz + make_interval(hours => ${overlapHours})
    where holder = ${holder} returning public_key is not null as "isPair"`.execute(tx);
  const signing = rows[0]?.isPair === true ? 'ed25519' : 'hmac-sha256';
  const secret = await addSecret(tx, holder, { signing, now });
  return { secret, otherUntil: now.add({ hours: overlapHours }).toString() };
}

/** Makes a secret or a key pair and gives what the receiver gets of it. */
async function addSecret(
  tx: Tx,
  holder: string,
  { signing, now }: { signing?: WebhookSigning | undefined; now: Temporal.Instant },
): Promise<string> {
  const pair = signing === 'ed25519' ? newWebhookKeyPair() : undefined;
  const secret = pair?.privateKey ?? newWebhookSecret();
  await sql`
    insert into runtime.webhook_secret (holder, secret, public_key, made_at)
    values (${holder}, ${secret}, ${pair?.publicKey ?? null}, ${now.toString()}::timestamptz)`.execute(tx);
  return pair?.publicKey ?? secret;
}

export async function hasSecret(db: Db | Tx, holder: string): Promise<boolean> {
  const { rows } = await sql`select 1 from runtime.webhook_secret where holder = ${holder} limit 1`.execute(db);
  return rows.length > 0;
}

/** By id; those that are not there are absent. */
export async function readTargets(db: Db | Tx, ids: readonly string[]): Promise<Map<string, WebhookTarget>> {
  if (ids.length === 0) return new Map();
  const { rows } = await sql<WebhookTarget>`
    select ${targetColumns} from runtime.webhook_target where id = any(${ids}::uuid[])`.execute(db);
  return new Map(rows.map((row) => [row.id, row]));
}

/**
 * Pauses (what comes meanwhile waits, at most 7 days), resumes (failures are forgotten) or removes (nothing is sent any
 * more, what waited is dead). undefined = it is not in one of the states `from`.
 */
export async function moveTarget(
  tx: Tx,
  id: string,
  { from, to, now }: { from: readonly TargetState[]; to: TargetState; now: Temporal.Instant },
): Promise<WebhookTarget | undefined> {
  const { rows } = await sql<WebhookTarget>`
    update runtime.webhook_target
    set state = ${to}, because = null, failures = 0, failing_since = null, noticed_at = null, probe_at = null
    where id = ${id} and state = any(${from}) returning ${targetColumns}`.execute(tx);
  if (rows[0] !== undefined && to === 'removed')
    await sql`
      update runtime.webhook_delivery set state = 'dead', due_at = null, ended_at = ${now.toString()}::timestamptz
      where target_id = ${id} and state = 'pending'`.execute(tx);
  return rows[0];
}

/** What comes for these owners waits, as if their addresses were paused, until `freeTargets`. */
export async function holdTargets(tx: Tx, owners: readonly string[]): Promise<void> {
  await sql`
    update runtime.webhook_target set state = 'paused', because = 'suspended'
    where owner = any(${owners}) and state = 'active'`.execute(tx);
}

/** Undoes `holdTargets`; what its owner paused stays so. */
export async function freeTargets(tx: Tx, owners: readonly string[]): Promise<void> {
  await sql`
    update runtime.webhook_target set state = 'active', because = null
    where owner = any(${owners}) and state = 'paused' and because = 'suspended'`.execute(tx);
}

/** Puts a delivery on its way; undefined = this event is on its way to this address already. */
export async function enqueueDelivery(tx: Tx, delivery: NewDelivery): Promise<WebhookDelivery | undefined> {
  const { id, targetId, eventId, eventType, mediaType, body, orderKey, retryForS, trace } = delivery;
  const at = delivery.now.toString();
  const { rows } = await sql<WebhookDelivery>`
    insert into runtime.webhook_delivery as d (id, target_id, event_id, event_type, media_type, body, order_key,
      retry_for_s, trace, state, due_at, created_at)
    values (${id}, ${targetId}, ${eventId}, ${eventType}, ${mediaType}, ${body}, ${orderKey ?? null},
      ${retryForS ?? null}, ${trace === undefined ? null : traceText(trace)}, 'pending', ${at}::timestamptz, ${at}::timestamptz)
    on conflict (target_id, event_id) do nothing returning ${deliveryColumns}`.execute(tx);
  return rows[0];
}

/** The log, newest first; `after` is the last one seen. */
export async function listDeliveries(
  db: Db,
  filter: DeliveryFilter,
  page: { limit: number; after?: readonly [createdAt: string, id: string] | undefined },
): Promise<WebhookDelivery[]> {
  const after = page.after
    ? sql`and (d.created_at, d.id) < (${page.after[0]}::timestamptz, ${page.after[1]}::uuid)`
    : sql``;
  const { rows } = await sql<WebhookDelivery>`
    select ${deliveryColumns} from runtime.webhook_delivery d where ${matching(filter)} ${after}
    order by d.created_at desc, d.id desc limit ${page.limit}`.execute(db);
  return rows;
}

/** Owner of the address by uuid of the delivery; those that are not there are absent. */
export async function ownersOfDeliveries(db: Db, ids: readonly string[]): Promise<Map<string, string>> {
  if (ids.length === 0) return new Map();
  const { rows } = await sql<{ id: string; owner: string }>`
    select d.id, t.owner from runtime.webhook_delivery d join runtime.webhook_target t on t.id = d.target_id
    where d.id = any(${ids}::uuid[])`.execute(db);
  return new Map(rows.map(({ id, owner }) => [id, owner]));
}

/**
 * Begins deliveries anew, with all their attempts, oldest first and at most 1,000; those on their way are tried at once.
 * Only for addresses that are active. The receiver sees the same `webhook-id`.
 */
export async function replayDeliveries(
  tx: Tx,
  filter: DeliveryFilter,
  now: Temporal.Instant,
): Promise<WebhookDelivery[]> {
  const at = now.toString();
  const { rows } = await sql<WebhookDelivery>`
    update runtime.webhook_delivery d
    set due_at = ${at}::timestamptz,
      tries = case when d.state = 'pending' then d.tries else 0 end,
      first_at = case when d.state = 'pending' then d.first_at end,
      state = 'pending', ended_at = null
    where d.id in (
      select d.id from runtime.webhook_delivery d join runtime.webhook_target t on t.id = d.target_id
      where t.state = 'active' and ${matching(filter)} order by d.ordinal limit ${mostReplayed} for update of d)
    returning ${deliveryColumns}`.execute(tx);
  return rows;
}

function matching({ id, targetId, owners, state, eventType, from, until }: DeliveryFilter) {
  return sql.join(
    [
      sql`true`,
      ...(id === undefined ? [] : [sql`d.id = ${id}`]),
      ...(targetId === undefined ? [] : [sql`d.target_id = ${targetId}`]),
      ...(owners === undefined
        ? []
        : [sql`d.target_id in (select t.id from runtime.webhook_target t where t.owner = any(${owners}))`]),
      ...(state === undefined ? [] : [sql`d.state = ${state}`]),
      ...(eventType === undefined ? [] : [sql`d.event_type = ${eventType}`]),
      ...(from === undefined ? [] : [sql`d.created_at >= ${from}::timestamptz`]),
      ...(until === undefined ? [] : [sql`d.created_at < ${until}::timestamptz`]),
    ],
    sql` and `,
  );
}

import { toWireId } from '@plinth/runtime';
import { type Kysely, sql } from 'kysely';

/** Addresses and deliveries go to the platform's sender; keys get scopes, networks and an end of their own. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    insert into runtime.webhook_target (id, owner, kind, url, state, failures, created_at)
      select e.id, e.app_id::text, 'endpoint', e.url, e.state, 0, e.created_at
      from partners.endpoints e;
    insert into runtime.webhook_secret (holder, secret, made_at)
      select id::text, secret, created_at from partners.endpoints;
    insert into runtime.webhook_delivery (id, target_id, event_id, event_type, media_type, body, state, tries, attempts,
        due_at, created_at, ended_at)
      select id, endpoint_id, event_id, event_type, 'application/cloudevents+json', payload, state,
        jsonb_array_length(attempts), attempts, case state when 'pending' then coalesce(next_attempt_at, now()) end,
        created_at, case when state <> 'pending' then now() end
      from partners.deliveries;
    drop table partners.deliveries;
    alter table partners.endpoints add column removed_at timestamptz;
    update partners.endpoints set removed_at = now() where state = 'removed';
    drop index partners.endpoints_events_idx;
    alter table partners.endpoints drop column secret, drop column state, drop column failures;
    create index endpoints_events_idx on partners.endpoints using gin (events) where removed_at is null;
    create index endpoints_app_id_idx on partners.endpoints (app_id);
    alter table partners.keys
      add column scopes text[], add column addresses text[] not null default '{}', add column expires_at timestamptz;
  `.execute(db);
  // Owners are known by the id that principals carry.
  const { rows } = await sql<{ id: string }>`select distinct app_id as id from partners.endpoints`.execute(db);
  for (const { id } of rows)
    await sql`update runtime.webhook_target set owner = ${toWireId('app', id)} where owner = ${id}`.execute(db);
}

import { type Kysely, sql } from 'kysely';

/** Applications, keys, webhook endpoints and their deliveries. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table partners.apps (
      id uuid primary key,
      partner_id text not null,
      name text not null,
      state text not null check (state in ('sandbox', 'production', 'suspended')),
      scopes text[] not null,
      created_at timestamptz not null
    );
    create index apps_partner_id_idx on partners.apps (partner_id, name, id);
    create table partners.keys (
      id uuid primary key,
      app_id uuid not null references partners.apps (id),
      key_id text not null unique,
      secret_hash text not null,
      hint text not null,
      state text not null check (state in ('live', 'revoked')),
      created_at timestamptz not null
    );
    create index keys_app_id_idx on partners.keys (app_id);
    create table partners.endpoints (
      id uuid primary key,
      app_id uuid not null references partners.apps (id),
      partner_id text not null,
      url text not null,
      events text[] not null,
      secret text not null,
      state text not null check (state in ('active', 'disabled', 'removed')),
      failures integer not null default 0,
      created_at timestamptz not null
    );
    create index endpoints_partner_id_idx on partners.endpoints (partner_id, created_at desc);
    create index endpoints_events_idx on partners.endpoints using gin (events) where state = 'active';
    create table partners.deliveries (
      id uuid primary key,
      endpoint_id uuid not null references partners.endpoints (id),
      partner_id text not null,
      event_id text not null,
      event_type text not null,
      payload text not null,
      state text not null check (state in ('pending', 'delivered', 'dead')),
      attempts jsonb not null default '[]',
      next_attempt_at timestamptz,
      created_at timestamptz not null,
      unique (endpoint_id, event_id)
    );
    create index deliveries_partner_id_created_at_idx on partners.deliveries (partner_id, created_at desc, id desc);
  `.execute(db);
}

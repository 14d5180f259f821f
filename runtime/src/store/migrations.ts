// Schema `runtime`: what the platform itself remembers. Personal data stands in consent, relation, session, confirmation,
// idempotency (answers), file and audit; each has an end or is kept by law. SQL of PostgreSQL 15 to 18.

import { sql } from 'kysely';
import type { MigrationSet } from './migrate.ts';

export const runtimeMigrations: MigrationSet = {
  schema: 'runtime',
  migrations: {
    '0001-events': {
      async up(db) {
        await sql`
          -- The last sequence of each subject: taken under its row lock, so sequences have no gaps.
          create table runtime.subject (subject text primary key, last_seq bigint not null);
          create table runtime.outbox (
            event_id uuid primary key,
            -- Order within the transaction and between transactions of one subject.
            ordinal bigint generated always as identity,
            type text not null,
            source text not null,
            subject text not null,
            aggregate_seq bigint not null,
            customer_id text,
            data jsonb not null,
            trace_id text not null,
            decision_id text,
            channel text,
            time timestamptz not null,
            created_at timestamptz not null default clock_timestamp(),
            -- Place in the log; null until the relay published the row.
            position bigint unique,
            published_at timestamptz,
            unique (subject, aggregate_seq)
          );
          create index outbox_unpublished_idx on runtime.outbox (ordinal) where position is null;
          create index outbox_customer_id_position_idx on runtime.outbox (customer_id, position);
          create index outbox_published_at_idx on runtime.outbox (published_at) where position is not null;
          -- One row: whoever locks it publishes.
          create table runtime.event_log (single boolean primary key default true check (single), head bigint not null);
          insert into runtime.event_log (head) values (0);
          create table runtime.consumer (
            name text primary key, position bigint not null, updated_at timestamptz not null default now());
          create table runtime.inbox (
            consumer text not null, event_id uuid not null, done_at timestamptz not null default now(),
            primary key (consumer, event_id));
          create index inbox_done_at_idx on runtime.inbox (done_at);
          -- Events that a consumer could not take yet, and later ones of the same subject that wait behind them.
          create table runtime.held_event (
            consumer text not null, event_id uuid not null, subject text not null, position bigint not null,
            event jsonb not null, attempt integer not null, due_at timestamptz, error text,
            primary key (consumer, event_id));
          create index held_event_consumer_subject_idx on runtime.held_event (consumer, subject, position);
          create table runtime.dead_letter (
            id bigint generated always as identity primary key,
            consumer text not null, event_id uuid not null, subject text not null, position bigint not null,
            event jsonb not null, attempt integer not null, error text not null,
            died_at timestamptz not null default now(), replayed_at timestamptz,
            unique (consumer, event_id));
        `.execute(db);
      },
    },
    '0002-edge': {
      async up(db) {
        await sql`
          create table runtime.idempotency (
            principal_hash bytea not null, operation_id text not null, key_hash bytea not null,
            fingerprint bytea not null, state text not null, fence integer not null default 1, lease_until timestamptz,
            status integer, headers jsonb, body bytea, job_id text,
            created_at timestamptz not null, expires_at timestamptz not null,
            primary key (principal_hash, operation_id, key_hash));
          create index idempotency_expires_at_idx on runtime.idempotency (expires_at);
          create table runtime.confirmation (
            id_hash bytea primary key, customer_id text not null, client text not null, operation_id text not null,
            contract_hash text not null, args_hash text not null, idempotency_key text not null, readback text not null,
            principal_hash bytea, args jsonb,
            state text not null, created_at timestamptz not null, confirmed_at timestamptz, used_at timestamptz,
            expires_at timestamptz not null);
          create index confirmation_expires_at_idx on runtime.confirmation (expires_at);
          create table runtime.session (
            id_hash bytea primary key, principal jsonb not null, customer_id text,
            created_at timestamptz not null default now(), last_seen_at timestamptz not null default now(),
            expires_at timestamptz not null, revoked_at timestamptz);
          create index session_expires_at_idx on runtime.session (expires_at);
          create index session_customer_id_idx on runtime.session (customer_id);
          create table runtime.audit (
            id bigint generated always as identity primary key,
            at timestamptz not null, operation text not null, issuer text not null, subject text not null,
            audience text not null, actor jsonb not null, channel text not null, customer_id text,
            trace_id text not null, decision_id text, event_ids uuid[] not null);
          create index audit_customer_id_at_idx on runtime.audit (customer_id, at);
          create index audit_at_idx on runtime.audit (at);
        `.execute(db);
      },
    },
    '0003-people': {
      async up(db) {
        await sql`
          create table runtime.consent (
            customer_id text not null, purpose text not null, given boolean not null, at timestamptz not null,
            text_version text not null, primary key (customer_id, purpose));
          -- Who may act for whom: grantee does things of customer_id in the named relation.
          create table runtime.relation (
            customer_id text not null, relation text not null, grantee text not null, since timestamptz not null,
            until timestamptz, primary key (customer_id, relation, grantee));
          create index relation_grantee_idx on runtime.relation (grantee);
        `.execute(db);
      },
    },
    '0004-usage': {
      async up(db) {
        await sql`
          -- Who uses what of a contract; which parameters and properties, never their values.
          create table runtime.usage (
            capability text not null, operation text not null, consumer text not null, version text not null,
            day date not null, calls bigint not null, parameters text[] not null, sent text[] not null,
            primary key (capability, operation, consumer, version, day));
          create index usage_day_idx on runtime.usage (day);
        `.execute(db);
      },
    },
    '0005-operation-jobs': {
      async up(db) {
        await sql`
          -- Calls that go on after their 202. Whose it is, what was asked (until the end) and what came of it.
          create table runtime.operation_job (
            id text primary key, operation text not null, principal_hash bytea not null, principal jsonb not null,
            call jsonb, body bytea,
            state text not null, fence integer not null default 0, attempts integer not null default 0,
            -- When somebody else may take it: the end of the lease, or a while after it should have been begun.
            lease_until timestamptz,
            -- Past the point of no return: it cannot be cancelled any more.
            irrevocable boolean not null,
            progress jsonb, status integer, headers jsonb, answer bytea,
            trace_id text not null, revision integer not null default 1,
            created_at timestamptz not null default now(), updated_at timestamptz not null default now(),
            retain_s integer not null, key_until timestamptz, expires_at timestamptz not null);
          create index operation_job_expires_at_idx on runtime.operation_job (expires_at);
          create index operation_job_lease_until_idx on runtime.operation_job (lease_until)
            where lease_until is not null;
        `.execute(db);
      },
    },
    '0006-upstreams': {
      async up(db) {
        await sql`
          -- Writes that went, or are about to go, to another system: noted before they are sent, never sent blindly again.
          create table runtime.upstream_call (
            key text primary key, upstream text not null, operation text not null, reference text not null,
            fingerprint text not null, input jsonb not null, principal jsonb not null, trace_id text not null,
            state text not null check (state in ('started', 'done', 'unknown', 'human')),
            -- What we answered, once it is certain; the monitor while it is not.
            reply jsonb, job_id text,
            asked integer not null default 0, ask_at timestamptz,
            sent_at timestamptz not null default now(), expires_at timestamptz not null);
          create index upstream_call_ask_at_idx on runtime.upstream_call (ask_at) where state = 'unknown';
          create index upstream_call_expires_at_idx on runtime.upstream_call (expires_at);
          -- Their ids and ours, and whose the thing is.
          create table runtime.upstream_id (
            upstream text not null, object text not null, theirs text not null, ours text not null, owner text,
            seen_at timestamptz not null default now(),
            primary key (upstream, object, theirs), unique (upstream, object, ours));
        `.execute(db);
      },
    },
    '0007-webhooks': {
      async up(db) {
        await sql`
          -- Addresses of others that facts and answers go to. failures counts those in a row, from failing_since on.
          create table runtime.webhook_target (
            id uuid primary key, owner text not null, kind text not null check (kind in ('endpoint', 'callback')),
            url text not null, state text not null check (state in ('active', 'paused', 'disabled', 'removed')),
            because text, failures integer not null default 0, failing_since timestamptz, noticed_at timestamptz,
            probe_at timestamptz,
            -- When it was last served: who waited longest comes first.
            turn_at timestamptz not null default '-infinity', created_at timestamptz not null);
          create unique index webhook_target_owner_url_idx on runtime.webhook_target (owner, url) where kind = 'callback';
          create index webhook_target_turn_at_idx on runtime.webhook_target (turn_at) where state = 'active';
          -- Of an endpoint (its id) or of the callbacks of an application (its wire id). Two may live at one time.
          create table runtime.webhook_secret (
            id bigint generated always as identity primary key,
            holder text not null, secret text not null, made_at timestamptz not null, until timestamptz);
          create index webhook_secret_holder_idx on runtime.webhook_secret (holder);
          create table runtime.webhook_delivery (
            id uuid primary key, target_id uuid not null references runtime.webhook_target (id),
            ordinal bigint generated always as identity,
            event_id text not null, event_type text not null, media_type text not null, body text not null,
            order_key text, retry_for_s integer,
            state text not null check (state in ('pending', 'delivered', 'dead')),
            tries integer not null default 0, attempts jsonb not null default '[]', answer text,
            first_at timestamptz, due_at timestamptz, fence integer not null default 0, lease_until timestamptz,
            created_at timestamptz not null, ended_at timestamptz,
            unique (target_id, event_id));
          create index webhook_delivery_due_idx on runtime.webhook_delivery (target_id, due_at) where state = 'pending';
          create index webhook_delivery_order_idx on runtime.webhook_delivery (target_id, order_key, ordinal)
            where state = 'pending' and order_key is not null;
          create index webhook_delivery_lease_idx on runtime.webhook_delivery (target_id)
            where lease_until is not null;
          create index webhook_delivery_created_at_idx on runtime.webhook_delivery (target_id, created_at desc, id desc);
          create index webhook_delivery_ended_at_idx on runtime.webhook_delivery (ended_at) where ended_at is not null;
          -- What others sent us, as it came: once per source and message.
          create table runtime.webhook_inbox (
            source text not null, message_id text not null, state text not null check (state in ('taken', 'unknown')),
            body bytea not null, event_id uuid, trace_id text not null, received_at timestamptz not null default now(),
            repeats integer not null default 0, primary key (source, message_id));
          create index webhook_inbox_received_at_idx on runtime.webhook_inbox (received_at);
          -- Tags of kept answers that a job has ended; every edge reads them.
          create table runtime.purge (
            id bigint generated always as identity primary key, tags text[] not null,
            at timestamptz not null default clock_timestamp());
          create index purge_at_idx on runtime.purge (at);
          `.execute(db);
      },
    },
    '0008-quotas': {
      async up(db) {
        await sql`
          -- Calls of one application to one product in a calendar day or month: what quotas and bills count by.
          create table runtime.quota_use (
            application text not null, product text not null, period text not null, calls bigint not null,
            ends_at timestamptz not null,
            primary key (application, product, period));
          create index quota_use_ends_at_idx on runtime.quota_use (ends_at);
        `.execute(db);
      },
    },
    '0010-audit-chain': {
      async up(db) {
        await sql`
          -- Transactions end in another order than they began; sealing follows their ids below the oldest open one.
          alter table runtime.audit add column xid xid8 not null default pg_current_xact_id();
          create index audit_xid_id_idx on runtime.audit (xid, id);
          create table runtime.audit_seal (
            seq bigint primary key, audit_id bigint not null unique, xid xid8 not null,
            -- What the transaction's first fact was about, and digests of what was told of it before and after.
            object text, before_digest bytea, after_digest bytea, hash bytea not null);
          create table runtime.audit_checkpoint (
            seq bigint primary key, hash bytea not null, key_id text not null, signature bytea not null,
            at timestamptz not null default clock_timestamp());
          create function runtime.refuse_change() returns trigger language plpgsql as $$
            begin raise exception '%.% is only appended to', tg_table_schema, tg_table_name
              using errcode = 'restrict_violation'; end $$;
          create trigger audit_is_kept before update or delete or truncate on runtime.audit
            for each statement execute function runtime.refuse_change();
          create trigger audit_seal_is_kept before update or delete or truncate on runtime.audit_seal
            for each statement execute function runtime.refuse_change();
          create trigger audit_checkpoint_is_kept before update or delete or truncate on runtime.audit_checkpoint
            for each statement execute function runtime.refuse_change();
        `.execute(db);
      },
    },
    '0009-revocations': {
      async up(db) {
        await sql`
          -- Credentials that are worth nothing before their own end; one in the past was let in again.
          create table runtime.revocation (what text primary key, at timestamptz not null, until timestamptz not null);
          create index revocation_at_idx on runtime.revocation (at);
          -- What an application may beyond the contract: an operation after its sunset, or before it is promised.
          create table runtime.leave (
            kind text not null check (kind in ('extension', 'preview')), application_id text not null,
            operation text not null, until timestamptz not null, primary key (kind, application_id, operation));
        `.execute(db);
      },
    },
    '0011-key-fences': {
      async up(db) {
        await sql`
          -- A row that was freed and taken anew has another fence than before; it repeats after two thousand million.
          create sequence runtime.idempotency_fence as integer cycle;
        `.execute(db);
      },
    },
    '0012-traces': {
      async up(db) {
        await sql`
          -- traceparent, and tracestate behind a space: where in its trace a fact was said, and a message was sent.
          alter table runtime.outbox add column trace text;
          alter table runtime.webhook_delivery add column trace text;
        `.execute(db);
      },
    },
    '0013-accepted-calls': {
      async up(db) {
        await sql`
          -- The other system said that it will do it, and ends it later.
          alter table runtime.upstream_call add column accepted boolean not null default false;
        `.execute(db);
      },
    },
    '0014-purge-origin': {
      async up(db) {
        await sql`alter table runtime.purge add column origin text`.execute(db);
      },
    },
    '0015-late-callbacks': {
      async up(db) {
        await sql`
          -- Where the outcome of a call is sent, when it is found out after its answer.
          alter table runtime.upstream_call add column callbacks jsonb;
        `.execute(db);
      },
    },
    '0016-files': {
      async up(db) {
        await sql`
          -- Loose until kept_at: whoever commits what it belongs to keeps it. Size and digest come when it is whole.
          create table runtime.file (
            id text primary key, owner text not null, name text not null, type text not null,
            size integer, sha256 bytea, begun_at timestamptz not null default now(), kept_at timestamptz);
          create index file_begun_at_idx on runtime.file (begun_at) where kept_at is null;
          create index file_owner_idx on runtime.file (owner);
          create table runtime.file_chunk (
            file_id text not null references runtime.file (id) on delete cascade, seq integer not null,
            bytes bytea not null, primary key (file_id, seq));
          -- Photos are compressed already.
          alter table runtime.file_chunk alter column bytes set storage external;
        `.execute(db);
      },
    },
    '0017-open-confirmations': {
      async up(db) {
        await sql`
          create index confirmation_open_idx on runtime.confirmation (customer_id, args_hash)
          where state in ('readBack', 'confirmed')`.execute(db);
      },
    },
    '0018-private-facts': {
      async up(db) {
        await sql`
          -- Whom alone a fact is told to (as principal_hash); null: it is a capability's, and told by customer and scope.
          alter table runtime.outbox add column whose bytea`.execute(db);
      },
    },
    '0019-platform-key': {
      async up(db) {
        await sql`
          -- What the platform signs with in its own name; the same in all processes.
          create table runtime.platform_key (
            only_row boolean primary key default true check (only_row), value jsonb not null)`.execute(db);
      },
    },
    '0020-webhook-keys': {
      async up(db) {
        await sql`
          -- Of an Ed25519 key (\`secret\` is its private half): what receivers check with. null: a secret that both know.
          alter table runtime.webhook_secret add column public_key text`.execute(db);
      },
    },
    '0021-upstream-release': {
      async up(db) {
        await sql`alter table runtime.upstream_call add column release text`.execute(db);
      },
    },
  },
};

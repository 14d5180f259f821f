// Schema `runtime`: what the platform itself remembers. Personal data stands in consent, relation, session, confirmation,
// idempotency (answers) and audit; each has an end or is kept by law. SQL of PostgreSQL 15 to 18.

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
  },
};

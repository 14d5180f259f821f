// Tables of durable workflows. They stand in the schema of the capability that runs them, so that a step commits
// business rows, facts and its result together. Results and inputs may hold personal data: kept as long as the business
// rows they belong to.

import { sql } from 'kysely';
import { assert } from '../kernel/index.ts';
import type { Migration } from '../ports/index.ts';

/**
 * A migration that makes the workflow tables in `schema`; a capability with workflows lists it, or calls its `up` in
 * one of its own.
 */
export function workflowTables(schema: string): Migration {
  assert(/^[a-z][a-z0-9_]*$/.test(schema), 'a schema is a plain lower-case name');
  return {
    async up(db) {
      await sql
        .raw(
          `create table ${schema}.workflow_run (
            id uuid primary key,
            workflow text not null,
            code_version integer not null,
            business_key text not null,
            input jsonb not null,
            customer_id text,
            -- traceparent, and tracestate behind a space, of what started it.
            trace_id text not null,
            channel text,
            decision_id text,
            state text not null check (state in
              ('running', 'sleeping', 'undoing', 'parked', 'completed', 'failed', 'cancelled')),
            due_at timestamptz not null,
            owner text,
            fence bigint not null default 0,
            lease_until timestamptz,
            -- Tries in a row that failed for technical reasons.
            attempts integer not null default 0,
            result jsonb,
            error text,
            started_at timestamptz not null,
            ended_at timestamptz,
            unique (workflow, business_key)
          );
          create index workflow_run_due_at_idx on ${schema}.workflow_run (due_at)
            where state in ('running', 'sleeping', 'undoing');
          create table ${schema}.workflow_step (
            run uuid not null references ${schema}.workflow_run (id) on delete cascade,
            name text not null,
            ordinal integer not null,
            kind text not null check (kind in ('tx', 'call', 'sleep', 'undo')),
            input_hash text not null,
            state text not null check (state in ('started', 'done', 'failed')),
            attempt integer not null default 1,
            provider_key text,
            undo jsonb,
            result jsonb,
            error jsonb,
            -- Business time; the next step's now().
            ended_at timestamptz,
            primary key (run, name),
            unique (run, ordinal)
          );`,
        )
        .execute(db);
    },
  };
}

/** What runs wait for and people decide: signals, tasks of people, pauses. Follows `workflowTables` in the same schema. */
export function workflowOperations(schema: string): Migration {
  assert(/^[a-z][a-z0-9_]*$/.test(schema), 'a schema is a plain lower-case name');
  return {
    async up(db) {
      await sql
        .raw(
          `alter table ${schema}.workflow_run drop constraint workflow_run_state_check;
          alter table ${schema}.workflow_run add constraint workflow_run_state_check check (state in
            ('running', 'sleeping', 'waiting', 'undoing', 'paused', 'parked', 'completed', 'failed', 'cancelled'));
          -- Where it goes on after a pause or when it was parked; what it waits for.
          alter table ${schema}.workflow_run add column resumes_as text, add column waits_for text;
          drop index ${schema}.workflow_run_due_at_idx;
          create index workflow_run_due_at_idx on ${schema}.workflow_run (due_at)
            where state in ('running', 'sleeping', 'waiting', 'undoing');
          create index workflow_run_waits_for_idx on ${schema}.workflow_run (waits_for) where state = 'waiting';
          create index workflow_run_started_at_idx on ${schema}.workflow_run (started_at, id);
          alter table ${schema}.workflow_step drop constraint workflow_step_kind_check;
          alter table ${schema}.workflow_step add constraint workflow_step_kind_check
            check (kind in ('tx', 'call', 'sleep', 'signal', 'task', 'patch', 'undo'));
          create table ${schema}.workflow_signal (
            id bigint generated always as identity primary key,
            -- The event it came of, or the id of the task that was done: once each.
            event_id text not null unique,
            name text not null,
            payload jsonb not null,
            received_at timestamptz not null,
            consumed_by uuid
          );
          create index workflow_signal_name_idx on ${schema}.workflow_signal (name, id) where consumed_by is null;
          create table ${schema}.human_task (
            id uuid primary key,
            run uuid not null references ${schema}.workflow_run (id) on delete cascade,
            -- Null: the run is parked, and somebody must say how it goes on.
            step text,
            queue text not null,
            about jsonb not null,
            state text not null check (state in ('open', 'done', 'expired')),
            result jsonb,
            opened_at timestamptz not null,
            ended_at timestamptz,
            ended_by text
          );
          create unique index human_task_run_step_idx on ${schema}.human_task (run, coalesce(step, '')) where state = 'open';
          create index human_task_state_opened_at_idx on ${schema}.human_task (state, opened_at, id);`,
        )
        .execute(db);
    },
  };
}

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

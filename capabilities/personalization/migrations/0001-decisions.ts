import { type Kysely, sql } from 'kysely';
import { firstPolicy } from '../policy.ts';

/** Facts, decisions, outcomes, and the policy with its revisions; the shipped policy is revision 1. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table personalization.facts (
      id text primary key,
      customer_id text not null,
      type text not null,
      at timestamptz not null,
      data jsonb not null
    );
    create index facts_customer_id_at_idx on personalization.facts (customer_id, at desc);
    create index facts_type_at_idx on personalization.facts (type, at desc);
    create table personalization.decisions (
      id uuid primary key,
      customer_id text not null,
      at timestamptz not null,
      channel text not null,
      policy_revision integer not null,
      slots jsonb not null,
      candidates jsonb not null
    );
    create index decisions_customer_id_at_idx on personalization.decisions (customer_id, at desc, id desc);
    create index decisions_at_idx on personalization.decisions (at desc, id desc);
    create table personalization.outcomes (
      decision_id uuid not null references personalization.decisions (id),
      customer_id text not null,
      action text not null,
      action_id text not null,
      kind text not null check (kind in ('shown', 'accepted', 'refused', 'never')),
      reason text,
      at timestamptz not null,
      primary key (decision_id, action_id, kind)
    );
    create index outcomes_customer_id_at_idx on personalization.outcomes (customer_id, at desc);
    create table personalization.policy_revisions (
      revision integer generated always as identity primary key,
      actions jsonb not null,
      published_at timestamptz not null,
      published_by text not null,
      note text not null
    );
    create table personalization.policy_draft (
      only_row boolean primary key default true check (only_row),
      base integer not null,
      actions jsonb not null,
      findings jsonb not null,
      saved_by text not null,
      saved_at timestamptz not null
    );
  `.execute(db);
  await sql`
    insert into personalization.policy_revisions (actions, published_at, published_by, note)
    values (${JSON.stringify(firstPolicy)}::jsonb, now(), 'Plinth', 'Shipped offers and rules')`.execute(db);
}

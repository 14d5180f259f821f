import { toWireId } from '@plinth/runtime';
import { type Kysely, sql } from 'kysely';

/**
 * A suspended application keeps the state it goes on with. Before, no operation suspended one; whoever was given the state
 * by hand is shut out as partners are, and goes on in the sandbox.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    alter table partners.apps
      add suspended_since timestamptz, add suspended_because text,
      add constraint apps_suspended_check check ((suspended_since is null) = (suspended_because is null))`.execute(db);
  const { rows } = await sql<{ id: string }>`
    update partners.apps
    set state = 'sandbox', suspended_since = clock_timestamp(), suspended_because = 'Suspended before reasons were kept.'
    where state = 'suspended' returning id`.execute(db);
  for (const { id } of rows)
    await sql`
      insert into runtime.revocation (what, at, until)
      values (${`app:${toWireId('app', id)}`}, clock_timestamp(), timestamptz '9999-12-31 00:00:00+00')
      on conflict (what) do update set at = excluded.at, until = excluded.until`.execute(db);
  await sql`
    alter table partners.apps
      drop constraint apps_state_check, add constraint apps_state_check check (state in ('sandbox', 'production'))`.execute(
    db,
  );
}

// Purges that were committed with a write, wherever it ran: told by NOTIFY, read from their table, and looked for every few
// seconds in case a notice was lost. A purge that is seen twice costs a kept answer and does no harm.

import { sql } from 'kysely';
import { repeat } from '../../kernel/index.ts';
import type { Database, Db, Tx } from '../../ports/index.ts';

const channel = 'plinth_purge';
const sweepMs = 5_000;
/** Rows are looked back on for so long: more than a transaction may last after writing its row. */
const windowS = 60;
/** A row with a lower id may commit later: of so many ids before the newest it is noticed at once, else by the sweep. */
const lookBackIds = 500n;

/**
 * Ends kept answers under these tags on every edge when the transaction commits. `origin`: the edge that ends its own by
 * itself; told of them again, it would lose what it has kept since.
 */
export async function announcePurge(tx: Db | Tx, tags: readonly string[], origin?: string): Promise<void> {
  if (tags.length === 0) return;
  await sql`insert into runtime.purge (tags, origin) values (${tags}::text[], ${origin ?? null})`.execute(tx);
  await sql`select pg_notify(${channel}, '')`.execute(tx);
}

/** Calls `purge` with tags announced by all others than `origin` until the returned function is called. */
export async function followPurges(
  database: Database,
  purge: (tags: readonly string[]) => void,
  origin?: string,
): Promise<() => Promise<void>> {
  let seen = new Set<bigint>();
  let newest = 0n;
  let reading: Promise<void> | undefined;
  let next: 'none' | 'new' | 'all' = 'none';
  const read = async (what: 'new' | 'all'): Promise<void> => {
    const from = what === 'all' ? sql`` : sql`and id > ${newest - lookBackIds}`;
    const { rows } = await sql<{ id: bigint; tags: string[] }>`
      select id, tags from runtime.purge
      where at > clock_timestamp() - make_interval(secs => ${windowS}) ${from}
        and (origin is null or origin is distinct from ${origin ?? null})`.execute(database.db);
    for (const { id, tags } of rows) {
      if (!seen.has(id)) purge(tags);
      if (id > newest) newest = id;
    }
    const ids = rows.map(({ id }) => id);
    seen = what === 'all' ? new Set(ids) : seen.union(new Set(ids));
  };
  // However many notices come while one is being read, one more reading finds what they told of.
  const look = (what: 'new' | 'all'): void => {
    if (reading !== undefined) {
      if (next !== 'all') next = what;
      return;
    }
    next = 'none';
    reading = read(what)
      // The database being away ends no purge: a later look reads a whole minute back.
      .catch(() => undefined)
      .finally(() => {
        reading = undefined;
        if (next !== 'none') look(next);
      });
  };
  const unlisten = await database.listen(channel, () => look('new'));
  const stop = repeat(sweepMs, () => look('all'));
  return async () => {
    stop();
    await unlisten();
    next = 'none';
    await reading;
  };
}

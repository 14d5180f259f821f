// Purges that were committed with a job, wherever it ran: told by NOTIFY, read from their table, and looked for every few
// seconds in case a notice was lost. A purge that is seen twice costs a kept answer and does no harm.

import { sql } from 'kysely';
import { repeat } from '../../kernel/index.ts';
import type { Database, Tx } from '../../ports/index.ts';

const channel = 'plinth_purge';
const sweepMs = 5_000;
/** Rows are looked back on for so long: more than a transaction may last after writing its row. */
const windowS = 60;

/** Ends kept answers under these tags on every edge when the transaction commits. */
export async function announcePurge(tx: Tx, tags: readonly string[]): Promise<void> {
  if (tags.length === 0) return;
  await sql`insert into runtime.purge (tags) values (${tags}::text[])`.execute(tx);
  await sql`select pg_notify(${channel}, '')`.execute(tx);
}

/** Calls `purge` with tags of jobs of all processes until the returned function is called. */
export async function followPurges(
  database: Database,
  purge: (tags: readonly string[]) => void,
): Promise<() => Promise<void>> {
  let seen = new Set<bigint>();
  let reading = Promise.resolve();
  const read = async (): Promise<void> => {
    const { rows } = await sql<{ id: bigint; tags: string[] }>`
      select id, tags from runtime.purge where at > clock_timestamp() - make_interval(secs => ${windowS})`.execute(
      database.db,
    );
    for (const { id, tags } of rows) if (!seen.has(id)) purge(tags);
    seen = new Set(rows.map(({ id }) => id));
  };
  const wake = (): void => {
    // The database being away ends no purge: the next look reads a whole minute back.
    reading = reading.then(read).catch(() => undefined);
  };
  const unlisten = await database.listen(channel, wake);
  const stop = repeat(sweepMs, wake);
  return async () => {
    stop();
    await unlisten();
    await reading;
  };
}

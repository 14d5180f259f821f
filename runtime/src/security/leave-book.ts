// The rows behind `Leaves`: written by operators, followed by every process.

import { sql } from 'kysely';
import { repeat } from '../kernel/index.ts';
import type { Database, Db } from '../ports/index.ts';
import type { Leave, Leaves } from './leaves.ts';

const channel = 'plinth_leaves';
const sweepMs = 5000;
const mostLeaves = 10_000;

/** Follows the rows until the returned function is called. Rejects when the database does not answer. */
export async function followLeaves(
  database: Database,
  leaves: Leaves,
  onError: (error: unknown) => void,
): Promise<() => Promise<void>> {
  const read = async (): Promise<void> => leaves.replace(await readLeaves(database.db));
  const again = (): void => void read().catch(onError);
  await read();
  const unlisten = await database.listen(channel, again);
  const stop = repeat(sweepMs, again);
  return async () => {
    stop();
    await unlisten();
  };
}

export async function readLeaves(db: Db): Promise<Leave[]> {
  const { rows } = await sql<Leave>`
    select kind, application_id as "applicationId", operation, extract(epoch from until)::float8 * 1000 as "untilMs"
    from runtime.leave where until > clock_timestamp() - interval '1 day' order by until desc limit ${mostLeaves}`.execute(
    db,
  );
  return rows;
}

/** Gives leave, or moves its end. */
export async function giveLeave(db: Db, leave: Omit<Leave, 'untilMs'> & { until: Temporal.Instant }): Promise<void> {
  const { kind, applicationId, operation, until } = leave;
  await sql`
    with written as (
      insert into runtime.leave (kind, application_id, operation, until)
      values (${kind}, ${applicationId}, ${operation}, ${until.toString()})
      on conflict (kind, application_id, operation) do update set until = excluded.until)
    select pg_notify(${channel}, '')`.execute(db);
}

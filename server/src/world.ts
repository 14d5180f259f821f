// Loads the seeded world Northfold into an empty database, once, and proves it with every invariant.

import { type Capability, type Database, fnv1a, seededRandom, worldVersion } from '@plinth/runtime';
import { sql } from 'kysely';

/** Customers of the standard world. */
const customers = 240;

export interface WorldOptions {
  database: Database;
  capabilities: readonly Capability[];
  /** When it is loaded; what is over is told from the first of the month. */
  now: Temporal.Instant;
}

export interface BrokenInvariant {
  name: string;
  /** First rows that should not be there. */
  rows: unknown[];
}

/** Seeds what was never seeded. Returns the number of capabilities seeded now; 0 when all were there. */
export async function seedWorld({ database, capabilities, now }: WorldOptions): Promise<number> {
  const anchor = now.toZonedDateTimeISO('UTC').toPlainDate().with({ day: 1 });
  let seeded = 0;
  for (const { name, seed } of capabilities) {
    if (!seed) continue;
    await database.transaction(async (tx) => {
      const mark = `${name}-${worldVersion}`;
      const fresh =
        await sql`insert into runtime.migration (schema, name) values ('world', ${mark}) on conflict do nothing`.execute(
          tx,
        );
      if (fresh.numAffectedRows !== 1n) return;
      // A stream of its own for each: a change in one leaves the bytes of the others alone.
      await seed(tx, { random: seededRandom(fnv1a(`${worldVersion}/${name}`)), anchor, now, customers });
      seeded += 1;
    });
  }
  return seeded;
}

/** Runs every invariant; an empty list means that all is well. */
export async function audit(
  database: Database,
  capabilities: readonly Capability[],
): Promise<{ checked: number; broken: BrokenInvariant[] }> {
  const broken: BrokenInvariant[] = [];
  let checked = 0;
  for (const invariant of capabilities.flatMap((capability) => capability.invariants ?? [])) {
    checked += 1;
    const { rows } = await sql.raw(`select * from (${invariant.sql}) as found limit 5`).execute(database.db);
    if (rows.length > 0) broken.push({ name: invariant.name, rows });
  }
  return { checked, broken };
}

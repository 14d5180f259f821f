// Deleting what is past its end: in small steps, so that nobody waits for the locks of a large one, and until nothing more
// of it is there, so that a table does not grow however much is written.

import type { RawBuilder } from 'kysely';
import type { Db } from '../ports/index.ts';

/** Rows of one step. */
const stepRows = 1000;
/** What is left over after so many waits for the next sweep. */
const mostSteps = 10_000;

/**
 * Runs a statement that deletes (or ends) at most `most` rows, again and again, until it finds fewer.
 * @returns rows in all
 */
export async function sweep(db: Db, step: (most: number) => RawBuilder<unknown>): Promise<number> {
  let swept = 0;
  for (let n = 0; n < mostSteps; n++) {
    const { numAffectedRows = 0n } = await step(stepRows).execute(db);
    swept += Number(numAffectedRows);
    if (numAffectedRows < BigInt(stepRows)) break;
  }
  return swept;
}

import { workflowOperations } from '@plinth/runtime';
import type { Kysely } from 'kysely';

/** Runs that wait for signals and people, and can be paused. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await workflowOperations('orders').up(db);
}

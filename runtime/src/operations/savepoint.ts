// A savepoint inside the transaction of a write: a final business refusal undoes the handler's rows, keeps the key's.

import { sql } from 'kysely';
import type { Tx } from '../ports/index.ts';

export const savepoint = {
  async set(tx: Tx): Promise<void> {
    await sql`savepoint effect`.execute(tx);
  },
  async back(tx: Tx): Promise<void> {
    await sql`rollback to savepoint effect`.execute(tx);
  },
} as const;

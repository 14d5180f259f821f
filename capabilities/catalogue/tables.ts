import { type Db, inSchema } from '@plinth/runtime';
import type { Generated, Kysely } from 'kysely';

export interface CatalogueTables {
  offerings: {
    id: string;
    sku: string;
    name: string;
    category: string;
    description: string;
    state: 'launched' | 'retired';
    version: Generated<bigint>;
  };
  /** Never edited: the newest row that has begun is in force. */
  prices: { sku: string; amount: bigint; currency: string; startsAt: Temporal.Instant };
}

/** The handle narrowed to this capability's schema. */
export function catalogueDb(db: Db): Kysely<CatalogueTables> {
  return inSchema<CatalogueTables>(db, 'catalogue');
}

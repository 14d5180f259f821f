import { type Db, inSchema } from '@plinth/runtime';
import type { ColumnType, Generated, Kysely } from 'kysely';

export type ReservationState = 'held' | 'confirmed' | 'shipped' | 'released' | 'expired';

/** A line and the hold in the book that keeps it. */
export interface StoredLine {
  sku: string;
  quantity: number;
  hold: string;
}

export interface ReservationRow {
  id: string;
  /** null = the mark of a release that came before its reservation. */
  reference: string | null;
  state: ReservationState;
  lines: StoredLine[];
  expiresAt: Temporal.Instant | null;
  version: bigint;
}

interface InventoryTables {
  reservations: Omit<ReservationRow, 'lines' | 'version'> & {
    /** Written as JSON text, read parsed. */
    lines: ColumnType<StoredLine[], string, string>;
    version: Generated<bigint>;
  };
  ledgerAccount: { code: string; posted: bigint; held: bigint };
}

/** The handle narrowed to this capability's schema. */
export function inventoryDb(db: Db): Kysely<InventoryTables> {
  return inSchema<InventoryTables>(db, 'inventory');
}

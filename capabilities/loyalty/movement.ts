import { toWireId, type WriteContext } from '@plinth/runtime';
import type { Movement, Redemption } from './generated.ts';
import { loyaltyDb, type MovementRow, type RedemptionRow } from './tables.ts';

/** Writes the line a member sees; the same kind and reference twice is one. */
export async function noteMovement(
  ctx: WriteContext,
  movement: Omit<MovementRow, 'id' | 'at'>,
): Promise<MovementRow | undefined> {
  return loyaltyDb(ctx.db)
    .insertInto('movements')
    .values({ ...movement, id: ctx.ids.uuid(), at: ctx.clock.now() })
    .onConflict((conflict) => conflict.columns(['kind', 'reference']).doNothing())
    .returningAll()
    .executeTakeFirst();
}

export function toMovement(row: MovementRow): Movement {
  return {
    id: toWireId('mov', row.id),
    points: Number(row.points),
    kind: row.kind,
    reason: row.reason,
    at: row.at.toString(),
  };
}

export function toRedemption(row: RedemptionRow): Redemption {
  return {
    id: toWireId('rdm', row.id),
    customerId: row.customerId,
    points: Number(row.points),
    state: row.state,
    reference: row.reference,
  };
}

import { fromWireId, problem, reply, type WriteHandler } from '@plinth/runtime';
import { endReservation, lockReservation, toReservation } from '../reservation.ts';
import { inventoryDb } from '../tables.ts';

export const releaseReservation: WriteHandler<'inventory.releaseReservation'> = async (input, ctx) => {
  const id = fromWireId('rsv', input.reservationId);
  if (!id) return problem('not-found');
  // An undo may overtake what it undoes: the mark makes the late reservation fail instead of holding goods for nobody.
  const mark = await inventoryDb(ctx.db)
    .insertInto('reservations')
    .values({ id, reference: null, state: 'released', lines: '[]', expiresAt: null })
    .onConflict((conflict) => conflict.doNothing())
    .returningAll()
    .executeTakeFirst();
  if (mark) return reply(201, toReservation(mark));
  const row = await lockReservation(ctx.db, { id });
  if (!row) return problem('not-found');
  if (row.state === 'shipped') return problem('inventory.reservation-ended', { state: row.state });
  if (row.state === 'released' || row.state === 'expired') return reply(201, toReservation(row));
  return reply(201, toReservation(await endReservation(ctx, row, 'released')));
};

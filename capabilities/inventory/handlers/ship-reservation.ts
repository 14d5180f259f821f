import { fromWireId, problem, reply, type WriteHandler } from '@plinth/runtime';
import { lockReservation, shipGoods, toReservation } from '../reservation.ts';

export const shipReservation: WriteHandler<'inventory.shipReservation'> = async (input, ctx) => {
  const id = fromWireId('rsv', input.reservationId);
  const row = id && (await lockReservation(ctx.db, { id }));
  if (!row) return problem('not-found');
  if (row.state === 'shipped') return reply(201, toReservation(row));
  if (row.state === 'held') return problem('conflicting-state', { currentState: row.state });
  const shipped = row.state === 'confirmed' ? await shipGoods(ctx, row) : undefined;
  return shipped ? reply(201, toReservation(shipped)) : problem('inventory.reservation-ended', { state: row.state });
};

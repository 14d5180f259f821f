import { fromWireId, problem, reply, type WriteHandler } from '@plinth/runtime';
import { holdsOf, lockReservation, setState, toReservation } from '../reservation.ts';
import { book } from '../stock.ts';

export const confirmReservation: WriteHandler<'inventory.confirmReservation'> = async (input, ctx) => {
  const id = fromWireId('rsv', input.reservationId);
  const row = id && (await lockReservation(ctx.db, { id }));
  if (!row) return problem('not-found');
  if (row.state === 'confirmed') return reply(201, toReservation(row));
  if (row.state !== 'held') return problem('inventory.reservation-ended', { state: row.state });
  const kept = await book.keep(ctx, holdsOf(row));
  if (!kept.ok) return problem('inventory.reservation-ended', { state: kept.state });
  return reply(201, toReservation(await setState(ctx.db, row, 'confirmed', { expiresAt: null })));
};

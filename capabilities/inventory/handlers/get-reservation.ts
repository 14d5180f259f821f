import { problem, type ReadHandler, reply } from '@plinth/runtime';
import { findReservation, toReservation } from '../reservation.ts';

export const getReservation: ReadHandler<'inventory.getReservation'> = async (input, ctx) => {
  const row = await findReservation(ctx.db, input.reservationId);
  return row ? reply(200, toReservation(row)) : problem('not-found');
};

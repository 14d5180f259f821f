import type { PlinthEvent, ReactionContext } from '@plinth/runtime';
import { lockReservation, shipGoods } from '../reservation.ts';

/** An order was sent: its goods leave the shelf. Reservations of orders carry the order's id as reference. */
export async function shipOrder(event: PlinthEvent<{ id: string }>, ctx: ReactionContext): Promise<void> {
  const row = await lockReservation(ctx.db, { reference: event.data.id });
  if (row?.state === 'shipped') return;
  const isOpen = row?.state === 'held' || row?.state === 'confirmed';
  const shipped = isOpen ? await shipGoods(ctx, row) : undefined;
  if (!shipped) ctx.log.warn('an order was sent without reserved goods', { id: event.data.id, state: row?.state });
}

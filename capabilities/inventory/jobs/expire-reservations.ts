import type { Job } from '@plinth/runtime';
import { endReservation, lockReservation } from '../reservation.ts';
import { inventoryDb } from '../tables.ts';

/** Reservations of one run; the next run takes the rest. */
const most = 200;

/** Gives back what nobody confirmed in time, each in a transaction of its own. */
export const expireReservations: Job = {
  name: 'inventory.expire-reservations',
  everyS: 5,
  async run(_data, ctx) {
    const due = await inventoryDb(ctx.db)
      .selectFrom('reservations')
      .select('id')
      .where('state', '=', 'held')
      .where('expiresAt', '<=', ctx.clock.now())
      .orderBy('expiresAt')
      .limit(most)
      .execute();
    for (const { id } of due) {
      try {
        await ctx.transaction(async (tx) => {
          const row = await lockReservation(tx.db, { id });
          // A confirmation may have won in the meantime.
          if (row?.state === 'held') await endReservation(tx, row, 'expired');
        });
      } catch (error) {
        // One that cannot be ended must not keep the others' goods.
        ctx.log.error('a reservation outlives its time', { id, error: String(error) });
      }
    }
  },
};

import { fromWireId, problem, reply, type WriteHandler } from '@plinth/runtime';
import { sql } from 'kysely';
import { findOffering } from '../offering.ts';
import { catalogueDb } from '../tables.ts';

/** Retiring twice is the same wish. */
export const retireOffering: WriteHandler<'catalogue.retireOffering'> = async (input, ctx) => {
  const id = fromWireId('off', input.offeringId);
  if (!id) return problem('not-found');
  const changed = await catalogueDb(ctx.db)
    .updateTable('offerings')
    .set({ state: 'retired', version: sql`version + 1` })
    .where('id', '=', id)
    .where('state', '=', 'launched')
    .executeTakeFirst();
  const offering = await findOffering(ctx.db, input.offeringId, ctx.clock.now());
  if (!offering) return problem('not-found');
  if (changed.numUpdatedRows === 1n) ctx.emit('offering.retired', { subject: offering.id, data: offering });
  return reply(201, offering);
};

import { fromWire, problem, reply, type WriteHandler } from '@plinth/runtime';
import { sql } from 'kysely';
import { findOffering } from '../offering.ts';
import { catalogueDb } from '../tables.ts';

export const createPrice: WriteHandler<'catalogue.createPrice'> = async (input, ctx) => {
  const { sku, price } = input.body;
  const now = ctx.clock.now();
  const known = await findOffering(ctx.db, sku, now);
  if (!known) return problem('not-found');
  await catalogueDb(ctx.db)
    .insertInto('prices')
    .values({ sku, ...fromWire(price), startsAt: now })
    .onConflict((conflict) => conflict.columns(['sku', 'startsAt']).doUpdateSet(fromWire(price)))
    .execute();
  // The price is part of what is read, so the version that stands in its ETag must move with it.
  const { version } = await catalogueDb(ctx.db)
    .updateTable('offerings')
    .set({ version: sql`version + 1` })
    .where('sku', '=', known.sku)
    .returning('version')
    .executeTakeFirstOrThrow();
  const offering = { ...known, price, version: Number(version) };
  ctx.emit('price.changed', { subject: known.id, data: offering });
  return reply(201, offering);
};

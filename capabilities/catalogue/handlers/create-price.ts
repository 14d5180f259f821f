import { fromWire, problem, reply, type WriteHandler } from '@plinth/runtime';
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
  const offering = { ...known, price };
  ctx.emit('price.changed', { subject: known.id, data: offering });
  return reply(201, offering);
};

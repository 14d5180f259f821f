import { fromWire, problem, reply, toWireId, type WriteHandler } from '@plinth/runtime';
import { findOffering } from '../offering.ts';
import { catalogueDb } from '../tables.ts';

export const createOffering: WriteHandler<'catalogue.createOffering'> = async (input, ctx) => {
  const { sku, name, category, description = '', price } = input.body;
  const id = ctx.ids.uuid();
  const now = ctx.clock.now();
  const inserted = await catalogueDb(ctx.db)
    .insertInto('offerings')
    .values({ id, sku, name, category, description, state: 'launched' })
    .onConflict((conflict) => conflict.column('sku').doNothing())
    .executeTakeFirst();
  if (inserted.numInsertedOrUpdatedRows !== 1n) return problem('catalogue.sku-taken', { sku });
  await catalogueDb(ctx.db)
    .insertInto('prices')
    .values({ sku, ...fromWire(price), startsAt: now })
    .execute();
  const offering = await findOffering(ctx.db, toWireId('off', id), now);
  if (!offering) return problem('not-found');
  ctx.emit('offering.published', { subject: offering.id, data: offering });
  return reply(201, offering);
};

import { type ReadHandler, reply } from '@plinth/runtime';
import { availabilityOf } from '../stock.ts';

export const checkAvailability: ReadHandler<'inventory.checkAvailability'> = async (input, ctx) =>
  reply(200, { items: await availabilityOf(ctx.db, input.body.skus) });

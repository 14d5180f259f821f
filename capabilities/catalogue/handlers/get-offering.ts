import { problem, type ReadHandler, reply } from '@plinth/runtime';
import { findOffering } from '../offering.ts';

export const getOffering: ReadHandler<'catalogue.getOffering'> = async (input, ctx) => {
  const offering = await findOffering(ctx.db, input.offeringId, ctx.clock.now());
  return offering ? reply(200, offering) : problem('not-found');
};

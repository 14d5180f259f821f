import { fromWireId, problem, reply, webhooks, type WriteHandler } from '@plinth/runtime';
import { toDelivery } from '../shapes.ts';

/** The same delivery with all its attempts, begun at once. Receivers know it by its id. */
export const replayDelivery: WriteHandler<'partners.replayDelivery'> = async (input, ctx) => {
  const id = fromWireId('dlv', input.deliveryId);
  if (id === undefined) return problem('not-found');
  const [row] = await webhooks.replayDeliveries(ctx.db, { id }, ctx.clock.now());
  return row ? reply(201, toDelivery(row)) : problem('conflicting-state');
};

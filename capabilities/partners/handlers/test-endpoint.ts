import { assert, problem, reply, type WriteHandler } from '@plinth/runtime';
import { findEndpoint, sendEvent } from '../endpoint.ts';
import { toDelivery } from '../shapes.ts';

/** Only where something is sent at all. */
export const testEndpoint: WriteHandler<'partners.testEndpoint'> = async (input, ctx) => {
  const endpoint = await findEndpoint(ctx.db, input.endpointId);
  if (!endpoint) return problem('not-found');
  if (endpoint.target.state !== 'active') return problem('conflicting-state', { currentState: endpoint.target.state });
  const delivery = await sendEvent(ctx, endpoint.id, {
    event: {
      id: ctx.ids.uuid(),
      type: 'test.sent',
      source: '/partners',
      subject: input.endpointId,
      time: ctx.clock.now().toString(),
      data: { hello: 'from Northfold' },
    },
  });
  assert(delivery !== undefined, 'an event with a new id is on its way nowhere');
  return reply(201, toDelivery(delivery));
};

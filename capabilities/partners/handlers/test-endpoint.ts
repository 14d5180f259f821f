import { fromWireId, problem, reply, type WriteHandler } from '@plinth/runtime';
import { cloudEvent, enqueueDelivery } from '../delivery.ts';
import { toDelivery } from '../shapes.ts';
import { partnersDb } from '../tables.ts';

export const testEndpoint: WriteHandler<'partners.testEndpoint'> = async (input, ctx) => {
  const endpointId = fromWireId('whe', input.endpointId);
  if (endpointId === undefined) return problem('not-found');
  const endpoint = await partnersDb(ctx.db)
    .selectFrom('endpoints')
    .selectAll()
    .where('id', '=', endpointId)
    .executeTakeFirst();
  if (!endpoint) return problem('not-found');
  const id = ctx.ids.uuid();
  const payload = cloudEvent({
    id,
    type: 'test.sent',
    source: '/partners',
    subject: input.endpointId,
    time: ctx.clock.now().toString(),
    data: { hello: 'from Northfold' },
  });
  const row = await enqueueDelivery(ctx, endpoint, { id, type: 'test.sent', payload });
  return row ? reply(201, toDelivery(row)) : problem('not-found');
};

import { fromWireId, pageOf, problem, type ReadHandler, readCursor, reply, webhooks } from '@plinth/runtime';
import { appsOf } from '../endpoint.ts';
import { toDelivery } from '../shapes.ts';

/** Of a partner: everything that is sent for its applications, callbacks included. */
export const listDeliveries: ReadHandler<'partners.listDeliveries'> = async (input, ctx) => {
  const limit = input.limit ?? 25;
  const { endpointId, state, eventType, from, until } = input;
  const filters = { endpointId, state, eventType, from, until };
  const after = readCursor(input.cursor, filters, ['instant', 'uuid']);
  if (after === 'bad') return problem('invalid-parameter', { parameter: 'cursor' });
  const targetId = endpointId === undefined ? undefined : fromWireId('whe', endpointId);
  if (endpointId !== undefined && targetId === undefined) return reply(200, { items: [], next: null });
  const owners = ctx.owner === undefined ? undefined : await appsOf(ctx.db, ctx.owner);
  const rows = await webhooks.listDeliveries(
    ctx.db,
    { targetId, owners, state, eventType, from, until },
    { limit: limit + 1, after: after && [String(after[0]), String(after[1])] },
  );
  const page = pageOf(rows, limit, (row) => [row.createdAt.toString(), row.id], filters);
  return reply(200, { items: page.items.map(toDelivery), next: page.next });
};

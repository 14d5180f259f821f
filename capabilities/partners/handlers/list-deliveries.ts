import { fromWireId, pageOf, problem, type ReadHandler, readCursor, reply } from '@plinth/runtime';
import { sql } from 'kysely';
import { toDelivery } from '../shapes.ts';
import { partnersDb } from '../tables.ts';

export const listDeliveries: ReadHandler<'partners.listDeliveries'> = async (input, ctx) => {
  const limit = input.limit ?? 25;
  const filters = { endpointId: input.endpointId };
  const after = readCursor(input.cursor, filters, ['instant', 'uuid']);
  if (after === 'bad') return problem('invalid-parameter', { parameter: 'cursor' });
  let query = partnersDb(ctx.db)
    .selectFrom('deliveries')
    .selectAll()
    .orderBy('createdAt', 'desc')
    .orderBy('id', 'desc');
  if (ctx.owner !== undefined) query = query.where('partnerId', '=', ctx.owner);
  if (input.endpointId)
    query = query.where(
      'endpointId',
      '=',
      fromWireId('whe', input.endpointId) ?? '00000000-0000-0000-0000-000000000000',
    );
  if (after) query = query.where(sql<boolean>`(created_at, id) < (${after[0]}::timestamptz, ${after[1]}::uuid)`);
  const rows = await query.limit(limit + 1).execute();
  const page = pageOf(rows, limit, (row) => [row.createdAt.toString(), row.id], filters);
  return reply(200, { items: page.items.map(toDelivery), next: page.next });
};

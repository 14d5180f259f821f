import { pageOf, problem, type ReadHandler, readCursor, reply } from '@plinth/runtime';
import { levelOf, stockOf } from '../stock.ts';
import { inventoryDb } from '../tables.ts';

export const listStock: ReadHandler<'inventory.listStock'> = async (input, ctx) => {
  const limit = input.limit ?? 25;
  const filters = { sku: input.sku };
  const after = readCursor(input.cursor, filters, ['text']);
  if (after === 'bad') return problem('invalid-parameter', { parameter: 'cursor' });
  let query = inventoryDb(ctx.db)
    .selectFrom('ledgerAccount')
    .select(['code', 'posted', 'held'])
    .where('code', 'like', 'stock:%')
    .orderBy('code');
  if (input.sku) query = query.where('code', '=', stockOf(input.sku));
  if (after) query = query.where('code', '>', stockOf(String(after[0])));
  const rows = await query.limit(limit + 1).execute();
  return reply(
    200,
    pageOf(rows.map(levelOf), limit, (level) => [level.sku], filters),
  );
};

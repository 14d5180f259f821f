import { pageOf, problem, type ReadHandler, readCursor, reply } from '@plinth/runtime';
import { findOfferings, toOffering } from '../offering.ts';

export const listOfferings: ReadHandler<'catalogue.listOfferings'> = async (input, ctx) => {
  const limit = input.limit ?? 25;
  const filters = { q: input.q, category: input.category };
  const after = readCursor(input.cursor, filters, ['text', 'uuid']);
  if (after === 'bad') return problem('invalid-parameter', { parameter: 'cursor' });
  const rows = await findOfferings(
    ctx.db,
    { ...filters, launchedOnly: true, limit: limit + 1, ...(after ? { after } : {}) },
    ctx.clock.now(),
  );
  const page = pageOf(rows, limit, (row) => [row.name, row.id], filters);
  return reply(200, { items: page.items.map(toOffering), next: page.next });
};

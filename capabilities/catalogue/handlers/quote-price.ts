import { problem, type ReadHandler, reply } from '@plinth/runtime';
import { findOfferings, quote } from '../offering.ts';

export const quotePrice: ReadHandler<'catalogue.quotePrice'> = async (input, ctx) => {
  const { lines } = input.body;
  const rows = await findOfferings(ctx.db, { sku: lines.map((line) => line.sku) }, ctx.clock.now());
  const result = quote(lines, new Map(rows.map((row) => [row.sku, row])));
  return 'unknown' in result ? problem('catalogue.unknown-offering', { sku: result.unknown }) : reply(200, result);
};

import { pageOf, problem, type ReadHandler, readCursor, reply } from '@plinth/runtime';
import { findAccount } from '../rows.ts';
import { accountsDb } from '../tables.ts';
import { toTransaction } from '../wire.ts';

export const listTransactions: ReadHandler<'accounts.listTransactions'> = async (input, ctx) => {
  const { limit = 25, kind, fromDate, untilDate } = input;
  const filters = { account: input.accountId, kind, fromDate, untilDate };
  const after = readCursor(input.cursor, filters, ['bigint']);
  if (after === 'bad') return problem('invalid-parameter', { parameter: 'cursor' });
  const account = await findAccount(ctx.db, input.accountId);
  if (!account) return problem('not-found');
  let query = accountsDb(ctx.db)
    .selectFrom('transactions')
    .selectAll()
    .where('account', '=', account.id)
    .orderBy('seq', 'desc');
  if (kind) query = query.where('kind', '=', kind);
  if (fromDate) query = query.where('bookedAt', '>=', startOf(fromDate));
  if (untilDate) query = query.where('bookedAt', '<', startOf(untilDate, 1));
  if (after) query = query.where('seq', '<', BigInt(after[0] ?? 0));
  const rows = await query.limit(limit + 1).execute();
  const page = pageOf(rows, limit, (row) => [String(row.seq)], filters);
  return reply(200, { ...page, items: page.items.map((row) => toTransaction(row, account.currency)) });
};

/** First instant of a day (UTC), or of the one `days` later. */
function startOf(date: string, days = 0): Temporal.Instant {
  return Temporal.PlainDate.from(date).add({ days }).toZonedDateTime('UTC').toInstant();
}

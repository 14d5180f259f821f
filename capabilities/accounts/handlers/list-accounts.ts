import { fromWireId, pageOf, problem, type ReadHandler, readCursor, reply } from '@plinth/runtime';
import { sql } from 'kysely';
import { selectAccounts } from '../rows.ts';
import { toAccount } from '../wire.ts';

export const listAccounts: ReadHandler<'accounts.listAccounts'> = async (input, ctx) => {
  const limit = input.limit ?? 25;
  // A customer's list is filtered by the owner, whatever customerId says.
  const customerId = ctx.owner ?? input.customerId;
  const after = readCursor(input.cursor, { customerId }, ['instant', 'id:acc']);
  if (after === 'bad') return problem('invalid-parameter', { parameter: 'cursor' });
  let query = selectAccounts(ctx.db).orderBy('accounts.openedAt').orderBy('accounts.id');
  if (customerId) query = query.where('accounts.customerId', '=', customerId);
  if (after) {
    const id = fromWireId('acc', String(after[1])) ?? null;
    query = query.where(sql<boolean>`(accounts.opened_at, accounts.id) > (${after[0]}::timestamptz, ${id}::uuid)`);
  }
  const rows = await query.limit(limit + 1).execute();
  return reply(
    200,
    pageOf(rows.map(toAccount), limit, (account) => [account.openedAt, account.id], { customerId }),
  );
};

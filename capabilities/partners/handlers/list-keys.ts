import { fromWireId, problem, type ReadHandler, reply } from '@plinth/runtime';
import { toKey } from '../shapes.ts';
import { partnersDb } from '../tables.ts';

export const listKeys: ReadHandler<'partners.listKeys'> = async (input, ctx) => {
  const appId = fromWireId('app', input.appId);
  if (appId === undefined) return problem('not-found');
  const db = partnersDb(ctx.db);
  const app = await db.selectFrom('apps').selectAll().where('id', '=', appId).executeTakeFirst();
  if (!app) return problem('not-found');
  const rows = await db
    .selectFrom('keys')
    .selectAll()
    .where('appId', '=', appId)
    .orderBy('createdAt', 'desc')
    .limit(input.limit ?? 25)
    .execute();
  return reply(200, { items: rows.map((row) => toKey(row, app)), next: null });
};

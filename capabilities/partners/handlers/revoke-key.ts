import { fromWireId, problem, reply, type WriteHandler } from '@plinth/runtime';
import { toKey } from '../shapes.ts';
import { partnersDb } from '../tables.ts';

/** Revoking twice is the same wish, and one fact. */
export const revokeKey: WriteHandler<'partners.revokeKey'> = async (input, ctx) => {
  const [id, appId] = [fromWireId('key', input.keyId), fromWireId('app', input.appId)];
  if (id === undefined || appId === undefined) return problem('not-found');
  const db = partnersDb(ctx.db);
  const app = await db.selectFrom('apps').selectAll().where('id', '=', appId).executeTakeFirst();
  const row = await db
    .selectFrom('keys')
    .selectAll()
    .where('id', '=', id)
    .where('appId', '=', appId)
    .forUpdate()
    .executeTakeFirst();
  if (!row || !app) return problem('not-found');
  if (row.state === 'live') {
    await db.updateTable('keys').set({ state: 'revoked' }).where('id', '=', id).execute();
    const { keyId } = input;
    ctx.emit('key.revoked', { subject: keyId, data: { keyId, appId: input.appId, partnerId: app.partnerId } });
  }
  return reply(200, toKey({ ...row, state: 'revoked' }, app));
};

import { fromWireId, problem, reply, type WriteHandler } from '@plinth/runtime';
import { toKey } from '../shapes.ts';
import { partnersDb } from '../tables.ts';

/** Revoking twice is the same wish. */
export const revokeKey: WriteHandler<'partners.revokeKey'> = async (input, ctx) => {
  const [id, appId] = [fromWireId('key', input.keyId), fromWireId('app', input.appId)];
  if (id === undefined || appId === undefined) return problem('not-found');
  const row = await partnersDb(ctx.db)
    .updateTable('keys')
    .set({ state: 'revoked' })
    .where('id', '=', id)
    .where('appId', '=', appId)
    .returningAll()
    .executeTakeFirst();
  if (!row) return problem('not-found');
  ctx.emit('key.revoked', { subject: input.keyId, data: { keyId: input.keyId, appId: input.appId } });
  return reply(200, toKey(row));
};

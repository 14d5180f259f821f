import { fromWireId, problem, reply, type WriteHandler } from '@plinth/runtime';
import { toKey } from '../shapes.ts';
import { partnersDb } from '../tables.ts';

/** Revoking twice is the same wish. */
export const revokeKey: WriteHandler<'partners.revokeKey'> = async (input, ctx) => {
  const row = await partnersDb(ctx.db)
    .updateTable('keys')
    .set({ state: 'revoked' })
    .where('id', '=', fromWireId('key', input.keyId) ?? '00000000-0000-0000-0000-000000000000')
    .where('appId', '=', fromWireId('app', input.appId) ?? '')
    .returningAll()
    .executeTakeFirst();
  if (!row) return problem('not-found');
  ctx.emit('key.revoked', { subject: input.keyId, data: { keyId: input.keyId, appId: input.appId } });
  return reply(200, toKey(row));
};

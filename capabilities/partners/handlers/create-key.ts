import { fromWireId, newApiKey, problem, reply, toWireId, type WriteHandler } from '@plinth/runtime';
import { toKey } from '../shapes.ts';
import { partnersDb } from '../tables.ts';

/** Two live keys at most: one in use, one to change over to. */
const liveKeys = 2;

export const createKey: WriteHandler<'partners.createKey'> = async (input, ctx) => {
  const appId = fromWireId('app', input.appId);
  if (appId === undefined) return problem('not-found');
  const db = partnersDb(ctx.db);
  const app = await db.selectFrom('apps').selectAll().where('id', '=', appId).forUpdate().executeTakeFirst();
  if (!app) return problem('not-found');
  const live = await db
    .selectFrom('keys')
    .select('id')
    .where('appId', '=', appId)
    .where('state', '=', 'live')
    .execute();
  if (live.length >= liveKeys) return problem('partners.too-many-keys');
  const id = ctx.ids.uuid();
  const made = newApiKey(app.state === 'production' ? 'live' : 'test', id.replaceAll('-', '').slice(-16));
  const row = await db
    .insertInto('keys')
    .values({
      id,
      appId,
      keyId: made.id,
      secretHash: made.secretHash,
      hint: made.text.slice(0, 16),
      state: 'live',
      createdAt: ctx.clock.now(),
    })
    .returningAll()
    .executeTakeFirstOrThrow();
  ctx.emit('key.created', { subject: toWireId('key', id), data: { keyId: toWireId('key', id), appId: input.appId } });
  return reply(201, { ...toKey(row), secret: made.text });
};

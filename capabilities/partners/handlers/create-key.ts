import { fromWireId, newApiKey, problem, reply, toWireId, type WriteHandler } from '@plinth/runtime';
import { liveKeys, termsOf } from '../key.ts';
import { toKey } from '../shapes.ts';
import { partnersDb } from '../tables.ts';

export const createKey: WriteHandler<'partners.createKey'> = async (input, ctx) => {
  const appId = fromWireId('app', input.appId);
  if (appId === undefined) return problem('not-found');
  const db = partnersDb(ctx.db);
  const app = await db.selectFrom('apps').selectAll().where('id', '=', appId).forUpdate().executeTakeFirst();
  if (!app) return problem('not-found');
  if (app.suspendedSince !== null) return problem('conflicting-state', { currentState: 'suspended' });
  const now = ctx.clock.now();
  const terms = termsOf(input.body ?? {}, app, now);
  if (!terms.ok) return problem('partners.key-refused', { reason: terms.reason });
  const live = await db
    .selectFrom('keys')
    .select('id')
    .where('appId', '=', appId)
    .where('state', '=', 'live')
    .where((where) => where.or([where('expiresAt', 'is', null), where('expiresAt', '>', now)]))
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
      createdAt: now,
      ...terms.value,
    })
    .returningAll()
    .executeTakeFirstOrThrow();
  const keyId = toWireId('key', id);
  ctx.emit('key.created', { subject: keyId, data: { keyId, appId: input.appId, partnerId: app.partnerId } });
  return reply(201, { ...toKey(row, app), secret: made.text });
};

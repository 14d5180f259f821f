import { problem, reply, toWireId, type WriteHandler } from '@plinth/runtime';
import { toApp } from '../shapes.ts';
import { partnersDb } from '../tables.ts';

export const createApp: WriteHandler<'partners.createApp'> = async (input, ctx) => {
  const { partnerId } = ctx.principal;
  if (!partnerId) return problem('not-yours');
  const row = await partnersDb(ctx.db)
    .insertInto('apps')
    .values({
      id: ctx.ids.uuid(),
      partnerId,
      name: input.body.name,
      state: 'sandbox',
      scopes: [...new Set(input.body.scopes)],
      createdAt: ctx.clock.now(),
    })
    .returningAll()
    .executeTakeFirstOrThrow();
  const app = toApp(row);
  ctx.emit('app.created', { subject: toWireId('app', row.id), data: app });
  return reply(201, app);
};

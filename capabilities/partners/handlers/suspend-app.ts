import { fromWireId, problem, reply, webhooks, type WriteHandler } from '@plinth/runtime';
import { toAppStanding } from '../shapes.ts';
import { partnersDb } from '../tables.ts';

/** One that is suspended already stays so for the reason given first. */
export const suspendApp: WriteHandler<'partners.suspendApp'> = async (input, ctx) => {
  const id = fromWireId('app', input.appId);
  if (id === undefined) return problem('not-found');
  const db = partnersDb(ctx.db);
  const row = await db.selectFrom('apps').selectAll().where('id', '=', id).forUpdate().executeTakeFirst();
  if (!row) return problem('not-found');
  const { suspendedSince, suspendedBecause } = row;
  if (suspendedSince !== null)
    return reply(
      201,
      toAppStanding(row, { state: 'suspended', reason: suspendedBecause ?? '', since: suspendedSince }),
    );
  const { reason } = input.body;
  const since = ctx.clock.now();
  await db.updateTable('apps').set({ suspendedSince: since, suspendedBecause: reason }).where('id', '=', id).execute();
  await webhooks.holdTargets(ctx.db, [input.appId]);
  const standing = toAppStanding(row, { state: 'suspended', reason, since });
  ctx.emit('app.suspended', { subject: input.appId, data: standing });
  return reply(201, standing);
};

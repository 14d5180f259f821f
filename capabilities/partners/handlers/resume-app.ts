import { fromWireId, problem, reply, webhooks, type WriteHandler } from '@plinth/runtime';
import { toApp, toAppStanding } from '../shapes.ts';
import { isShutOut, partnersDb } from '../tables.ts';

/** Its webhooks wait on while its partner is shut out. */
export const resumeApp: WriteHandler<'partners.resumeApp'> = async (input, ctx) => {
  const id = fromWireId('app', input.appId);
  if (id === undefined) return problem('not-found');
  const db = partnersDb(ctx.db);
  const row = await db.selectFrom('apps').selectAll().where('id', '=', id).forUpdate().executeTakeFirst();
  if (!row) return problem('not-found');
  if (row.suspendedSince === null) return problem('conflicting-state', { currentState: toApp(row).state });
  await db.updateTable('apps').set({ suspendedSince: null, suspendedBecause: null }).where('id', '=', id).execute();
  if (!(await isShutOut(ctx.db, id))) await webhooks.freeTargets(ctx.db, [input.appId]);
  const standing = toAppStanding(row, { state: 'active', reason: input.body.reason, since: ctx.clock.now() });
  ctx.emit('app.resumed', { subject: input.appId, data: standing });
  return reply(201, standing);
};

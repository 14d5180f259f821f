import { problem, reply, webhooks, type WriteHandler } from '@plinth/runtime';
import { lockApplications, partnersDb } from '../tables.ts';

export const resumePartner: WriteHandler<'partners.resumePartner'> = async (input, ctx) => {
  const { partnerId, body } = input;
  const row = await partnersDb(ctx.db)
    .deleteFrom('suspensions')
    .where('partnerId', '=', partnerId)
    .returning('partnerId')
    .executeTakeFirst();
  if (row === undefined) return problem('conflicting-state', { currentState: 'active' });
  await webhooks.freeTargets(ctx.db, await lockApplications(ctx.db, partnerId, { letIn: true }));
  const since = ctx.clock.now().toString();
  const standing = { partnerId, state: 'active', reason: body.reason, since } as const;
  ctx.emit('partner.resumed', { subject: partnerId, data: standing });
  return reply(201, standing);
};

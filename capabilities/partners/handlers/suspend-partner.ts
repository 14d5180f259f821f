import { reply, webhooks, type WriteHandler } from '@plinth/runtime';
import { lockApplications, partnersDb } from '../tables.ts';

/** Who is suspended already stays so for the reason given first. */
export const suspendPartner: WriteHandler<'partners.suspendPartner'> = async (input, ctx) => {
  const { partnerId, body } = input;
  const db = partnersDb(ctx.db);
  const since = ctx.clock.now();
  const made = await db
    .insertInto('suspensions')
    .values({ partnerId, reason: body.reason, since })
    .onConflict((conflict) => conflict.column('partnerId').doNothing())
    .returningAll()
    .executeTakeFirst();
  const row =
    made ??
    (await db.selectFrom('suspensions').selectAll().where('partnerId', '=', partnerId).executeTakeFirstOrThrow());
  const standing = { partnerId, state: 'suspended', reason: row.reason, since: row.since.toString() } as const;
  if (made !== undefined) {
    await webhooks.holdTargets(ctx.db, await lockApplications(ctx.db, partnerId));
    ctx.emit('partner.suspended', { subject: partnerId, data: standing });
  }
  return reply(201, standing);
};

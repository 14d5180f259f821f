import { type ReadHandler, reply } from '@plinth/runtime';
import { sql } from 'kysely';
import { balanceOf, owedBy, tierOf } from '../points.ts';
import { loyaltyDb } from '../tables.ts';

/** Everybody is a member; whoever never earned a point has none. */
export const getMember: ReadHandler<'loyalty.getMember'> = async (input, ctx) => {
  const customerId = input.customerId === 'me' ? (ctx.principal.customerId ?? input.customerId) : input.customerId;
  const { posted, held } = await balanceOf(ctx.db, customerId);
  const earned = await loyaltyDb(ctx.db)
    .selectFrom('movements')
    .select(sql<string>`coalesce(sum(points), 0)::text`.as('sum'))
    .where('customerId', '=', customerId)
    .where('kind', 'in', ['earned', 'reversed', 'repaid'])
    .executeTakeFirstOrThrow();
  const owed = Number(await owedBy(ctx.db, customerId));
  const { tier, toNext } = tierOf(Number(earned.sum) - owed);
  return reply(200, {
    customerId,
    points: posted - held,
    heldPoints: held,
    owedPoints: owed,
    tier,
    pointsToNextTier: toNext,
  });
};

import type { PlinthEvent, ReactionContext, WireMoney } from '@plinth/runtime';
import { accrue, reverseAccrual } from '../accrual.ts';
import { pointsFor } from '../points.ts';
import { loyaltyDb } from '../tables.ts';

interface OrderFact {
  number: string;
  paidByCard: WireMoney;
}

/** An order placed earns points for what the card paid. */
export async function onOrderPlaced(event: PlinthEvent<OrderFact>, ctx: ReactionContext): Promise<void> {
  const points = pointsFor(event.data.paidByCard.amount);
  if (event.customerId === undefined || points === 0) return;
  await accrue(ctx, {
    customerId: event.customerId,
    points,
    reference: event.subject,
    reason: `Order ${event.data.number}`,
  });
}

/** An order cancelled takes back exactly what it earned. */
export async function onOrderCancelled(event: PlinthEvent<OrderFact>, ctx: ReactionContext): Promise<void> {
  const earned = await loyaltyDb(ctx.db)
    .selectFrom('movements')
    .selectAll()
    .where('kind', '=', 'earned')
    .where('reference', '=', event.subject)
    .executeTakeFirst();
  if (earned) await reverseAccrual(ctx, earned, `Order ${event.data.number} cancelled`);
}

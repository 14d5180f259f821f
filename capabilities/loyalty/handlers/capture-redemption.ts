import { fromWireId, problem, reply, type WriteHandler } from '@plinth/runtime';
import { noteMovement, toRedemption } from '../movement.ts';
import { book } from '../points.ts';
import { loyaltyDb } from '../tables.ts';

export const captureRedemption: WriteHandler<'loyalty.captureRedemption'> = async (input, ctx) => {
  const id = fromWireId('rdm', input.redemptionId);
  if (id === undefined) return problem('not-found');
  const db = loyaltyDb(ctx.db);
  const row = await db.selectFrom('redemptions').selectAll().where('id', '=', id).forUpdate().executeTakeFirst();
  if (!row) return problem('not-found');
  if (row.state === 'captured') return reply(201, toRedemption(row));
  if (row.state !== 'held' || !row.hold) return problem('loyalty.redemption-ended', { state: row.state });
  const spent = await book.capture(ctx, {
    kind: 'redemption',
    reference: input.redemptionId,
    holds: [{ id: row.hold, to: 'house:spent' }],
  });
  if (!spent.ok) return problem('loyalty.redemption-ended', { state: row.state });
  const captured = await db
    .updateTable('redemptions')
    .set({ state: 'captured' })
    .where('id', '=', row.id)
    .returningAll()
    .executeTakeFirstOrThrow();
  await noteMovement(ctx, {
    customerId: row.customerId,
    points: -row.points,
    kind: 'redeemed',
    reason: `Paid for order`,
    reference: input.redemptionId,
  });
  ctx.emit('points.redeemed', {
    subject: `${row.customerId}/points`,
    customerId: row.customerId,
    data: toRedemption(captured),
  });
  return reply(201, toRedemption(captured));
};

import { fromWireId, problem, reply, type WriteHandler } from '@plinth/runtime';
import { assert } from '@plinth/runtime/kernel';
import { noteMovement, toRedemption } from '../movement.ts';
import { book } from '../points.ts';
import { loyaltyDb, type RedemptionRow } from '../tables.ts';

/** Gives points back, held or spent. An unknown id leaves a mark, so that a late redemption with it is refused. */
export const releaseRedemption: WriteHandler<'loyalty.releaseRedemption'> = async (input, ctx) => {
  const id = fromWireId('rdm', input.redemptionId);
  if (!id) return problem('not-found');
  const db = loyaltyDb(ctx.db);
  const mark: RedemptionRow = { id, customerId: '', points: 0n, state: 'released', reference: '', hold: null };
  await db
    .insertInto('redemptions')
    .values(mark)
    .onConflict((conflict) => conflict.column('id').doNothing())
    .execute();
  const row = await db.selectFrom('redemptions').selectAll().where('id', '=', id).forUpdate().executeTakeFirstOrThrow();
  if (row.state === 'released') return reply(201, toRedemption(row));
  const { customerId, points } = row;
  if (row.state === 'held' && row.hold) {
    const freed = await book.release(ctx, [row.hold]);
    assert(freed.ok, 'a held redemption has an open hold');
  } else {
    const back = await book.post(ctx, {
      kind: 'redemption-return',
      reference: input.redemptionId,
      moves: [{ from: 'house:spent', to: `member:${customerId}`, amount: points }],
    });
    assert(back.ok, 'spent points can always be given back');
    await noteMovement(ctx, {
      customerId,
      points,
      kind: 'returned',
      reason: 'Given back',
      reference: input.redemptionId,
    });
  }
  const released = await db
    .updateTable('redemptions')
    .set({ state: 'released' })
    .where('id', '=', id)
    .returningAll()
    .executeTakeFirstOrThrow();
  ctx.emit('points.returned', { subject: `${customerId}/points`, customerId, data: toRedemption(released) });
  return reply(201, toRedemption(released));
};

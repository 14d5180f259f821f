import { fromWireId, problem, reply, type WriteHandler } from '@plinth/runtime';
import { assert } from '@plinth/runtime/kernel';
import { toRedemption } from '../movement.ts';
import { balanceOf, book, ensureMember } from '../points.ts';
import { loyaltyDb } from '../tables.ts';

/** Points are held, not yet spent; an id that was given up before it arrived is refused. */
export const redeemPoints: WriteHandler<'loyalty.redeemPoints'> = async (input, ctx) => {
  const { customerId, points, reference } = input.body;
  const id = input.body.id === undefined ? ctx.ids.uuid() : fromWireId('rdm', input.body.id);
  assert(id, 'the contract says how ids look');
  const db = loyaltyDb(ctx.db);
  const known = await db.selectFrom('redemptions').selectAll().where('id', '=', id).forUpdate().executeTakeFirst();
  if (known) return known.state === 'released' ? problem('loyalty.already-released') : reply(201, toRedemption(known));
  await ensureMember(ctx, customerId);
  const held = await book.hold(ctx, {
    holds: [{ account: `member:${customerId}`, amount: BigInt(points), reference: `${reference}/${id}` }],
    expiresAt: null,
  });
  if (!held.ok) {
    const { posted, held: promised } = await balanceOf(ctx.db, customerId);
    return problem('loyalty.points-insufficient', { balance: posted - promised });
  }
  const row = await db
    .insertInto('redemptions')
    .values({ id, customerId, points: BigInt(points), state: 'held', reference, hold: held.ids[0] ?? null })
    .onConflict((conflict) => conflict.doNothing())
    .returningAll()
    .executeTakeFirst();
  // Its release won the race: the refusal also undoes the hold.
  return row ? reply(201, toRedemption(row)) : problem('loyalty.already-released');
};

import type { WriteContext } from '@plinth/runtime';
import { assert } from '@plinth/runtime/kernel';
import { noteMovement, toMovement } from './movement.ts';
import { balanceOf, book, ensureMember, owedBy, repayment } from './points.ts';
import type { MovementRow } from './tables.ts';

export interface Accrual {
  customerId: string;
  points: number;
  reference: string;
  reason: string;
}

/** Gives points, once per reference; undefined when that was done before. What the member owes is paid from them first. */
export async function accrue(
  ctx: WriteContext,
  { customerId, points, reference, reason }: Accrual,
): Promise<MovementRow | undefined> {
  await ensureMember(ctx, customerId);
  const [member, arrears] = [`member:${customerId}`, `arrears:${customerId}`];
  await book.lock(ctx, [member, arrears]);
  const repaid = repayment(BigInt(points), await owedBy(ctx.db, customerId));
  const posted = await book.post(ctx, {
    kind: 'accrual',
    reference,
    moves: [
      { from: 'house:issued', to: member, amount: BigInt(points) },
      ...(repaid > 0n ? [{ from: member, to: arrears, amount: repaid }] : []),
    ],
  });
  assert(posted.ok, 'points can always be given');
  if (!posted.isNew) return undefined;
  const movement = await noteMovement(ctx, { customerId, points: BigInt(points), kind: 'earned', reason, reference });
  if (repaid > 0n) {
    await noteMovement(ctx, { customerId, points: -repaid, kind: 'repaid', reason: 'Points owed', reference });
  }
  if (movement) ctx.emit('points.earned', { subject: `${customerId}/points`, customerId, data: toMovement(movement) });
  return movement;
}

/** Takes back exactly what a reference earned. What was spent meanwhile is owed, never taken below zero. */
export async function reverseAccrual(ctx: WriteContext, earned: MovementRow, reason: string): Promise<void> {
  const { customerId, reference } = earned;
  await book.lock(ctx, [`member:${customerId}`, `arrears:${customerId}`]);
  const { posted, held } = await balanceOf(ctx.db, customerId);
  const there = BigInt(Math.max(0, Math.min(posted - held, Number(earned.points))));
  const owed = earned.points - there;
  const moves = [
    ...(there > 0n ? [{ from: `member:${customerId}`, to: 'house:issued', amount: there }] : []),
    ...(owed > 0n ? [{ from: `arrears:${customerId}`, to: 'house:issued', amount: owed }] : []),
  ];
  const done = await book.post(ctx, { kind: 'accrual-reversal', reference, moves });
  assert(done.ok, 'an accrual can always be reversed');
  if (done.isNew) await noteMovement(ctx, { customerId, points: -there, kind: 'reversed', reason, reference });
}

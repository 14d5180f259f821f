import { problem, reply, type WriteHandler } from '@plinth/runtime';
import { accrue } from '../accrual.ts';
import { toMovement } from '../movement.ts';
import { loyaltyDb } from '../tables.ts';

export const accruePoints: WriteHandler<'loyalty.accruePoints'> = async (input, ctx) => {
  const { reference } = input.body;
  const movement =
    (await accrue(ctx, input.body)) ??
    (await loyaltyDb(ctx.db)
      .selectFrom('movements')
      .selectAll()
      .where('kind', '=', 'earned')
      .where('reference', '=', reference)
      .executeTakeFirst());
  return movement ? reply(201, toMovement(movement)) : problem('not-found');
};

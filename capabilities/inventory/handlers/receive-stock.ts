import { problem, reply, type WriteHandler } from '@plinth/runtime';
import { accountsOf, book, emitLevels, stockOf } from '../stock.ts';

export const receiveStock: WriteHandler<'inventory.receiveStock'> = async (input, ctx) => {
  const { sku, quantity } = input.body;
  await book.ensure(ctx, accountsOf(sku));
  const posted = await book.post(ctx, {
    kind: 'receipt',
    reference: ctx.ids.of('rcp'),
    moves: [{ from: `supplier:${sku}`, to: stockOf(sku), amount: BigInt(quantity) }],
  });
  if (!posted.ok) return problem('conflicting-state', { currentState: posted.reason });
  const [level] = emitLevels(ctx, posted.plan.accounts);
  return level ? reply(201, level) : problem('not-found');
};

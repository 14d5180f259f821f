import { problem, type ReadHandler, reply } from '@plinth/runtime';
import { findTransfer } from '../rows.ts';
import { toTransfer } from '../wire.ts';

export const getTransfer: ReadHandler<'accounts.getTransfer'> = async (input, ctx) => {
  const transfer = await findTransfer(ctx.db, input.transferId);
  return transfer ? reply(200, toTransfer(transfer)) : problem('not-found');
};

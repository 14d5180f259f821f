import { problem, type ReadHandler, reply } from '@plinth/runtime';
import { findPayment, isMark, toPayment } from '../payment.ts';

export const getPayment: ReadHandler<'payments.getPayment'> = async (input, ctx) => {
  const row = await findPayment(ctx.db, input.paymentId);
  return row && !isMark(row) ? reply(200, toPayment(row)) : problem('not-found');
};

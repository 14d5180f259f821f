import { fromWireId, type OpenHandler, problem, reply } from '@plinth/runtime';
import { callOff, markCancelled } from '../cancellation.ts';
import { readPayment } from '../payment.ts';
import type { Provider } from '../provider.ts';

export const cancelPayment =
  (provider: Provider): OpenHandler<'payments.cancelPayment'> =>
  async (input, ctx) => {
    const id = fromWireId('pay', input.paymentId);
    if (!id) return problem('not-found');
    // An undo may overtake what it undoes: the mark makes the late payment fail instead of reserving money for nobody.
    const row = (await markCancelled(ctx, id)) ?? (await callOff(ctx, provider, id)) ?? (await readPayment(ctx.db, id));
    // A declined payment took nothing, and a refunded one has given all of it back: there is nothing to give up.
    if (row?.state === 'cancelled' || row?.state === 'failed' || row?.state === 'refunded')
      return reply(201, { paymentId: input.paymentId, state: row.state });
    return problem(row?.state === 'authorized' ? 'payments.not-settled-yet' : 'payments.already-captured');
  };

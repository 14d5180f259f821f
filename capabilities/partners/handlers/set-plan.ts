import type { Contract } from '@plinth/contract';
import { faultOfPlan, fromWireId, problem, reply, type WriteHandler } from '@plinth/runtime';
import { partnersDb } from '../tables.ts';

/** `contracts` gives those in force: a plan under which a call could never pass is not sold. */
export function setPlan(contracts: () => readonly Contract[]): WriteHandler<'partners.setPlan'> {
  return async (input, ctx) => {
    const { body } = input;
    const appId = fromWireId('app', input.appId);
    if (appId === undefined) return problem('not-found');
    const reason = faultOfPlan(body, contracts());
    if (reason !== undefined) return problem('partners.plan-refused', { reason });
    const plan = Object.keys(body).length === 0 ? null : JSON.stringify(body);
    const { numUpdatedRows } = await partnersDb(ctx.db)
      .updateTable('apps')
      .set({ plan })
      .where('id', '=', appId)
      .executeTakeFirst();
    return numUpdatedRows === 0n ? problem('not-found') : reply(200, body);
  };
}

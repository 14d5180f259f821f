import type { Egress, Job } from '@plinth/runtime';
import { partnersDb } from '../tables.ts';
import { attemptDelivery, nextAttempt } from '../webhook.ts';

/** One attempt of one delivery; a failed one books the next. */
export function deliver(egress: Egress): Job {
  return {
    name: 'partners.deliver',
    async run(data, ctx) {
      const db = partnersDb(ctx.db);
      const row = await db
        .selectFrom('deliveries as d')
        .innerJoin('endpoints as e', 'e.id', 'd.endpointId')
        .select([
          'd.id',
          'd.eventId',
          'd.payload',
          'd.attempts',
          'd.state',
          'e.url',
          'e.secret',
          'e.state as endpointState',
        ])
        .where('d.id', '=', String(data['id']))
        .executeTakeFirst();
      if (row?.state !== 'pending' || row.endpointState !== 'active') return;
      const now = ctx.clock.now();
      const { ok, ...attempt } = await attemptDelivery(egress, {
        url: row.url,
        secret: row.secret,
        eventId: row.eventId,
        payload: row.payload,
        now,
      });
      const attempts = [...row.attempts, attempt];
      const again = ok ? undefined : nextAttempt(attempts.length, now);
      const state = ok ? 'delivered' : again ? 'pending' : 'dead';
      await ctx.transaction(async (tx) => {
        await partnersDb(tx.db)
          .updateTable('deliveries')
          .set({ state, attempts: JSON.stringify(attempts), nextAttemptAt: again ?? null })
          .where('id', '=', row.id)
          .where('state', '=', 'pending')
          .execute();
        if (again) tx.enqueue({ name: 'partners.deliver', data: { id: row.id }, at: again });
      });
    },
  };
}

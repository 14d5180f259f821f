import type { Job } from '@plinth/runtime';
import { settle } from '../attempt.ts';
import type { Provider } from '../provider.ts';
import { paymentsDb } from '../tables.ts';

/** Attempts of one run; the next run takes the rest. */
const most = 100;
/** Younger ones are still in the hands of the request that made them. */
const patienceS = 5;
/**
 * Older ones are for a person to settle with the provider (`plinth audit` names them): keys are kept for seven days, here and
 * by most providers, and after that the same request would be another charge.
 */
const mostDays = 6;

/** Asks the provider for every outcome that is still open and that a key still protects: lost answers, and requests that died in the middle. */
export const resolveUnknown = (provider: Provider): Job => ({
  name: 'payments.resolve-unknown',
  everyS: 5,
  async run(_data, ctx) {
    const open = await paymentsDb(ctx.db)
      .selectFrom('attempts')
      .select('providerKey')
      .where('state', '=', 'started')
      .where('at', '<=', ctx.clock.now().subtract({ seconds: patienceS }))
      .where('at', '>', ctx.clock.now().subtract({ hours: 24 * mostDays }))
      .orderBy('at')
      .limit(most)
      .execute();
    for (const { providerKey } of open) {
      try {
        await settle(ctx, provider, providerKey);
      } catch (error) {
        // One that cannot be settled must not keep the others waiting.
        ctx.log.error('an outcome is still open', { reference: providerKey, error: String(error) });
      }
    }
  },
});

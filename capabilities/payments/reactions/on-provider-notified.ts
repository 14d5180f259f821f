import type { Reaction } from '@plinth/runtime';
import { hear } from '../attempt.ts';
import type { Provider } from '../provider.ts';

/** A payment that the provider left open ends by its notice. Whoever waits for the payment finds it so at its next try. */
export const onProviderNotified = (provider: Provider, notices: NonNullable<Provider['notices']>): Reaction => ({
  name: 'payments.on-provider-notified',
  on: [notices.event],
  async run({ data }, ctx) {
    const notice = notices.read(data);
    if (notice !== undefined) await hear(ctx, provider, notice);
  },
});

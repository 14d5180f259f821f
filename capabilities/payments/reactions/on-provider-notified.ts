import type { Reaction } from '@plinth/runtime';
import { hear } from '../notices.ts';
import type { Provider } from '../provider.ts';

/** What the provider left open ends by its notice, and what counted as done may fail. Whoever waits finds it so at its next try. */
export const onProviderNotified = (provider: Provider, notices: NonNullable<Provider['notices']>): Reaction => ({
  name: 'payments.on-provider-notified',
  on: [notices.event],
  async run({ data }, ctx) {
    const notice = notices.read(data);
    if (notice !== undefined) await hear(ctx, provider, notice);
  },
});

import type { EventKey, Reaction } from '@plinth/runtime';
import { hear } from '../attempt.ts';
import type { Provider } from '../provider.ts';

/** A payment that the provider left open ends by its notice. Whoever waits for the payment finds it so at its next try. */
export const onProviderNotified = (
  provider: Provider,
  { event, read }: NonNullable<Provider['notices']>,
): Reaction => ({
  name: 'payments.on-provider-notified',
  // Its contract is installed beside the platform, so its events are not among the generated ones.
  on: [event as EventKey],
  async run({ data }, ctx) {
    const notice = read(data);
    if (notice !== undefined) await hear(ctx, provider, notice);
  },
});

// A provider of cards that exists nowhere else. It keeps its own books by key, as real ones do, and can lose its answer.

import type { Provider, ProviderAnswer, ProviderOrder } from './provider.ts';
import { paymentsDb, type SimulatorChargeRow } from './tables.ts';

type Behaviours = Partial<Record<ProviderOrder['kind'], Behaviour>>;

interface Behaviour {
  outcome: SimulatorChargeRow['outcome'];
  /** The first answer gets lost; this long the provider also does not tell. */
  silentS?: number;
}

/** It happens, its answer is lost; asked again the provider tells at once. */
const timeout: Behaviour = { outcome: 'succeeded', silentS: 0 };
/** The answer is lost, and it takes the provider a while to find out that nothing happened. */
const unknown: Behaviour = { outcome: 'declined', silentS: 3 };

/** What goes wrong with which card; everything else succeeds. */
const cards: Readonly<Record<string, Behaviours>> = {
  card_ok: {},
  card_declined: { authorize: { outcome: 'declined' } },
  card_insufficient: { authorize: { outcome: 'insufficient' } },
  /** Wants its holder to confirm, which nobody can do here. */
  card_sca: { authorize: { outcome: 'sca' } },
  card_timeout: { authorize: timeout },
  card_unknown: { authorize: unknown },
  card_capture_declined: { capture: { outcome: 'declined' } },
  card_capture_timeout: { capture: timeout },
  card_capture_unknown: { capture: unknown },
  card_refund_declined: { refund: { outcome: 'declined' } },
  card_refund_unknown: { refund: unknown },
};

export const simulator: Provider = {
  name: 'simulator',
  knows: (method) => Object.hasOwn(cards, method),
  async send(ctx, { key, kind, paymentId, method, amountMinor, currency }) {
    const card: Behaviour = cards[method]?.[kind] ?? { outcome: 'succeeded' };
    const now = ctx.clock.now();
    return ctx.transaction(async ({ db }) => {
      const fresh = await paymentsDb(db)
        .insertInto('simulatorCharge')
        .values({
          key,
          kind,
          paymentId,
          amountMinor,
          currency,
          outcome: card.outcome,
          answersAt: card.silentS ? now.add({ seconds: card.silentS }) : null,
        })
        .onConflict((conflict) => conflict.column('key').doNothing())
        .returning('key')
        .executeTakeFirst();
      if (fresh && card.silentS !== undefined) return { state: 'no-answer' };
      const charge = await paymentsDb(db)
        .selectFrom('simulatorCharge')
        .selectAll()
        .where('key', '=', key)
        .executeTakeFirstOrThrow();
      return answerOf(charge, now);
    });
  },
};

function answerOf(charge: SimulatorChargeRow, now: Temporal.Instant): ProviderAnswer {
  if (charge.answersAt && Temporal.Instant.compare(now, charge.answersAt) < 0) return { state: 'no-answer' };
  switch (charge.outcome) {
    case 'succeeded':
      return { state: 'succeeded' };
    case 'insufficient':
      return { state: 'declined', because: 'not enough money on the card' };
    case 'sca':
      return { state: 'declined', because: 'the bank wants a confirmation' };
    default:
      return { state: 'declined', because: 'refused by the bank' };
  }
}

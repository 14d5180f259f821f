import type { WriteContext } from '@plinth/runtime';
import type { Consent, Purpose } from './generated.ts';

export const purposes: readonly Purpose[] = ['personalization', 'marketing', 'research'];

/** Version of the text people agree to; stored with each answer. */
export const textVersion = '2026-01';

export function toConsent(purpose: Purpose, known?: { given: boolean; at: string; textVersion: string }): Consent {
  return known
    ? { purpose, given: known.given, at: known.at, textVersion: known.textVersion }
    : { purpose, given: false, textVersion };
}

/** Writes the answer and says so; saying the same again changes nothing but the date. */
export async function answerConsent(
  ctx: WriteContext,
  customerId: string,
  purpose: Purpose,
  given: boolean,
): Promise<Consent> {
  const at = ctx.clock.now();
  await ctx.consents.set(ctx.db, { customerId, purpose, given, at, textVersion });
  const consent = toConsent(purpose, { given, at: at.toString(), textVersion });
  ctx.emit(given ? 'consent.given' : 'consent.withdrawn', {
    subject: `${customerId}/${purpose}`,
    customerId,
    data: consent,
  });
  return consent;
}

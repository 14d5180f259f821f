import { reply, type WriteHandler } from '@plinth/runtime';
import { personalizationDb } from '../tables.ts';

/** Signals are pseudonymous observations; without consent to personalization they are not kept at all. */
export const recordSignals: WriteHandler<'personalization.recordSignals'> = async (input, ctx) => {
  const { principal } = ctx;
  const mayName = principal.audience === 'service' || principal.audience === 'staff';
  const result = { accepted: 0, duplicates: 0, withoutConsent: 0, refused: [] as { index: number; problem: string }[] };
  const consented = new Map<string, boolean>();
  const now = ctx.clock.now();
  const rows: { id: string; customerId: string; type: string; at: Temporal.Instant; data: string }[] = [];
  for (const [index, signal] of input.body.signals.entries()) {
    const customerId = mayName ? (signal.customerId ?? principal.customerId) : principal.customerId;
    const at = Temporal.Instant.from(signal.time);
    if (!customerId) {
      result.refused.push({ index, problem: 'nobody is named' });
      continue;
    }
    // Facts about orders and money come from those who did them, never from a page.
    if (!mayName && /^(order|payment|points|account|transfer)\./.test(signal.type)) {
      result.refused.push({ index, problem: `${signal.type} is no signal` });
      continue;
    }
    if (Temporal.Instant.compare(at, now.subtract({ hours: 24 * 7 })) < 0) {
      result.refused.push({ index, problem: 'older than seven days' });
      continue;
    }
    if (!consented.has(customerId))
      consented.set(customerId, await ctx.consents.has(ctx.db, customerId, 'personalization'));
    if (!consented.get(customerId)) {
      result.withoutConsent += 1;
      continue;
    }
    // A clock that is ahead does not make a fact of the future.
    rows.push({
      id: `${customerId}/${signal.id}`,
      customerId,
      type: signal.type,
      at: Temporal.Instant.compare(at, now) > 0 ? now : at,
      data: JSON.stringify(signal.data ?? {}),
    });
  }
  if (rows.length > 0) {
    const inserted = await personalizationDb(ctx.db)
      .insertInto('facts')
      .values(rows)
      .onConflict((conflict) => conflict.column('id').doNothing())
      .executeTakeFirst();
    result.accepted = Number(inserted.numInsertedOrUpdatedRows ?? 0n);
    result.duplicates = rows.length - result.accepted;
  }
  return reply(202, result);
};

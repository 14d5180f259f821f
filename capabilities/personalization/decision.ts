// Gathers what the pure decision needs, and turns its result into the contract's words.

import { decide, type Action, type DecideOutput } from '@plinth/decisions';
import { type BaseContext, type Call, type Consents, type Db, toWireId } from '@plinth/runtime';
import { sql } from 'kysely';
import type { DecisionRecord } from './generated.ts';
import { compilePolicy } from './policy.ts';
import { type Fact, factsUsed, profileOf } from './profile.ts';
import type { Recommender } from './recommender.ts';
import { personalizationDb } from './tables.ts';

/** Slots and how many actions each takes. */
export const slotSizes: Readonly<Record<string, number>> = {
  'home.hero': 1,
  'home.cards': 4,
  'checkout.addons': 3,
  'chat.opening': 1,
  'chat.closing': 1,
  'kiosk.idle': 1,
  'desk.nextAction': 3,
};

export const decisionLifeMinutes = 30;

export interface DecisionParts extends Pick<BaseContext, 'clock'> {
  db: Db;
  call: Call;
  consents: Consents;
  recommender: Recommender;
}

export interface Wish {
  customerId: string;
  slots: readonly string[];
  context: Record<string, unknown>;
  actions: readonly Action[];
}

/** Newest first. */
export async function factsOf(db: Db, customerId: string): Promise<Fact[]> {
  return personalizationDb(db)
    .selectFrom('facts')
    .select(['type', 'at', 'data'])
    .where('customerId', '=', customerId)
    .orderBy('at', 'desc')
    .limit(factsUsed)
    .execute();
}

export async function livePolicy(
  db: Db,
): Promise<{ revision: number; actions: Action[]; publishedAt: Temporal.Instant; publishedBy: string }> {
  return personalizationDb(db)
    .selectFrom('policyRevisions')
    .select(['revision', 'actions', 'publishedAt', 'publishedBy'])
    .orderBy('revision', 'desc')
    .limit(1)
    .executeTakeFirstOrThrow();
}

/** Decides for a person as things stand now. Writes nothing. */
export async function decideFor(parts: DecisionParts, wish: Wish): Promise<DecideOutput> {
  const { db, consents, clock, recommender, call } = parts;
  const now = clock.now();
  const [given, facts, contacts] = await Promise.all([
    consents
      .list(db, wish.customerId)
      .then((list) => list.filter((consent) => consent.given).map((consent) => consent.purpose)),
    factsOf(db, wish.customerId),
    contactsOf(db, wish.customerId, now),
  ]);
  const items = await recommender.itemsFor(facts, { db, call, nowMs: now.epochMilliseconds });
  return decide({
    slots: wish.slots.map((slot) => ({ slot, max: slotSizes[slot] ?? 1 })),
    actions: compilePolicy(wish.actions),
    scope: { profile: profileOf(facts, now, given), context: wish.context as never },
    consents: given,
    contacts,
    items,
  });
}

/** What became of each action lately: shows within its cap, refusals of 14 days, acceptances of 30, never-agains. */
async function contactsOf(
  db: Db,
  customerId: string,
  now: Temporal.Instant,
): Promise<Record<string, { shown: number; refused: number; never: boolean; accepted: number }>> {
  const at = sql`${now.toString()}::timestamptz`;
  const { rows } = await sql<{ action: string; shown: string; refused: string; never: boolean; accepted: string }>`
    select action,
      count(*) filter (where kind = 'shown' and at > ${at} - interval '7 days')::text as shown,
      count(*) filter (where kind = 'refused' and at > ${at} - interval '14 days')::text as refused,
      coalesce(bool_or(kind = 'never'), false) as never,
      count(*) filter (where kind = 'accepted' and at > ${at} - interval '30 days')::text as accepted
    from personalization.outcomes where customer_id = ${customerId} and at > ${at} - interval '1 year' group by action`.execute(
    db,
  );
  return Object.fromEntries(
    rows.map((row) => [
      row.action,
      { shown: Number(row.shown), refused: Number(row.refused), never: row.never, accepted: Number(row.accepted) },
    ]),
  );
}

/** `goes-with/BEANS-HOUSE` → `goes-with`. */
export function actionName(actionId: string): string {
  return actionId.split('/', 1)[0] ?? actionId;
}

export function unknownSlot(slots: readonly string[]): string | undefined {
  return slots.find((slot) => !(slot in slotSizes));
}

/** A record as its reader may see it: customers see what was chosen and why, staff also what fell. */
export function toRecord(
  row: {
    id: string;
    customerId: string;
    at: Temporal.Instant;
    channel: string;
    policyRevision: number;
    slots: DecisionRecord['slots'];
    candidates: DecisionRecord['candidates'];
  },
  isStaff: boolean,
): DecisionRecord {
  return {
    id: toWireId('dec', row.id),
    customerId: row.customerId,
    at: row.at.toString(),
    channel: row.channel,
    policyRevision: row.policyRevision,
    slots: row.slots,
    candidates: isStaff
      ? row.candidates
      : row.candidates
          .filter((candidate) => candidate.outcome === 'chosen')
          .map(({ score: _score, ...candidate }) => candidate),
  };
}

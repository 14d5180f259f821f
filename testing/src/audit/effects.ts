// What became of the acts of a journal, read from the tables of the capabilities: one effect each, or none.

import { type Db, fromWireId, toWireId } from '@plinth/runtime';
import { sql } from 'kysely';
import type { Act, WishKind } from './journal.ts';

export interface Effects {
  /** Effects by id of the act; absent = none. */
  counts: ReadonlyMap<string, number>;
  /** Facts that must stand in the outbox once each: `type subject` by id of the act. */
  facts: ReadonlyMap<string, string>;
}

interface Found {
  id: string;
  effects: number;
  /** Subject of its fact. */
  subject: string;
}

const factOf: Readonly<Record<WishKind, string>> = {
  transfer: 'transfer.posted',
  accrual: 'points.earned',
  payment: 'payment.authorized',
  capture: 'payment.captured',
  refund: 'payment.refunded',
  order: 'order.placed',
  reservation: 'stock.reserved',
};

const byReference = { transfer: 'accounts.transfers', accrual: `loyalty.movements` } as const;

async function find(db: Db, kind: WishKind, ids: readonly string[]): Promise<Found[]> {
  switch (kind) {
    case 'transfer':
    case 'accrual': {
      const { rows } = await sql<{ id: string; effects: number; uuid: string }>`
        select reference as id, count(*)::int as effects, min(id::text) as uuid from ${sql.table(byReference[kind])}
        where reference = any(${ids}::text[]) and ${kind === 'transfer' ? sql`true` : sql`kind = 'earned'`}
        group by reference`.execute(db);
      const prefix = kind === 'transfer' ? 'trf' : 'mov';
      return rows.map(({ uuid, ...row }) => ({ ...row, subject: toWireId(prefix, uuid) }));
    }
    case 'payment':
    case 'capture':
    case 'refund': {
      const asked = kind === 'payment' ? 'authorize' : kind;
      const prefix = kind === 'payment' ? '' : `${kind}-`;
      const payments = ids.map((id) => fromWireId('pay', id.slice(prefix.length)) ?? '');
      const { rows } = await sql<{ payment: string; effects: number }>`
        select payment_id::text as payment, count(*)::int as effects from payments.simulator_charge
        where kind = ${asked} and outcome = 'succeeded' and payment_id = any(${payments}::uuid[])
        group by payment_id`.execute(db);
      return rows.map(({ payment, effects }) => {
        const subject = toWireId('pay', payment);
        return { id: `${prefix}${subject}`, effects, subject };
      });
    }
    case 'reservation': {
      const { rows } = await sql<{ id: string; effects: number }>`
        select reference as id, count(*)::int as effects from inventory.reservations
        where reference = any(${ids}::text[]) group by reference`.execute(db);
      return rows.map((row) => ({ ...row, subject: row.id }));
    }
    case 'order':
      return [];
    default:
      throw new Error(`no table is known for ${kind as string}`);
  }
}

const batch = 5000;

/** Effects of everything but orders, whose ids the platform makes: orders.ts compares those customer by customer. */
export async function effectsOf(db: Db, acts: readonly Act[]): Promise<Effects> {
  const counts = new Map<string, number>();
  const facts = new Map<string, string>();
  for (const kind of Object.keys(factOf) as WishKind[]) {
    const ids = acts.filter((act) => act.kind === kind).map(({ id }) => id);
    for (let from = 0; from < ids.length; from += batch) {
      for (const found of await find(db, kind, ids.slice(from, from + batch))) {
        counts.set(found.id, found.effects);
        facts.set(found.id, `${factOf[kind]} ${found.subject}`);
      }
    }
  }
  return { counts, facts };
}

/** Facts of capabilities in the outbox by `type subject`. Points have no subject of their own: theirs are told apart by the movement's id. */
export async function factsOf(db: Db, since: number): Promise<Map<string, number>> {
  const { rows } = await sql<{ name: string; facts: number }>`
    select type || ' ' || case when type = 'points.earned' then data->>'id' else subject end as name,
      count(*)::int as facts
    from runtime.outbox where ordinal > ${since} and whose is null group by 1`.execute(db);
  return new Map(rows.map(({ name, facts }) => [name, facts]));
}

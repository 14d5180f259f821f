// The money audit: compares what a client's journal says with what stands in the database, the log and at receivers. It
// shares no code with what it judges but the shape of ids.

import { type Db, fromWireId } from '@plinth/runtime';
import { sql } from 'kysely';
import { type Effects, effectsOf, factsOf } from './effects.ts';
import type { Act } from './journal.ts';

/** Something promised that does not hold, with the ids it does not hold for (at most 20 of `count`). */
export interface Finding {
  check: string;
  count: number;
  ids: string[];
}

export interface AuditStart {
  /** Last ordinal of the outbox before the first act. */
  ordinal: number;
  /** Minor units on each account, by wire id. */
  balances: ReadonlyMap<string, bigint>;
}

export interface AuditOptions {
  db: Db;
  acts: readonly Act[];
  start: AuditStart;
  /** Queries that give a row for what is wrong: invariants of capabilities. */
  invariants: readonly { name: string; sql: string }[];
  /** Table of a sink that writes one row for each event it is given: columns `event_id`, `subject`, `seq`, `n`. */
  sink?: { table: string; consumer: string };
  /** Transfers, when another system carries them out. */
  elsewhere?: Elsewhere;
}

/** Transfers and their money as the books of another system have them. */
export interface Elsewhere extends Effects {
  /** Minor units that its accounts are off from what the acts say. */
  moneyDelta: number;
  findings: readonly Finding[];
}

export interface Audited {
  findings: Finding[];
  figures: {
    acked: number;
    refused: number;
    unknown: number;
    effects: number;
    facts: number;
    lost: number;
    duplicated: number;
    moneyDelta: number;
  };
}

const mostIds = 20;

/** Where everything stands before the first act. */
export async function auditStart(db: Db): Promise<AuditStart> {
  const { rows } = await sql<{ last: string }>`
    select coalesce(max(ordinal), 0)::text as last from runtime.outbox`.execute(db);
  return { ordinal: Number(rows[0]?.last ?? 0), balances: await balancesOf(db) };
}

async function balancesOf(db: Db): Promise<Map<string, bigint>> {
  const { rows } = await sql<{ id: string; posted: string }>`
    select a.id::text as id, l.posted::text as posted from accounts.accounts a
    join accounts.ledger_account l on l.id = a.id`.execute(db);
  return new Map(rows.map(({ id, posted }) => [id, BigInt(posted)]));
}

/** Everything is at rest: no act is under way, and `quiet` was waited for. */
export async function audit(options: AuditOptions): Promise<Audited> {
  const { db, acts, start, sink, elsewhere } = options;
  const findings: Finding[] = [...(elsewhere?.findings ?? [])];
  const note = (check: string, ids: readonly string[]): number => {
    if (ids.length > 0) findings.push({ check, count: ids.length, ids: ids.slice(0, mostIds) });
    return ids.length;
  };
  const here = elsewhere === undefined ? acts : acts.filter(({ kind }) => kind !== 'transfer');
  const found = await effectsOf(db, here);
  const counts = new Map([...found.counts, ...(elsewhere?.counts ?? [])]);
  const facts = new Map([...found.facts, ...(elsewhere?.facts ?? [])]);
  const single = acts.filter((act) => act.kind !== 'order');
  const withCount = (wrong: (state: string, count: number) => boolean): string[] =>
    single.filter((act) => wrong(stateOf(act), counts.get(act.id) ?? 0)).map(({ id }) => id);
  const told = await factsOf(db, start.ordinal);
  let lost = note(
    'acknowledged without effect',
    withCount((state, count) => state === 'acked' && count === 0),
  );
  const duplicated = note(
    'more than one effect',
    withCount((_state, count) => count > 1),
  );
  note(
    'refused with an effect',
    withCount((state, count) => state === 'refused' && count > 0),
  );
  const tellings = [...facts].map(([id, name]) => ({ id, told: told.get(name) ?? 0 }));
  lost += note(
    'an effect without its event',
    tellings.filter((each) => each.told === 0).map(({ id }) => id),
  );
  note(
    'an effect with more than one event',
    tellings.filter((each) => each.told > 1).map(({ id }) => id),
  );
  note('events that no effect stands behind', unbacked(told, new Set(facts.values())));
  lost += await judgeOrders(db, acts, told, note);
  const moneyDelta = (elsewhere?.moneyDelta ?? 0) + (await judgeMoney(db, here, { counts, start, note }));
  await judgeLog(db, acts, start, note);
  if (sink) await judgeSink(db, start, { ...sink, note });
  for (const invariant of options.invariants) {
    const { rows } = await sql.raw(`select * from (${invariant.sql}) as found limit ${mostIds}`).execute(db);
    note(
      `invariant ${invariant.name}`,
      rows.map((row) => JSON.stringify(row, plain)),
    );
  }
  const of = (state: string): number => acts.filter((act) => stateOf(act) === state).length;
  return {
    findings,
    figures: {
      acked: of('acked'),
      refused: of('refused'),
      unknown: of('unknown'),
      effects: [...counts.values()].reduce((sum, count) => sum + count, 0),
      facts: [...told.values()].reduce((sum, count) => sum + count, 0),
      lost,
      duplicated,
      moneyDelta,
    },
  };
}

function stateOf(act: Act): string {
  return act.end?.state ?? 'unknown';
}

type Note = (check: string, ids: readonly string[]) => number;

function plain(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? value.toString() : value;
}

/** Transfers are made by acts of the journal only. */
function unbacked(told: ReadonlyMap<string, number>, backed: ReadonlySet<string>): string[] {
  return [...told.keys()].filter((name) => name.startsWith('transfer.posted ') && !backed.has(name));
}

/** Orders have ids of the platform's making: each answered one is there once, and no customer has more than they sent. */
async function judgeOrders(
  db: Db,
  acts: readonly Act[],
  told: ReadonlyMap<string, number>,
  note: Note,
): Promise<number> {
  const orders = acts.filter((act) => act.kind === 'order');
  const answered = orders.flatMap((act) => {
    if (act.end?.state !== 'acked') return [];
    return [(JSON.parse(act.end.body) as { id: string }).id];
  });
  const { rows } = await sql<{ id: string; customer: string; state: string }>`
    select id::text as id, customer_id as customer, state from orders.orders
    where id = any(${answered.map((id) => fromWireId('ord', id) ?? '')}::uuid[])`.execute(db);
  const there = new Set(rows.map(({ id }) => id));
  const lost = answered.filter((id) => !there.has(fromWireId('ord', id) ?? ''));
  note(
    'two acknowledgements of one order',
    answered.filter((id, place) => answered.indexOf(id) !== place),
  );
  const placed = rows.filter(({ state }) => state === 'placed');
  const wireIds = new Map(answered.map((id) => [fromWireId('ord', id) ?? '', id]));
  note(
    'an order placed without exactly one event',
    placed.map(({ id }) => wireIds.get(id) ?? id).filter((id) => told.get(`order.placed ${id}`) !== 1),
  );
  const placedEvents = [...told.keys()].filter((name) => name.startsWith('order.placed ')).length;
  const possible = orders.filter((act) => act.end?.state !== 'refused').length;
  if (placedEvents > possible) note('more orders than were sent', [`${placedEvents} of ${possible}`]);
  return note('an acknowledged order that is not there', lost);
}

interface MoneyParts {
  counts: ReadonlyMap<string, number>;
  start: AuditStart;
  note: Note;
}

/** Adds up the client's own acts and the card bookings; what is left over on any account is money made or lost. */
async function judgeMoney(db: Db, acts: readonly Act[], { counts, start, note }: MoneyParts): Promise<number> {
  const expected = new Map(start.balances);
  const move = (account: string, minor: bigint): void =>
    void expected.set(account, (expected.get(account) ?? 0n) + minor);
  for (const act of acts) {
    if (act.kind !== 'transfer' || (counts.get(act.id) ?? 0) === 0) continue;
    const [from, to] = [String(act.about['from']), String(act.about['to'])].map((id) => fromWireId('acc', id) ?? '');
    move(from ?? '', -BigInt(act.about['amount'] ?? 0));
    move(to ?? '', BigInt(act.about['amount'] ?? 0));
  }
  const { rows } = await sql<{ account: string; minor: string }>`
    select b.account::text as account, sum(b.amount_minor)::text as minor
    from accounts.card_bookings b join accounts.ledger_posting p on p.id = b.posting
    join runtime.outbox o
      on o.type in ('payment.captured', 'payment.refunded', 'payment.captureFailed', 'payment.refundFailed')
      and o.data->'moved'->>'id' = b.moved_id and o.ordinal > ${start.ordinal}
    group by b.account`.execute(db);
  for (const { account, minor } of rows) move(account, BigInt(minor));
  const now = await balancesOf(db);
  const wrong = [...now].filter(([id, minor]) => minor !== (expected.get(id) ?? 0n));
  note(
    'money appeared or vanished',
    wrong.map(([id, minor]) => `${id}: ${minor - (expected.get(id) ?? 0n)}`),
  );
  return wrong.reduce((sum, [id, minor]) => {
    const difference = Number(minor - (expected.get(id) ?? 0n));
    return sum + Math.abs(difference);
  }, 0);
}

/** The log is complete, in order, and every fact of a capability has its audit row. */
async function judgeLog(db: Db, acts: readonly Act[], start: AuditStart, note: Note): Promise<void> {
  const ids = async (query: ReturnType<typeof sql<{ id: string }>>): Promise<string[]> =>
    (await query.execute(db)).rows.map(({ id }) => id);
  note(
    'an event that was not published',
    await ids(sql`select event_id::text as id from runtime.outbox where position is null`),
  );
  note(
    'a gap or a turn in the order of a subject',
    await ids(sql`
      select subject || ' ' || aggregate_seq as id from (
        select subject, aggregate_seq, position, ordinal,
          lag(aggregate_seq) over w as before, lag(position) over w as earlier
        from runtime.outbox window w as (partition by subject order by aggregate_seq)) o
      where ordinal > ${start.ordinal} and (aggregate_seq <> before + 1 or position < earlier)`),
  );
  note(
    'a sequence that ended before its subject did',
    await ids(sql`
      select s.subject as id from runtime.subject s
      join (select subject, max(aggregate_seq) as last from runtime.outbox group by subject) o using (subject)
      where s.last_seq <> o.last`),
  );
  note(
    'an event without exactly one audit row',
    await ids(sql`
      select o.event_id::text as id from runtime.outbox o
      left join (select id as row, unnest(event_ids) as event_id from runtime.audit) a using (event_id)
      where o.ordinal > ${start.ordinal} and o.whose is null group by o.event_id having count(a.row) <> 1`),
  );
  note('a dead letter', await ids(sql`select event_id::text as id from runtime.dead_letter`));
  // Whose caller went away may wait for the caller; nobody else's may.
  const unanswered = await ids(sql`
    select encode(key_hash, 'hex') as id from runtime.idempotency where state in ('running', 'started')`);
  const left = acts.filter((act) => stateOf(act) === 'unknown').length;
  note('a key without its answer', unanswered.slice(left));
}

/** Each event had exactly one effect at the sink, in the order of its subject, and is in its inbox. */
async function judgeSink(
  db: Db,
  start: AuditStart,
  { table, consumer, note }: { table: string; consumer: string; note: Note },
): Promise<void> {
  const seen = sql.table(table);
  const { rows } = await sql<{ id: string; times: number; inbox: boolean }>`
    select o.event_id::text as id, count(s.event_id)::int as times,
      exists (select 1 from runtime.inbox i where i.consumer = ${consumer} and i.event_id = o.event_id) as inbox
    from runtime.outbox o left join ${seen} s on s.event_id = o.event_id
    where o.ordinal > ${start.ordinal} and o.whose is null group by o.event_id`.execute(db);
  note(
    'an event that had no effect',
    rows.filter(({ times }) => times === 0).map(({ id }) => id),
  );
  note(
    'an event that had its effect twice',
    rows.filter(({ times }) => times > 1).map(({ id }) => id),
  );
  note(
    'an effect without an inbox row',
    rows.filter(({ times, inbox }) => times > 0 && !inbox).map(({ id }) => id),
  );
  const turned = await sql<{ id: string }>`
    select subject || ' ' || seq as id from (
      select subject, seq, lag(seq) over (partition by subject order by n) as before from ${seen}) s
    where seq <= before`.execute(db);
  note(
    'effects in another order than their events',
    turned.rows.map(({ id }) => id),
  );
}

// Each flow, alone on a server that dies at the n-th passing of each crash point: n = 1, 2, … until it is no longer
// passed so often. The client repeats its calls under their keys until they are answered; then everything is judged.

import { fromWireId, type Random } from '@plinth/runtime';
import { type Act, auditStart, AuditClient, AuditTokens, type Finding, questionOf } from '@plinth/testing';
import { sql } from 'kysely';
import { accountsIn, issueOf, judge, untilRest } from './audited-run.ts';
import { type DatabasePlace, makeDatabase, makeServer, type ServerProcess } from './deployment.ts';
import { type Flow, flowsOf, sku } from './flows.ts';

/** A point that more passings than this find is one of the platform's own turns. */
const mostPassings = 12;
const mostAsks = 600;
const pauseMs = 50;
const restWithinMs = 60_000;

export interface FlowSweepOptions {
  log: (line: string) => void;
  databaseUrl: string;
  template: string;
  /** All points of the sources that a flow may pass. */
  names: readonly string[];
  /** So many of the points of each flow, at their first passings; all of them when absent. */
  sample?: { points: number; random: Random } | undefined;
}

export interface FlowSwept {
  deaths: number;
  /** Points that flows were killed at. */
  points: number;
  /** `flow point` that should have been passed and was not. */
  missed: readonly string[];
  findings: readonly Finding[];
  figures: Awaited<ReturnType<typeof judge>>['figures'];
}

interface Sweeping {
  server: ServerProcess;
  place: DatabasePlace;
  client: AuditClient;
  tokens: AuditTokens;
  accounts: Awaited<ReturnType<typeof accountsIn>>;
  acts: Act[];
  /** Orders that were answered, all to be cancelled. */
  orders: string[];
  log: (line: string) => void;
}

export async function sweepFlows(options: FlowSweepOptions): Promise<FlowSwept> {
  const { log, names, sample } = options;
  // Each flow comes to rest by itself; only what does not is worth a line.
  const logStuck = (line: string): void => {
    if (line.startsWith('✗')) log(line);
  };
  const place = await makeDatabase(options.databaseUrl, options.template);
  const server = await makeServer({ databaseUrl: place.url });
  try {
    await server.start();
    const { db } = place.database;
    const tokens = new AuditTokens(await issueOf(db, server.port));
    const client = new AuditClient(server.port);
    const sweeping: Sweeping = {
      server,
      place,
      client,
      tokens,
      accounts: await accountsIn(db),
      acts: [],
      orders: [],
      log: logStuck,
    };
    await fillShelf(sweeping);
    await untilRest(db, { log: logStuck, restWithinMs });
    const start = await auditStart(db);
    const died = new Set<string>();
    const missed: string[] = [];
    let deaths = 0;
    for (const [index, { name, through }] of flowsOf(sweeping.accounts, 0).entries()) {
      const wanted = sample ? pick(through, sample) : names;
      const passed = await sweepFlow(sweeping, { index, names: wanted, most: sample ? 1 : mostPassings });
      for (const point of passed.keys()) died.add(point);
      missed.push(...(sample ? wanted : through).filter((each) => !passed.has(each)).map((each) => `${name} ${each}`));
      const times = [...passed].map(([point, passings]) => `${point}:${passings}`);
      deaths += [...passed.values()].reduce((sum, passings) => sum + passings, 0);
      log(`${name} died at ${times.join(', ')}`);
    }
    client.close();
    const { findings, figures } = await judge(db, sweeping.acts, { start });
    const all = [...findings, ...(await judgeOrders(sweeping))];
    for (const { check, count, ids } of all) log(`✗ ${check}: ${count}  ${ids.slice(0, 5).join(', ')}`);
    for (const each of missed) log(`✗ never came to ${each}`);
    return { deaths, points: died.size, missed, findings: all, figures };
  } finally {
    await server.close();
    await place.close();
  }
}

function pick(through: readonly string[], { points, random }: { points: number; random: Random }): string[] {
  const left = [...through];
  return Array.from({ length: Math.min(points, left.length) }, () => left.splice(random.int(left.length), 1)[0] ?? '');
}

let runs = 0;

/** Passings by point at which the flow was killed. */
async function sweepFlow(
  sweeping: Sweeping,
  { index, names, most }: { index: number; names: readonly string[]; most: number },
): Promise<Map<string, number>> {
  const { server, accounts } = sweeping;
  const passed = new Map<string, number>();
  for (const name of names) {
    for (let n = 1; n <= most; n++) {
      const flow = flowsOf(accounts, ++runs)[index];
      if (flow === undefined) break;
      await server.arm(`${name}:${n}`);
      if (!(await runFlow(sweeping, flow))) break;
      passed.set(name, n);
    }
  }
  return passed;
}

/** One flow until nothing of it is under way. True: the server died meanwhile, and was started again. */
async function runFlow(sweeping: Sweeping, flow: Flow): Promise<boolean> {
  const answers: Record<string, unknown>[] = [];
  let died = false;
  for (const wishOf of flow.wishes) {
    const { kind, ...wish } = wishOf(answers);
    const act = { ...wish, state: 'attempted', method: 'POST', other: {}, end: undefined } as const;
    const asked = await insist(sweeping, { ...act, kind: kind === 'cancellation' ? 'order' : kind });
    died ||= asked.died;
    const body = JSON.parse(asked.end.body) as Record<string, unknown>;
    answers.push(body);
    if (kind !== 'cancellation') sweeping.acts.push({ ...act, kind, end: asked.end });
    if (kind === 'order' && asked.end.state === 'acked') sweeping.orders.push(String(body['id']));
  }
  // What follows the answers may be where it dies; it may die once.
  await Promise.race([untilRest(sweeping.place.database.db, { log: sweeping.log, restWithinMs }), gone(sweeping)]);
  died = (await revive(sweeping)) || died;
  if (died) await untilRest(sweeping.place.database.db, { log: sweeping.log, restWithinMs });
  return died;
}

async function gone({ server }: Sweeping): Promise<void> {
  await server.ended(restWithinMs);
}

/** Asks under one key until there is an answer. */
async function insist(sweeping: Sweeping, act: Act): Promise<{ end: NonNullable<Act['end']>; died: boolean }> {
  let died = false;
  for (let sent = 1; sent <= mostAsks; sent++) {
    const answer = await sweeping.client.ask(questionOf(act, sweeping.tokens)).catch(() => undefined);
    died = (await revive(sweeping)) || died;
    if (answer !== undefined && answer.status < 500 && answer.status !== 429) {
      const { retryable } = JSON.parse(answer.body) as { retryable?: boolean };
      const state = answer.status < 300 ? 'acked' : 'refused';
      const { status, body } = answer;
      if (retryable !== true) return { end: { state, id: act.id, status, body, sent, tookMs: 0 }, died };
    }
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
  throw new Error(`${act.id} was not answered`);
}

/** Starts the server again when it has died. True: it had. */
async function revive({ server, place }: Sweeping): Promise<boolean> {
  if (!(await server.ended(0))) return false;
  // Nobody is left who could hold a lease; audited runs under load wait for leases to run out by themselves.
  await sql`update runtime.idempotency set lease_until = now() where state = 'started'`.execute(place.database.db);
  await sql`update orders.workflow_run set lease_until = now() where lease_until is not null`.execute(
    place.database.db,
  );
  await server.start();
  return true;
}

async function fillShelf({ client, tokens }: Sweeping): Promise<void> {
  const headers = {
    authorization: `Bearer ${tokens.of({ subject: 'prepare', kind: 'service' })}`,
    'idempotency-key': 'prepare',
  };
  const body = { sku, quantity: 1000 };
  const answer = await client.ask({ method: 'POST', path: '/inventory/v1/receipts', headers, body });
  if (answer.status >= 300) throw new Error(`no goods: ${answer.status} ${answer.body}`);
}

/** Each order that was acknowledged was called off, and its money taken and given back equally often, or never taken. */
async function judgeOrders({ place, orders }: Sweeping): Promise<Finding[]> {
  const { db } = place.database;
  const uuids = orders.map((id) => fromWireId('ord', id) ?? '');
  const standing = await sql<{ id: string }>`
    select id::text || ' ' || state as id from orders.orders
    where id = any(${uuids}::uuid[]) and state <> 'cancelled'`.execute(db);
  const unpaid = await sql<{ id: string }>`
    select p.id::text || ' ' || p.state as id from payments.payments p
    where p.reference = any(${orders}::text[]) and (p.state not in ('cancelled', 'refunded')
      or (select coalesce(sum(case c.kind when 'capture' then c.amount_minor else -c.amount_minor end), 0)
          from payments.simulator_charge c
          where c.payment_id = p.id and c.kind in ('capture', 'refund') and c.outcome = 'succeeded') <> 0)`.execute(db);
  return [
    { check: 'an order that was called off and stands', ids: standing.rows.map(({ id }) => id) },
    { check: 'a cancelled order whose money was not given back', ids: unpaid.rows.map(({ id }) => id) },
  ].flatMap(({ check, ids }) => (ids.length > 0 ? [{ check, count: ids.length, ids }] : []));
}

// Each flow on a server that dies at the n-th passing of each crash point: n = 1, 2, … until it is no longer passed so
// often. The client repeats its calls under their keys until they are answered; then everything is judged. Several worlds
// (a database and a server each) share the points, since a flow mostly waits.

import { type Random, toWireId } from '@plinth/runtime';
import {
  type Act,
  auditStart,
  type AuditStart,
  AuditClient,
  AuditTokens,
  type Finding,
  questionOf,
} from '@plinth/testing';
import { sql } from 'kysely';
import { accountsIn, issueOf, judge, untilRest } from './audited-run.ts';
import { type DatabasePlace, makeDatabase, makeServer, type ServerProcess } from './deployment.ts';
import { type Flow, flowNames, flowsOf, sku } from './flows.ts';

/** A point that more passings than this find is one of the platform's own turns. */
const mostPassings = 200;
const worldsAtOnce = 4;
/** One flow at a time needs few: a server of databases has a hundred for all who use it. */
const poolSize = 4;
const mostAsks = 600;
const pauseMs = 50;
const restWithinMs = 60_000;
const lookEveryMs = 40;

export interface FlowSweepOptions {
  log: (line: string) => void;
  databaseUrl: string;
  template: string;
  /** All points of the sources that a flow may pass. */
  names: readonly string[];
  /** All of them when absent. */
  flow?: Flow['name'] | undefined;
  /** So many of the points of each flow, at their first passings; all of them when absent. */
  sample?: { points: number; random: Random } | undefined;
}

export interface FlowSwept {
  deaths: number;
  /** Points that flows were killed at. */
  points: number;
  /** `flow point` that should have been passed and was not, or was passed without end. */
  missed: readonly string[];
  findings: readonly Finding[];
  figures: Awaited<ReturnType<typeof judge>>['figures'];
}

/** A point of a flow, to be died at. */
class Target {
  readonly flow: Flow['name'];
  readonly point: string;
  readonly #most: number;
  /** Passings that worlds were sent to. */
  tried = 0;
  underWay = 0;
  deaths = 0;
  /** It is not passed so often. */
  isOver = false;

  constructor(flow: Flow['name'], point: string, most: number) {
    this.flow = flow;
    this.point = point;
    this.#most = most;
  }

  get isOpen(): boolean {
    return !this.isOver && this.tried < this.#most;
  }

  /** All passings were died at, and there may be more. */
  get isEndless(): boolean {
    return this.#most > 1 && this.deaths === this.#most;
  }
}

/** The target at which the fewest worlds are: each passing is one of its own, and the next ones need not wait for it. */
function nextOf(targets: readonly Target[]): Target | undefined {
  const open = targets.filter(({ isOpen }) => isOpen);
  return open.toSorted((left, right) => left.underWay - right.underWay)[0];
}

interface World {
  server: ServerProcess;
  place: DatabasePlace;
  client: AuditClient;
  tokens: AuditTokens;
  accounts: Awaited<ReturnType<typeof accountsIn>>;
  start: AuditStart;
  acts: Act[];
  /** Orders that were there before. */
  before: readonly string[];
  /** What must have become of each order that was acknowledged. */
  ends: Map<string, Flow['order']>;
  /** Orders that were refused. */
  refused: number;
  log: (line: string) => void;
}

export async function sweepFlows(options: FlowSweepOptions): Promise<FlowSwept> {
  const { log, names, sample } = options;
  const flows = flowNames.filter((name) => options.flow === undefined || name === options.flow);
  const targets = flows.flatMap((flow) => targetsOf(flow, options));
  const outcomes = await Promise.all(
    Array.from({ length: Math.min(worldsAtOnce, targets.length) }, async () => {
      const world = await openWorld(options);
      try {
        for (let target = nextOf(targets); target !== undefined; target = nextOf(targets))
          await dieOnce(world, target, log);
        return await judgeWorld(world);
      } finally {
        world.client.close();
        await world.server.close();
        await world.place.close();
      }
    }),
  );
  const missed = flows.flatMap((flow) => {
    const own = targets.filter((target) => target.flow === flow);
    const died = new Map(own.flatMap(({ point, deaths }) => (deaths > 0 ? [[point, deaths]] : [])));
    log(`${flow} died at ${[...died].map(([point, deaths]) => `${point}:${deaths}`).join(', ')}`);
    const through = sample ? own.map(({ point }) => point) : throughOf(flow).filter((each) => names.includes(each));
    return [
      ...through.filter((point) => !died.has(point)).map((point) => `${flow} ${point}`),
      ...own.filter(({ isEndless }) => isEndless).map(({ point }) => `the end of ${flow} ${point}`),
    ];
  });
  const findings = outcomes.flatMap((outcome) => outcome.findings);
  for (const { check, count, ids } of findings) log(`✗ ${check}: ${count}  ${ids.slice(0, 5).join(', ')}`);
  for (const each of missed) log(`✗ never came to ${each}`);
  return {
    deaths: targets.reduce((sum, { deaths }) => sum + deaths, 0),
    points: new Set(targets.filter(({ deaths }) => deaths > 0).map(({ point }) => point)).size,
    missed,
    findings,
    figures: sumOf(outcomes.map(({ figures }) => figures)),
  };
}

function throughOf(flow: Flow['name']): readonly string[] {
  const [account] = [{ id: '', number: '', customerId: '' }];
  return flowsOf([account], 0).find(({ name }) => name === flow)?.through ?? [];
}

function targetsOf(flow: Flow['name'], { names, sample }: FlowSweepOptions): Target[] {
  const points = sample ? pick(throughOf(flow), sample) : names;
  return points.map((point) => new Target(flow, point, sample ? 1 : mostPassings));
}

function sumOf(all: readonly FlowSwept['figures'][]): FlowSwept['figures'] {
  const sum: Record<string, number> = {};
  for (const figures of all) for (const [name, value] of Object.entries(figures)) sum[name] = (sum[name] ?? 0) + value;
  return sum as FlowSwept['figures'];
}

async function openWorld({ log, databaseUrl, template }: FlowSweepOptions): Promise<World> {
  // Each flow comes to rest by itself; only what does not is worth a line.
  const logStuck = (line: string): void => {
    if (line.startsWith('✗')) log(line);
  };
  const place = await makeDatabase(databaseUrl, template);
  const server = await makeServer({ databaseUrl: place.url, poolSize });
  await server.start();
  const { db } = place.database;
  const tokens = new AuditTokens(await issueOf(db, server.port));
  const client = new AuditClient(server.port);
  const accounts = await accountsIn(db);
  await fillShelf({ client, tokens });
  await untilRest(db, { log: logStuck, restWithinMs });
  const start = await auditStart(db);
  const before = (await ordersOf(db)).map(({ id }) => id);
  const acts: Act[] = [];
  return { server, place, client, tokens, accounts, start, acts, before, ends: new Map(), refused: 0, log: logStuck };
}

function pick(through: readonly string[], { points, random }: { points: number; random: Random }): string[] {
  const left = [...through];
  return Array.from({ length: Math.min(points, left.length) }, () => left.splice(random.int(left.length), 1)[0] ?? '');
}

let runs = 0;

/** The flow once, on a server that dies at the next passing of the point. */
async function dieOnce(world: World, target: Target, log: FlowSweepOptions['log']): Promise<void> {
  const flow = flowsOf(world.accounts, ++runs).find(({ name }) => name === target.flow);
  if (flow === undefined) throw new Error(`there is no flow ${target.flow}`);
  target.tried += 1;
  target.underWay += 1;
  const place = `${target.point}:${target.tried}`;
  await world.server.arm(place);
  if (await runFlow(world, flow)) {
    target.deaths += 1;
    log(`${target.flow} died at ${place}`);
  } else target.isOver = true;
  target.underWay -= 1;
}

/** One flow until nothing of it is under way. True: the server died meanwhile, and was started again. */
async function runFlow(world: World, flow: Flow): Promise<boolean> {
  const answers: Record<string, unknown>[] = [];
  let died = false;
  for (const wishOf of flow.wishes) {
    const { kind, ...wish } = wishOf(answers);
    const act = { ...wish, state: 'attempted', method: 'POST', other: {}, end: undefined } as const;
    const asked = await insist(world, { ...act, kind: kind === 'cancellation' ? 'order' : kind });
    died ||= asked.died;
    const body = JSON.parse(asked.end.body) as Record<string, unknown>;
    answers.push(body);
    if (kind !== 'cancellation') world.acts.push({ ...act, kind, end: asked.end });
    if (kind === 'order' && asked.end.state === 'acked') world.ends.set(String(body['id']), flow.order);
    if (kind === 'order' && asked.end.state === 'refused') world.refused += 1;
    // What was only taken on has to be there before the next call can be about it.
    if (asked.end.status === 202) died = (await untilDone(world)) || died;
  }
  return (await untilDone(world)) || died;
}

/** What follows an answer may be where it dies; it may die once. True: it did. */
async function untilDone(world: World): Promise<boolean> {
  await Promise.race([atRest(world), gone(world)]);
  const died = await revive(world);
  if (died) await atRest(world);
  return died;
}

async function atRest({ place, log }: World): Promise<void> {
  await untilRest(place.database.db, { log, restWithinMs, lookEveryMs });
}

async function gone({ server }: World): Promise<void> {
  await server.ended(restWithinMs);
}

/** Asks under one key until there is an answer. */
async function insist(world: World, act: Act): Promise<{ end: NonNullable<Act['end']>; died: boolean }> {
  let died = false;
  for (let sent = 1; sent <= mostAsks; sent++) {
    const answer = await world.client.ask(questionOf(act, world.tokens)).catch(() => undefined);
    died = (await revive(world)) || died;
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
async function revive({ server, place }: World): Promise<boolean> {
  if (!(await server.ended(0))) return false;
  // Nobody is left who could hold a lease; audited runs under load wait for leases to run out by themselves.
  await sql`update runtime.idempotency set lease_until = now() where state = 'started'`.execute(place.database.db);
  await sql`update orders.workflow_run set lease_until = now() where lease_until is not null`.execute(
    place.database.db,
  );
  await server.start();
  return true;
}

async function fillShelf({ client, tokens }: Pick<World, 'client' | 'tokens'>): Promise<void> {
  const headers = {
    authorization: `Bearer ${tokens.of({ subject: 'prepare', kind: 'service' })}`,
    'idempotency-key': 'prepare',
  };
  const body = { sku, quantity: 1000 };
  const answer = await client.ask({ method: 'POST', path: '/inventory/v1/receipts', headers, body });
  if (answer.status >= 300) throw new Error(`no goods: ${answer.status} ${answer.body}`);
}

async function judgeWorld(world: World): Promise<Awaited<ReturnType<typeof judge>>> {
  const { findings, figures } = await judge(world.place.database.db, world.acts, { start: world.start });
  return { findings: [...findings, ...(await judgeOrders(world))], figures };
}

interface OrderFound {
  /** On the wire. */
  id: string;
  state: string;
  totalMinor: bigint;
}

async function ordersOf(db: DatabasePlace['database']['db']): Promise<OrderFound[]> {
  const { rows } = await sql<OrderFound>`select id::text as id, state, total_minor from orders.orders`.execute(db);
  return rows.map((row) => ({ ...row, id: toWireId('ord', row.id) }));
}

/**
 * Every order came to the one end that its flow has, and so did its goods and its money: taken once for one that stands,
 * given back or never taken for any other.
 */
async function judgeOrders({ place, before, ends, refused }: World): Promise<Finding[]> {
  const { db } = place.database;
  const known = new Set(before);
  const made = (await ordersOf(db)).filter(({ id }) => !known.has(id));
  const ids = made.map(({ id }) => id);
  const goods = await sql<{ id: string; states: string }>`
    select reference as id, string_agg(state, ' ') as states from inventory.reservations
    where reference = any(${ids}::text[]) group by reference`.execute(db);
  const money = await sql<{ id: string; takenMinor: bigint }>`
    select p.reference as id, sum(case c.kind when 'capture' then c.amount_minor else -c.amount_minor end)::bigint as taken_minor
    from payments.payments p join payments.simulator_charge c on c.payment_id = p.id
    where p.reference = any(${ids}::text[]) and c.kind in ('capture', 'refund') and c.outcome = 'succeeded'
    group by p.reference`.execute(db);
  const open = await sql<{ id: string }>`
    select p.reference || ' ' || p.state as id from payments.payments p
    where p.reference = any(${ids}::text[]) and p.state not in ('captured', 'cancelled', 'refunded', 'failed')`.execute(
    db,
  );
  const goodsOf = new Map(goods.rows.map(({ id, states }) => [id, states]));
  const takenOf = new Map(money.rows.map(({ id, takenMinor }) => [id, takenMinor]));
  const wrong = (isWrong: (order: OrderFound, stands: boolean) => boolean): string[] =>
    made
      .filter((order) => isWrong(order, ends.get(order.id) === 'placed'))
      .map(({ id, state }) => `${id} ${state}, goods ${goodsOf.get(id) ?? 'none'}, taken ${takenOf.get(id) ?? 0n}`);
  const rejected = made.filter(({ id }) => !ends.has(id));
  const found = {
    'an order that came to another end': wrong(({ id, state }) => state !== (ends.get(id) ?? 'rejected')),
    'goods of an order that were not kept once, or not given back': wrong(({ id }, stands) =>
      stands ? goodsOf.get(id) !== 'confirmed' : (goodsOf.get(id) ?? 'released') !== 'released',
    ),
    'money of an order that was not taken once, or not given back': wrong(
      ({ id, totalMinor }, stands) => (takenOf.get(id) ?? 0n) !== (stands ? totalMinor : 0n),
    ),
    'a payment of an order that is not at its end': open.rows.map(({ id }) => id),
    'an order that nobody was told of': rejected.length === refused ? [] : rejected.map(({ id }) => id),
  };
  return Object.entries(found).flatMap(([check, each]) =>
    each.length > 0 ? [{ check, count: each.length, ids: each }] : [],
  );
}

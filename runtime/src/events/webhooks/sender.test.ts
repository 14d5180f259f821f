import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { PortError } from '../../kernel/index.ts';
import type { OutboundAnswer, OutboundRequest } from '../../security/egress.ts';
import { openTestDatabase, type TestDatabase } from '../../store/test-database.ts';
import { silent, testServices, type TestServices } from '../../test-services.ts';
import { sweepDeliveries } from './rows.ts';
import { retryAfterS } from './schedule.ts';
import { createWebhookSender, type WebhookSender } from './sender.ts';
import { addTarget, enqueueDelivery, moveTarget, readTargets, replayDeliveries, rotateSecret } from './targets.ts';

type Answer = number | (Partial<OutboundAnswer> & { status: number }) | 'refused';

let database: TestDatabase;
let services: TestServices;
let sender: WebhookSender;
/** What arrived: address, id, signatures and second. */
let seen: { url: string; id: string; signature: string; atS: number; body: string }[];
let notices: string[];
let answers: (request: OutboundRequest) => Answer | Promise<Answer>;
let counted: string[];

beforeAll(async () => {
  database = await openTestDatabase();
});
afterAll(() => database.close());
beforeEach(async () => {
  await database.rows('truncate runtime.webhook_delivery, runtime.webhook_target, runtime.webhook_secret');
  services = testServices(database);
  seen = [];
  notices = [];
  counted = [];
  answers = () => 204;
  sender = createWebhookSender({
    services,
    log: silent,
    count: (name, labels) => void counted.push(`${name} ${Object.values(labels).join()}`),
    noticed: {
      name: 'partners.told',
      run: async ({ kind, because }, ctx) => {
        notices.push(`${kind} ${because}`);
        ctx.emit('endpoint.failing' as never, { subject: 'whe', data: {} as never });
      },
    },
    egress: async (request) => {
      const headers = request.headers as Record<string, string>;
      seen.push({
        url: request.url,
        id: headers['webhook-id'] as string,
        signature: headers['webhook-signature'] as string,
        atS: services.clock.now().epochMilliseconds / 1000,
        body: String(request.body),
      });
      const answer = await answers(request);
      if (answer === 'refused') throw new PortError('refused', 'A private address');
      return { headers: {}, body: '', ...(typeof answer === 'number' ? { status: answer } : answer) };
    },
  });
});
afterEach(() => sender.close());

async function anEndpoint(url = 'https://hooks.test/a'): Promise<string> {
  const id = services.ids.uuid();
  await database.transaction((tx) => addTarget(tx, { id, owner: 'app_1', url, now: services.clock.now() }));
  return id;
}

async function send(
  targetId: string,
  eventId: string,
  more: { orderKey?: string; retryForS?: number } = {},
): Promise<string> {
  const id = services.ids.uuid();
  await database.transaction((tx) =>
    enqueueDelivery(tx, {
      id,
      targetId,
      eventId,
      eventType: 'order.placed',
      mediaType: 'application/cloudevents+json',
      body: `{"id":"${eventId}"}`,
      now: services.clock.now(),
      ...more,
    }),
  );
  return id;
}

const stateOf = async (id: string) =>
  (
    await database.rows(
      `select state, tries, due_at, answer, attempts from runtime.webhook_delivery where id = '${id}'`,
    )
  )[0];
const forward = async (seconds: number): Promise<void> => {
  services.clock.advance({ milliseconds: Math.ceil(seconds * 1000) });
  await sender.settled();
};

test('an attempt that ends when another process has the delivery counts for nothing', async () => {
  const endpoint = await anEndpoint();
  const id = await send(endpoint, 'evt_late');
  answers = async () => {
    // The lease ran out, and somebody else took it.
    await database.rows(
      `update runtime.webhook_delivery set fence = fence + 1, due_at = '2100-01-01' where id = '${id}'`,
    );
    return 500;
  };
  await sender.settled();
  expect(seen).toHaveLength(1);
  expect(await stateOf(id)).toMatchObject({ state: 'pending', tries: 0, attempts: [] });
  expect(await database.rows('select failures, failing_since from runtime.webhook_target')).toEqual([
    { failures: 0, failing_since: null },
  ]);
});

test('a delivery is tried twelve times with the same id, at the times of the schedule, and is dead then', async () => {
  answers = () => ({ status: 500, body: 'no\u0000 idea' });
  const endpoint = await anEndpoint();
  const id = await send(endpoint, 'evt_1');
  await sender.settled();
  for (const waitS of retryAfterS) {
    const before = seen.length;
    // 20 % early nothing is due yet; 20 % late it is.
    await forward(waitS * 0.799);
    expect(seen).toHaveLength(before);
    // From ten failures in a row on an attempt may wait for its probe, a minute at most.
    await forward(waitS * 0.402 + 1);
    expect(seen).toHaveLength(before + 1);
  }
  expect(seen).toHaveLength(12);
  expect(new Set(seen.map((each) => each.id))).toEqual(new Set(['evt_1']));
  expect(await stateOf(id)).toMatchObject({ state: 'dead', tries: 12, due_at: null, answer: 'no\uFFFD idea' });
  await forward(3 * 86_400);
  expect(seen).toHaveLength(12);
  expect(counted.filter((each) => each.endsWith('again'))).toHaveLength(11);
  expect(notices).toEqual(['failing failing']);
  expect(await database.rows('select type from runtime.outbox')).toEqual([{ type: 'endpoint.failing' }]);
});

test('2xx alone is success; a redirect, a refused address and a lost connection are failures', async () => {
  const endpoint = await anEndpoint();
  const results: Answer[] = [301, 'refused', 404, 200];
  answers = () => results.shift() as Answer;
  const id = await send(endpoint, 'evt_1');
  for (const waitS of [0, 7, 37, 145]) await forward(waitS);
  const row = await stateOf(id);
  expect(row).toMatchObject({ state: 'delivered', tries: 4 });
  const outcomes = ((row ?? {})['attempts'] as { outcome: string; status?: number }[]).map((each) => [
    each.status,
    each.outcome,
  ]);
  expect(outcomes).toEqual([
    [301, 'answered 301'],
    [undefined, 'A private address'],
    [404, 'answered 404'],
    [200, 'delivered'],
  ]);
  expect((await readTargets(database.db, [endpoint])).get(endpoint)).toMatchObject({ failures: 0, failingSince: null });
});

test('410 switches the endpoint off; what waited is dead, and can be replayed once it is resumed', async () => {
  answers = () => 410;
  const endpoint = await anEndpoint();
  const first = await send(endpoint, 'evt_1');
  await sender.settled();
  expect((await readTargets(database.db, [endpoint])).get(endpoint)).toMatchObject({
    state: 'disabled',
    because: 'gone',
  });
  expect(await stateOf(first)).toMatchObject({ state: 'dead', tries: 1 });
  expect(notices).toEqual(['disabled gone']);
  const now = services.clock.now();
  expect(await database.transaction((tx) => replayDeliveries(tx, { id: first }, now))).toEqual([]);
  await database.transaction((tx) => moveTarget(tx, endpoint, { from: ['disabled'], to: 'active', now }));
  answers = () => 200;
  expect(
    await database.transaction((tx) => replayDeliveries(tx, { targetId: endpoint, state: 'dead' }, now)),
  ).toHaveLength(1);
  await sender.settled();
  expect(await stateOf(first)).toMatchObject({ state: 'delivered' });
  expect(seen.map(({ id }) => id)).toEqual(['evt_1', 'evt_1']);
});

test('what was under way when its endpoint was switched off is dead once its own attempt fails', async () => {
  const others = Promise.withResolvers<void>();
  answers = async ({ headers }) => {
    if (headers?.['webhook-id'] === 'evt_gone') return 410;
    await others.promise;
    return 500;
  };
  const endpoint = await anEndpoint();
  const [late, gone] = [await send(endpoint, 'evt_late'), await send(endpoint, 'evt_gone')];
  sender.poke();
  while ((await stateOf(gone))?.['state'] === 'pending') await new Promise((resolve) => setTimeout(resolve, 5));
  others.resolve();
  await sender.settled();
  expect(await stateOf(late)).toMatchObject({ state: 'dead', tries: 1, due_at: null });
  expect(notices).toEqual(['disabled gone']);
  await forward(86_400);
  expect(seen).toHaveLength(2);
});

test('an endpoint that says 410 to what was under way when it was paused is switched off, and its owner told', async () => {
  const held = Promise.withResolvers<void>();
  answers = async () => {
    await held.promise;
    return 410;
  };
  const endpoint = await anEndpoint();
  await send(endpoint, 'evt_1');
  sender.poke();
  while (seen.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  const now = services.clock.now();
  await database.transaction((tx) => moveTarget(tx, endpoint, { from: ['active'], to: 'paused', now }));
  held.resolve();
  await sender.settled();
  expect((await readTargets(database.db, [endpoint])).get(endpoint)).toMatchObject({ state: 'disabled' });
  expect(notices).toEqual(['disabled gone']);
});

test('a replay by type and time takes what was made from its first moment on and before its last', async () => {
  const endpoint = await anEndpoint();
  const made: Record<string, string> = {};
  for (const [hour, type] of [
    ['10', 'order.placed'],
    ['11', 'order.placed'],
    ['11', 'order.shipped'],
    ['12', 'order.placed'],
  ] as const) {
    const name = `${type} ${hour}`;
    const id = await send(endpoint, name);
    await database.rows(`update runtime.webhook_delivery
      set event_type = '${type}', created_at = '2030-01-01T${hour}:00:00Z' where id = '${id}'`);
    made[id] = name;
  }
  await sender.settled();
  seen = [];
  const replay = (filter: Omit<Parameters<typeof replayDeliveries>[1], 'targetId'>) =>
    database.transaction((tx) => replayDeliveries(tx, { targetId: endpoint, ...filter }, services.clock.now()));
  const namesOf = async (filter: Parameters<typeof replay>[0]) =>
    (await replay(filter)).map(({ id }) => made[id] ?? '').toSorted();
  const [from, until] = ['2030-01-01T11:00:00Z', '2030-01-01T12:00:00Z'];
  expect(await namesOf({ from, until })).toEqual(['order.placed 11', 'order.shipped 11']);
  expect(await namesOf({ eventType: 'order.placed', until })).toEqual(['order.placed 10', 'order.placed 11']);
  expect(await namesOf({ eventType: 'order.placed', from: until })).toEqual(['order.placed 12']);
  expect(await namesOf({ eventType: 'order.lost', from: '2030-01-01T00:00:00Z' })).toEqual([]);
  await sender.settled();
  expect([...new Set(seen.map(({ id }) => id))].toSorted()).toEqual(Object.values(made).toSorted());
  expect(await namesOf({ eventType: 'order.shipped', from, until, state: 'dead' })).toEqual([]);
});

test('Retry-After of 429 and 503 is obeyed, of others it is not, and never beyond a day', async () => {
  const endpoint = await anEndpoint();
  for (const [status, retryAfter, leastS, mostS] of [
    [503, '90', 90, 91],
    [429, new Date(services.clock.now().epochMilliseconds + 600_000).toUTCString(), 600, 601],
    [503, '999999', 86_400, 86_401],
    [500, '90', 4, 7],
    [503, 'soon', 4, 7],
  ] as const) {
    answers = () => ({ status, headers: { 'retry-after': retryAfter } });
    const before = services.clock.now();
    const id = await send(endpoint, `evt_${status}_${retryAfter}`);
    await sender.settled();
    const due = (await stateOf(id))?.['due_at'] as Temporal.Instant;
    expect(due.since(before).total('seconds')).toBeGreaterThanOrEqual(leastS);
    expect(due.since(before).total('seconds')).toBeLessThanOrEqual(mostS);
  }
});

test('retryFor ends the attempts earlier', async () => {
  answers = () => 500;
  const id = await send(await anEndpoint(), 'evt_1', { retryForS: 60 });
  for (const waitS of [0, 7, 37, 200, 2000]) await forward(waitS);
  expect(await stateOf(id)).toMatchObject({ state: 'dead', tries: 3 });
});

test('after ten failures in a row an endpoint gets one attempt a minute, and everything again after one success', async () => {
  answers = () => 500;
  const endpoint = await anEndpoint();
  for (let n = 0; n < 30; n++) await send(endpoint, `evt_${n}`);
  await sender.settled();
  const first = seen.length;
  // Four may have been under way when the tenth failed.
  expect(first).toBeGreaterThanOrEqual(10);
  expect(first).toBeLessThanOrEqual(13);
  for (const minute of [1, 2, 3]) {
    await forward(60);
    expect(seen).toHaveLength(first + minute);
  }
  answers = () => 200;
  await forward(60);
  const left = await database.rows(
    `select count(*)::int as n from runtime.webhook_delivery where state = 'pending' and due_at <= '${services.clock.now().toString()}'`,
  );
  expect(left).toEqual([{ n: 0 }]);
});

test('an endpoint that only fails is told of after a day and switched off after five', async () => {
  answers = () => 500;
  const endpoint = await anEndpoint();
  const fail = async (hours: number): Promise<void> => {
    for (let hour = 0; hour < hours; hour++) {
      await send(endpoint, services.ids.uuid(), { retryForS: 1 });
      await forward(3600);
    }
  };
  await fail(23);
  expect(notices).toEqual([]);
  await fail(3);
  expect(notices).toEqual(['failing failing']);
  await fail(93);
  expect((await readTargets(database.db, [endpoint])).get(endpoint)?.state).toBe('active');
  await fail(2);
  expect(notices).toEqual(['failing failing', 'disabled failing']);
  expect((await readTargets(database.db, [endpoint])).get(endpoint)).toMatchObject({
    state: 'disabled',
    because: 'failing',
  });
});

test('a key holds later events until the one before is delivered or dead; other keys and events go on', async () => {
  const endpoint = await anEndpoint();
  answers = ({ headers }) => (headers?.['webhook-id'] === 'evt_a1' && seen.length < 5 ? 500 : 200);
  await send(endpoint, 'evt_a1', { orderKey: 'a' });
  await send(endpoint, 'evt_a2', { orderKey: 'a' });
  await send(endpoint, 'evt_b1', { orderKey: 'b' });
  await send(endpoint, 'evt_free');
  await sender.settled();
  expect(seen.map(({ id }) => id).toSorted()).toEqual(['evt_a1', 'evt_b1', 'evt_free']);
  await forward(7);
  expect(seen.at(-1)?.id).toBe('evt_a1');
  await forward(37);
  expect(seen.slice(-2).map(({ id }) => id)).toEqual(['evt_a1', 'evt_a2']);
  // A dead one holds nobody.
  answers = ({ headers }) => (headers?.['webhook-id'] === 'evt_a3' ? 500 : 200);
  await send(endpoint, 'evt_a3', { orderKey: 'a', retryForS: 1 });
  await send(endpoint, 'evt_a4', { orderKey: 'a' });
  await sender.settled();
  expect(seen.slice(-2).map(({ id }) => id)).toEqual(['evt_a3', 'evt_a4']);
});

test('at most four attempts at once to one endpoint, over all processes; a slow one delays nobody else', async () => {
  let under = 0;
  let most = 0;
  const release = Promise.withResolvers<void>();
  answers = async ({ url }) => {
    if (!url.endsWith('slow')) return 200;
    most = Math.max(most, (under += 1));
    await release.promise;
    under -= 1;
    return 200;
  };
  const other = createWebhookSender({
    services,
    log: silent,
    egress: async ({ url }) => {
      const answer = await answers({ url });
      return { status: answer as number, headers: {}, body: '' };
    },
  });
  const [slow, quick] = [await anEndpoint('https://hooks.test/slow'), await anEndpoint('https://hooks.test/quick')];
  for (let n = 0; n < 40; n++) await send(slow, `evt_s${n}`);
  for (let n = 0; n < 8; n++) await send(quick, `evt_q${n}`);
  for (let n = 0; n < 5; n++) {
    sender.poke();
    other.poke();
    await new Promise((resolve) => setTimeout(resolve, 30));
  }
  const done = await database.rows(
    `select count(*)::int as n from runtime.webhook_delivery where target_id = '${quick}' and state = 'delivered'`,
  );
  expect(done).toEqual([{ n: 8 }]);
  release.resolve();
  await Promise.all([sender.settled(), other.settled()]);
  await sender.settled();
  await other.close();
  expect(most).toBe(4);
  const states = await database.rows(
    `select state, count(*)::int as n, sum(tries)::int as tries from runtime.webhook_delivery group by state`,
  );
  expect(states).toEqual([{ state: 'delivered', n: 48, tries: 48 }]);
});

test('a paused endpoint is sent nothing; resumed it gets what waited', async () => {
  const endpoint = await anEndpoint();
  const now = services.clock.now();
  const move = (from: 'active' | 'paused', to: 'active' | 'paused' | 'removed') =>
    database.transaction((tx) => moveTarget(tx, endpoint, { from: [from], to, now }));
  expect(await move('active', 'paused')).toMatchObject({ state: 'paused' });
  await send(endpoint, 'evt_1');
  await forward(3600);
  expect(seen).toEqual([]);
  expect(await move('active', 'paused')).toBeUndefined();
  await move('paused', 'active');
  await sender.settled();
  expect(seen).toHaveLength(1);
  await move('active', 'removed');
  const late = await send(endpoint, 'evt_2');
  await forward(3600);
  expect(seen).toHaveLength(1);
  expect(await stateOf(late)).toMatchObject({ state: 'pending' });
});

test('while secrets change over both sign; a day later the new one alone', async () => {
  const endpoint = await anEndpoint();
  const rotate = () => database.transaction((tx) => rotateSecret(tx, endpoint, services.clock.now()));
  await send(endpoint, 'evt_1');
  await sender.settled();
  await Promise.all([rotate(), rotate(), rotate()]);
  await send(endpoint, 'evt_2');
  await sender.settled();
  services.clock.advance({ hours: 24 });
  await send(endpoint, 'evt_3');
  await sender.settled();
  expect(seen.map(({ signature }) => signature.split(' ').length)).toEqual([1, 2, 1]);
});

test('one message to an endpoint does not wait behind many to another', async () => {
  const enough = Promise.withResolvers<void>();
  answers = async () => {
    await enough.promise;
    return 200;
  };
  const [busy, quiet] = [await anEndpoint('https://hooks.test/busy'), await anEndpoint('https://hooks.test/quiet')];
  for (let n = 0; n < 200; n++) await send(busy, `evt_b${n}`);
  await send(quiet, 'evt_q');
  enough.resolve();
  await sender.settled();
  expect(seen).toHaveLength(201);
  expect(seen.findIndex(({ id }) => id === 'evt_q')).toBeLessThan(10);
});

test('what is past its time goes: thirty days after its end, or seven days of waiting for a pause to end', async () => {
  const [kept, paused] = [await anEndpoint(), await anEndpoint('https://hooks.test/paused')];
  const now = services.clock.now();
  await database.transaction((tx) => moveTarget(tx, paused, { from: ['active'], to: 'paused', now }));
  const [done, waiting] = [await send(kept, 'evt_1'), await send(paused, 'evt_2')];
  await sender.settled();
  const sweepIn = async (days: number) => {
    await sweepDeliveries(database.db, now.add({ seconds: Math.round(days * 86_400) }));
    return [await stateOf(done), await stateOf(waiting)].map((row) => row?.['state']);
  };
  expect(await sweepIn(6.9)).toEqual(['delivered', 'pending']);
  expect(await sweepIn(7.1)).toEqual(['delivered', 'dead']);
  expect(await sweepIn(29.9)).toEqual(['delivered', 'dead']);
  expect(await sweepIn(30.1)).toEqual([undefined, 'dead']);
  expect(await sweepIn(37.2)).toEqual([undefined, undefined]);
});

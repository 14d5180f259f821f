import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { webhookKeyPair } from '../../security/webhook-keys.ts';
import { openTestDatabase, type TestDatabase } from '../../store/test-database.ts';
import { silent, testServices, type TestServices } from '../../test-services.ts';
import * as rows from './rows.ts';
import { createWebhookSender } from './sender.ts';
import * as targets from './targets.ts';

let database: TestDatabase;
let services: TestServices;

beforeAll(async () => {
  database = await openTestDatabase();
});
afterAll(() => database.close());
beforeEach(async () => {
  await database.rows('truncate runtime.webhook_delivery, runtime.webhook_target, runtime.webhook_secret');
  services = testServices(database);
});

const now = () => services.clock.now();

async function anEndpoint(url = 'https://hooks.test/a'): Promise<string> {
  const id = services.ids.uuid();
  await database.transaction((tx) => targets.addTarget(tx, { id, owner: 'app_1', url, now: now() }));
  return id;
}

async function aCallback(): Promise<string> {
  await database.transaction((tx) => targets.rotateSecret(tx, 'app_1', now()));
  const target = { id: services.ids.uuid(), owner: 'app_1', url: 'https://hooks.test/called', now: now() };
  return database.transaction((tx) => targets.callbackTarget(tx, target));
}

async function send(targetId: string, more: { eventId?: string; retryForS?: number } = {}): Promise<string> {
  const id = services.ids.uuid();
  const delivery = { id, targetId, eventId: id, eventType: 'order.placed', mediaType: 'application/json', body: '{}' };
  await database.transaction((tx) => targets.enqueueDelivery(tx, { ...delivery, now: now(), ...more }));
  return id;
}

const take = (most = 32) => database.transaction((tx) => rows.takeDeliveries(tx, now(), most));
async function takeOne(): Promise<rows.TakenDelivery> {
  const [delivery] = await take();
  if (delivery === undefined) throw new Error('nothing was taken');
  return delivery;
}
const record = (delivery: rows.TakenDelivery, state: 'pending' | 'delivered' | 'dead' = 'pending', at = now()) =>
  database.transaction((tx) =>
    rows.recordAttempt(tx, delivery, {
      attempt: { at: at.toString(), status: 500, outcome: 'answered 500', durationMs: 1 },
      state,
      again: state === 'pending' ? at : undefined,
      now: at,
      answer: undefined,
    }),
  );
const columns = {
  webhook_delivery: '*',
  webhook_target: 'state, because, failures, failing_since, noticed_at, probe_at',
};
const look = async (table: keyof typeof columns, id: string) =>
  (await database.rows(`select ${columns[table]} from runtime.${table} where id = '${id}'`))[0];
const waiting = () => database.rows('select 1 from runtime.webhook_delivery where fence = 0');
const expire = () => database.rows('update runtime.webhook_delivery set lease_until = now()');

/** A sender whose receivers answer so. */
function sending(status: number, more: Partial<Parameters<typeof createWebhookSender>[0]> = {}) {
  const seen: string[] = [];
  const sender = createWebhookSender({
    services,
    log: silent,
    egress: async ({ url }) => {
      seen.push(url);
      return { status, headers: {}, body: 'x'.repeat(9000) };
    },
    ...more,
  });
  return { seen, sender };
}

describe('a delivery', () => {
  it('is one for an event and an address, however often it is put on its way', async () => {
    const [one, two] = [await anEndpoint(), await anEndpoint('https://hooks.test/b')];
    for (const target of [one, one, two]) await send(target, { eventId: 'evt_1' });
    const { seen, sender } = sending(204);
    await sender.settled();
    await send(one, { eventId: 'evt_1' });
    await sender.settled();
    await sender.close();
    expect(seen.toSorted((a, b) => a.localeCompare(b))).toEqual(['https://hooks.test/a', 'https://hooks.test/b']);
  });

  it('that another sender took over is recorded by that one alone', async () => {
    const id = await send(await anEndpoint());
    const late = await takeOne();
    expect(await take()).toEqual([]);
    await expire();
    const heir = await takeOne();
    expect(await record(late, 'dead')).toBe(false);
    expect(await look('webhook_delivery', id)).toMatchObject({ state: 'pending', tries: 0 });
    expect(await record(heir, 'delivered')).toBe(true);
    expect(await record(heir, 'dead')).toBe(false);
    expect(await look('webhook_delivery', id)).toMatchObject({ state: 'delivered', tries: 1 });
  });

  it('remembers its first attempt for as long as others follow, and forty of them', async () => {
    const id = await send(await anEndpoint());
    const first = now();
    for (let n = 0; n < 45; n++) {
      await record(await takeOne());
      services.clock.advance({ seconds: 1 });
    }
    const row = await look('webhook_delivery', id);
    expect(row?.['first_at']).toEqual(first);
    const attempts = row?.['attempts'] as rows.DeliveryAttempt[];
    expect([attempts.length, attempts[0]?.at]).toEqual([40, first.add({ seconds: 5 }).toString()]);
  });

  it('is given up when retryFor is over since its first attempt, however long ago the last one was', async () => {
    const id = await send(await anEndpoint(), { retryForS: 45 });
    const { sender } = sending(500);
    // 5 s and 30 s, a fifth more or less, end within 45 s together; the third wait does not.
    for (const waitS of [0, 6, 36, 144]) {
      services.clock.advance({ seconds: waitS });
      await sender.settled();
    }
    await sender.close();
    expect(await look('webhook_delivery', id)).toMatchObject({ state: 'dead', tries: 3 });
  });

  it('begins anew with all its attempts when it had ended, and with those left when it is on its way', async () => {
    const [ended, waits] = [await send(await anEndpoint()), await send(await anEndpoint('https://hooks.test/b'))];
    const taken = await take();
    for (const each of taken) await record(each, each.id === ended ? 'dead' : 'pending');
    const replayed = await database.transaction((tx) => targets.replayDeliveries(tx, { owners: ['app_1'] }, now()));
    expect(replayed).toHaveLength(2);
    expect(await look('webhook_delivery', ended)).toMatchObject({ state: 'pending', tries: 0, first_at: null });
    const left = await look('webhook_delivery', waits);
    expect(left).toMatchObject({ state: 'pending', tries: 1 });
    expect(left?.['first_at']).not.toBeNull();
  });

  it('is one of a thousand at most that a replay begins, the oldest ones', async () => {
    const target = await anEndpoint();
    await database.rows(`
      insert into runtime.webhook_delivery (id, target_id, event_id, event_type, media_type, body, state, created_at)
      select gen_random_uuid(), '${target}', 'evt_' || n, 'order.placed', 'application/json', '{}', 'dead', now()
      from generate_series(1, 1001) n order by n`);
    const replayed = await database.transaction((tx) => targets.replayDeliveries(tx, { targetId: target }, now()));
    expect(replayed).toHaveLength(targets.mostReplayed);
    const left = await database.rows(`select event_id from runtime.webhook_delivery where state = 'dead'`);
    expect(left).toEqual([{ event_id: 'evt_1001' }]);
  });

  it('without a secret to sign it leaves nothing, and is a failure', async () => {
    const id = await send(await anEndpoint());
    await database.rows('truncate runtime.webhook_secret');
    const { seen, sender } = sending(204);
    await sender.settled();
    await sender.close();
    expect(seen).toEqual([]);
    const attempts = [{ outcome: 'there is no signing secret any more' }];
    expect(await look('webhook_delivery', id)).toMatchObject({ state: 'pending', tries: 1, attempts });
  });

  it('shows the first 2,000 letters of the answer', async () => {
    const id = await send(await anEndpoint());
    const { sender } = sending(500);
    await sender.settled();
    await sender.close();
    expect((await look('webhook_delivery', id))?.['answer']).toBe('x'.repeat(2000));
  });
});

describe('addresses', () => {
  it('with a key pair stay so when it is changed, say both public halves, and sign with the private ones', async () => {
    const id = services.ids.uuid();
    const made = { id, owner: 'app_1', url: 'https://hooks.test/a', signing: 'ed25519' as const, now: now() };
    const keys = [await database.transaction((tx) => targets.addTarget(tx, made))];
    const keysOf = async (target: string) => (await targets.readTargets(database.db, [target])).get(target)?.publicKeys;
    const rotate = async () => {
      const { secret } = await database.transaction((tx) => targets.rotateSecret(tx, id, now()));
      keys.unshift(secret);
    };
    expect(await keysOf(id)).toEqual([{ key: keys[0], until: null }]);
    await rotate();
    services.clock.advance({ hours: 1 });
    await rotate();
    expect(new Set(keys).size).toBe(3);
    const [newest, before, ...gone] = (await keysOf(id)) ?? [];
    expect([newest, before?.key, gone]).toEqual([{ key: keys[0], until: null }, keys[1], []]);
    const until = Temporal.Instant.from(before?.until ?? '');
    expect(until.since(now()).total('hours')).toBe(24);
    await send(id);
    const [privateKeys = []] = (await take()).map(({ secrets }) => secrets);
    const seeds = privateKeys.map((key) => Buffer.from(key.slice('whsk_'.length), 'base64'));
    expect(seeds.map((seed) => webhookKeyPair(seed))).toEqual(
      [0, 1].map((n) => ({ privateKey: privateKeys[n], publicKey: keys[n] })),
    );
    // Secrets have no public half, at endpoints and at calls.
    expect(await Promise.all([keysOf(await anEndpoint()), keysOf(await aCallback())])).toEqual([[], []]);
  });

  it('that waited longest come first, each with its share of what there is room for', async () => {
    const ids = [
      await anEndpoint(),
      await anEndpoint('https://hooks.test/b'),
      await anEndpoint('https://hooks.test/c'),
    ];
    for (const id of ids) for (let n = 0; n < 6; n++) await send(id);
    const order = async (most: number) => (await take(most)).map(({ targetId }) => ids.indexOf(targetId));
    // Room for one: each address in its turn, whatever its id.
    const turns = [await order(1), await order(1), await order(1)].flat();
    expect(new Set(turns)).toEqual(new Set([0, 1, 2]));
    // Room for all: none takes what is another's.
    const all = await order(3);
    expect([all.length, new Set(all)]).toEqual([3, new Set([0, 1, 2])]);
  });

  it('are sent no more than thirty-two messages at once by one process', async () => {
    const endpoints = await Promise.all(Array.from({ length: 10 }, (_, n) => anEndpoint(`https://hooks.test/${n}`)));
    for (const id of endpoints) for (let n = 0; n < 4; n++) await send(id);
    const gate = Promise.withResolvers<void>();
    let [under, most] = [0, 0];
    const { sender } = sending(204, {
      egress: async () => {
        most = Math.max(most, (under += 1));
        await gate.promise;
        under -= 1;
        return { status: 204, headers: {}, body: '' };
      },
    });
    sender.poke();
    await expect.poll(() => under).toBe(32);
    sender.poke();
    expect(await waiting()).toHaveLength(8);
    gate.resolve();
    await sender.settled();
    await sender.close();
    expect([most, await waiting()]).toEqual([32, []]);
  });

  it('that fail ten times in a row get one message a minute', async () => {
    const id = await anEndpoint();
    for (let n = 0; n < 4; n++) await send(id);
    const fail = () => database.transaction((tx) => rows.countFailure(tx, id, now()));
    const probe = async () => {
      const row = await look('webhook_target', id);
      return [row?.['failures'], String(row?.['probe_at'])];
    };
    for (let n = 0; n < 9; n++) await fail();
    expect(await probe()).toEqual([9, 'null']);
    for (const each of await take(1)) await record(each, 'delivered');
    expect(await waiting()).toHaveLength(3);
    await fail();
    expect(await probe()).toEqual([10, now().add({ seconds: 60 }).toString()]);
    expect(await take()).toEqual([]);
    services.clock.advance({ milliseconds: 59_999 });
    expect(await take()).toEqual([]);
    services.clock.advance({ milliseconds: 1 });
    const probed = await take();
    expect(probed).toHaveLength(1);
    for (const each of probed) await record(each, 'delivered');
    services.clock.advance({ milliseconds: 59_999 });
    expect(await take()).toEqual([]);
    services.clock.advance({ milliseconds: 1 });
    expect(await take()).toHaveLength(1);
  });

  it('that are told to have failed for a day are told anew after a success between', async () => {
    const id = await anEndpoint();
    await database.transaction((tx) => rows.countFailure(tx, id, now()));
    await database.transaction((tx) => rows.markNoticed(tx, id, now()));
    await database.transaction((tx) => rows.countSuccess(tx, id));
    const cleared = { failures: 0, failing_since: null, noticed_at: null, probe_at: null };
    expect(await look('webhook_target', id)).toMatchObject(cleared);
  });

  it('that are removed are sent nothing of what waits', async () => {
    const target = await anEndpoint();
    const id = await send(target);
    await database.transaction((tx) => targets.moveTarget(tx, target, { from: ['active'], to: 'removed', now: now() }));
    expect(await look('webhook_delivery', id)).toMatchObject({ state: 'dead', due_at: null, ended_at: now() });
  });

  it('of calls are switched off without a word: nobody watches over them, and the next call tries them again', async () => {
    const told: string[] = [];
    const target = await aCallback();
    await send(target);
    const { sender } = sending(410, {
      noticed: { name: 'partners.told', run: async ({ targetId }) => void told.push(targetId) },
    });
    await sender.settled();
    await sender.close();
    expect([told, (await look('webhook_target', target))?.['state']]).toEqual([[], 'disabled']);
    expect(await aCallback()).toBe(target);
    expect(await look('webhook_target', target)).toMatchObject({ state: 'active', because: null });
  });

  it('of calls of whoever is shut out wait, also when they are named again', async () => {
    const target = await aCallback();
    await database.transaction((tx) => targets.holdTargets(tx, ['app_1']));
    expect(await aCallback()).toBe(target);
    await send(target);
    expect(await look('webhook_target', target)).toMatchObject({ state: 'paused', because: 'suspended' });
    expect(await take()).toEqual([]);
    await database.transaction((tx) => targets.freeTargets(tx, ['app_1']));
    expect(await take()).toHaveLength(1);
  });
});

it('what is past its time goes: secrets after their day, messages and addresses of calls after thirty days', async () => {
  const [endpoint, called] = [await anEndpoint(), await aCallback()];
  await database.transaction((tx) => targets.rotateSecret(tx, endpoint, now()));
  await database.rows(`
    insert into runtime.webhook_inbox (source, message_id, state, body, trace_id, received_at)
    values ('s', 'old', 'taken', '', 't', now() - interval '31 days'), ('s', 'young', 'taken', '', 't', now() - interval '29 days')`);
  await database.rows(`
    insert into runtime.purge (tags, at) values (array['old'], now() - interval '61 minutes'), (array['young'], now() - interval '59 minutes')`);
  const left = async () =>
    Promise.all(
      [
        'select count(*)::int as n from runtime.webhook_secret',
        'select count(*)::int as n from runtime.webhook_target',
        'select count(*)::int as n from runtime.webhook_inbox',
        'select count(*)::int as n from runtime.purge',
      ].map(async (query) => (await database.rows(query))[0]?.['n']),
    );
  expect(await left()).toEqual([3, 2, 2, 2]);
  const sweepIn = (hours: number) => rows.sweepDeliveries(database.db, now().add({ minutes: hours * 60 }));
  await sweepIn(23);
  expect(await left()).toEqual([3, 2, 1, 1]);
  await sweepIn(25);
  expect(await left()).toEqual([2, 2, 1, 1]);
  await send(called);
  await sweepIn(31 * 24);
  // An address with something to send stays.
  expect(await left()).toEqual([2, 2, 1, 1]);
  await database.rows('truncate runtime.webhook_delivery');
  await sweepIn(31 * 24);
  expect(await database.rows('select id from runtime.webhook_target')).toEqual([{ id: endpoint }]);
});

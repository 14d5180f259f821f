// What ends with a job: its callbacks leave, signed for the application that asked for them, and what edges keep of its
// subject is forgotten everywhere.

import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createWebhookSender } from '../../events/webhooks/sender.ts';
import { rotateSecret } from '../../events/webhooks/targets.ts';
import { PortError, problem, systemClock } from '../../kernel/index.ts';
import { followPurges } from '../../pipeline/cache/purge-feed.ts';
import { openTestDatabase, type TestDatabase } from '../../store/test-database.ts';
import { silent, testServices } from '../../test-services.ts';
import { callerOf, insertReport, startTestJobs, type TestJobs, type Work } from './test-jobs.ts';

let store: TestDatabase;
let [here, there]: [TestJobs, TestJobs] = [{} as TestJobs, {} as TestJobs];
let usual: Work;
let secret: string;

beforeAll(async () => {
  store = await openTestDatabase();
  await store.rows('create table reports (name text not null)');
  [here, there] = [await startTestJobs(store), await startTestJobs(store)];
  usual = { ...here.work };
  ({ secret } = await store.transaction((tx) => rotateSecret(tx, 'app_a', systemClock.now())));
}, 60_000);
afterAll(async () => {
  await here.close();
  await there.close();
  await store.close();
});
beforeEach(async () => {
  for (const world of [here, there]) Object.assign(world.work, usual);
  await store.rows('truncate runtime.webhook_delivery, runtime.webhook_target');
});

const url = 'http://hooks.test/made';
const deliveries = () =>
  store.rows(`
    select d.event_type as type, d.event_id as id, d.media_type as media, d.body::json as body, t.owner, t.url, t.kind
    from runtime.webhook_delivery d join runtime.webhook_target t on t.id = d.target_id order by d.ordinal`);

/** Ada by an application: it has a secret to sign with, or has not. */
async function adaBy(application: string) {
  const token = await here.edge.token({ sub: 'ada', client_id: application });
  return async (path: string, body: object, headers: Record<string, string> = {}) => {
    const response = await fetch(`${here.url}/reports/v1/${path}`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${token}`,
        'content-type': 'application/json',
        'idempotency-key': `"k${Math.random()}"`,
        ...headers,
      },
      body: JSON.stringify(body),
    });
    const value = (await response.json()) as { code?: string; detail?: string };
    const location = response.headers.get('location');
    const end = async () =>
      (await (
        await fetch(`${here.url}${location}`, { headers: { authorization: `Bearer ${token}`, prefer: 'wait=30' } })
      ).json()) as { id: string; state: string };
    return { status: response.status, body: value, end };
  };
}

describe('a callback', () => {
  it.each(['reports', 'collections'])('of a job of /%s is its result, once, at its end', async (path) => {
    const ask = await adaBy('app_a');
    const key = { 'idempotency-key': `"${path}"` };
    const first = await ask(path, { name: 'q1', callbackUrl: url }, key);
    expect(first.status).toBe(202);
    expect((await first.end()).state).toBe('succeeded');
    await ask(path, { name: 'q1', callbackUrl: url }, key);
    expect(await deliveries()).toEqual([
      {
        type: path === 'reports' ? 'onMake' : 'onCollect',
        id: expect.stringMatching(/^cbk_[0-9a-f]{32}$/),
        media: 'application/json',
        body: { name: 'q1' },
        owner: 'app_a',
        url,
        kind: 'callback',
      },
    ]);
  });

  it('of a job that fails is its problem', async () => {
    for (const world of [here, there])
      world.work.makeReport = async () => problem('notes.locked' as never, { noteId: 'n' });
    const ask = await adaBy('app_a');
    expect((await (await ask('reports', { name: 'q2', callbackUrl: url })).end()).state).toBe('failed');
    expect(await deliveries()).toMatchObject([{ media: 'application/problem+json', body: { code: 'notes.locked' } }]);
  });

  it('of a job that was tried for the last time is its problem, too', async () => {
    const still = await startTestJobs(store, { enqueue: async () => undefined });
    still.work.makeReport = () => Promise.reject(new PortError('unavailable', 'away'));
    const token = await still.edge.token({ sub: 'ada', client_id: 'app_a' });
    const begun = await fetch(`${still.url}/reports/v1/reports`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', 'idempotency-key': '"last"' },
      body: JSON.stringify({ name: 'last', callbackUrl: url }),
    });
    const { id } = (await begun.json()) as { id: string };
    for (let attempt = 1; attempt <= 4; attempt++) await still.jobs.run(id);
    expect(await deliveries()).toEqual([]);
    await still.jobs.run(id);
    expect(await deliveries()).toMatchObject([{ type: 'onMake', media: 'application/problem+json' }]);
    await still.close();
  });

  it('of a call that is answered at once commits with it, and not without it', async () => {
    const ask = await adaBy('app_a');
    expect((await ask('orders', { name: 'q3', callbackUrl: url })).status).toBe(201);
    expect(await deliveries()).toMatchObject([{ type: 'onOrder', body: { name: 'q3' } }]);
    here.work.makeReport = async (name, ctx) => {
      await insertReport(ctx, name);
      return problem('conflicting-state');
    };
    expect((await ask('orders', { name: 'q4', callbackUrl: url })).status).toBe(409);
    expect(await deliveries()).toHaveLength(1);
  });

  it('is sent where nobody asked for it to nobody', async () => {
    const ask = await adaBy('app_b');
    expect((await (await ask('reports', { name: 'q5' })).end()).state).toBe('succeeded');
    expect(await deliveries()).toEqual([]);
  });

  it.each([
    ['app_a', 'https://127.0.0.1/', 'A private address'],
    ['app_a', 'https://[::ffff:10.0.0.1]/', 'A private address'],
    ['app_a', 'http://example.com/', 'Only https'],
    ['app_a', 'nonsense', 'not a URL'],
    ['app_b', url, 'no secret'],
  ])('for %s to %s is refused before anything happens', async (application, callbackUrl, says) => {
    const answer = await (await adaBy(application))('reports', { name: 'q6', callbackUrl });
    expect([answer.status, answer.body.code]).toEqual([422, 'callback-refused']);
    expect(answer.body.detail).toContain(says);
    expect(await store.rows(`select 1 from reports where name = 'q6'`)).toEqual([]);
  });

  it('is signed with the secret of the application', async () => {
    const ask = await adaBy('app_a');
    await (await ask('reports', { name: 'q7', callbackUrl: url })).end();
    const seen: unknown[] = [];
    const sender = createWebhookSender({
      services: { ...testServices(store), clock: systemClock },
      log: silent,
      egress: async ({ url: to, headers, body }) => {
        seen.push(to, new Webhook(secret).verify(String(body), headers as Record<string, string>));
        return { status: 200, headers: {}, body: '' };
      },
    });
    await sender.settled();
    await sender.close();
    expect(seen).toEqual([url, { name: 'q7' }]);
  });
});

describe('what an edge keeps', () => {
  it.each(['reports', 'collections'])('is forgotten on every edge when a job of /%s has ended', async (path) => {
    const stops = await Promise.all(
      [here, there].map(({ edge }) => followPurges(store, (tags) => edge.edge.purge(tags))),
    );
    let version = 1;
    for (const world of [here, there]) {
      world.work.getReport = async () => ({ status: 200, body: { version } });
      const make = async (name: string) => {
        version += 1;
        return { status: 201, body: { name } };
      };
      world.work.makeReport = make;
      world.work.collectReport = make;
    }
    const ada = await callerOf(here, 'ada');
    const ben = await callerOf(there, 'ben');
    const read = async (): Promise<unknown[]> =>
      Promise.all(
        [ada, ben].map(async ({ send }) => (await send('GET', `/reports/v1/reports/${path}`)).body['version']),
      );
    expect(await read()).toEqual([1, 1]);
    version = 5;
    expect(await read()).toEqual([1, 1]);
    const begun = await ada.post(path, path);
    expect((await ada.end(begun.headers.get('location'))).body['state']).toBe('succeeded');
    await expect.poll(read, { timeout: 2000, interval: 20 }).toEqual([6, 6]);
    await Promise.all(stops.map((stop) => stop()));
  });

  it('ends with what orchestrates even if that failed, since it may have committed; with a write that failed it stays', async () => {
    let version = 1;
    for (const world of [here, there]) {
      world.work.getReport = async () => ({ status: 200, body: { version } });
      world.work.makeReport = world.work.collectReport = async () => {
        version += 1;
        return problem('conflicting-state');
      };
    }
    const ada = await callerOf(here, 'ada');
    const read = async (name: string) => (await ada.send('GET', `/reports/v1/reports/${name}`)).body['version'];
    for (const [path, seen] of [
      ['reports', 1],
      ['collections', 3],
    ] as const) {
      const name = `failed-${path}`;
      const stop = await followPurges(store, (tags) => here.edge.edge.purge(tags));
      const before = version;
      expect(await read(name)).toBe(before);
      const begun = await ada.post(path, name);
      expect((await ada.end(begun.headers.get('location'))).body['state']).toBe('failed');
      await expect.poll(() => read(name), { timeout: 2000, interval: 20 }).toBe(seen);
      await stop();
    }
  });
});

// What a hostile upstream cannot do: move money twice, lose it, hold others up, or speak to our callers.

import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { customers } from '@plinth/capabilities/customers';
import { type Principal, servicePrincipal, systemClock } from '@plinth/runtime';
import { atEase, type TestDatabase } from '@plinth/testing';
import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { readConfig } from '../../server/src/config.ts';
import { readiness } from '../../server/src/http.ts';
import { createPlatform, type Platform } from '../../server/src/platform.ts';
import { aSeededDatabase } from '../seeded.ts';
import { contract, events, lookUp, manifestOf, openTill, target, type Till, type Wish } from './payouts.ts';

let folder: string;
let till: Till;
let url: string;
let database: TestDatabase;
let platform: Platform;

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'plinth-hostile-'));
  till = openTill();
  till.server.listen(0, '127.0.0.1');
  await once(till.server, 'listening');
  url = `http://127.0.0.1:${(till.server.address() as AddressInfo).port}`;
  database = await aSeededDatabase();
  const config = readConfig({ demo: true, ephemeral: true, data: folder }, { LOG_LEVEL: 'silent' });
  const mail = { send: () => Promise.resolve(), close: () => Promise.resolve() };
  platform = await createPlatform({
    config,
    database,
    databaseUrl: database.url,
    mail,
    clock: systemClock,
    load: atEase,
    capabilities: [customers],
  });
  const home = path.join(folder, 'contracts/payouts');
  mkdirSync(home, { recursive: true });
  for (const [name, text] of [
    ['contract.yaml', contract],
    ['events.yaml', events],
    ['till.yaml', target],
  ] as const)
    writeFileSync(path.join(home, name), text);
});
afterAll(async () => {
  await platform?.close();
  await database?.close();
  till?.server.closeAllConnections();
  till?.server.close();
  rmSync(folder, { recursive: true, force: true });
});
beforeEach(async () => {
  till.effects.clear();
  till.list = undefined;
  till.requests.length = 0;
  await install(lookUp);
});

describe('a write whose answer is lost', () => {
  it.each(['act-and-reset', 'act-and-silence', 'act-and-late', 'act-and-nonsense', 'act-and-500'] satisfies Wish[])(
    'after it took effect (%s) is unknown, is looked up, and becomes the stored answer',
    async (wish) => {
      const key = `done-${wish}`;
      const before = figure('unknown', 'result="done"');
      const first = await pay(wish, key);
      expect(first).toMatchObject({ status: 504, body: { code: 'outcome-unknown', retryable: false } });
      const job = (first.body as { job: string }).job;
      expect(first.headers['link']).toBe(`</jobs/${job}>; rel="monitor"`);
      expect(first.ms).toBeLessThan(750);
      const again = await pay(wish, key);
      expect(again).toMatchObject({ status: 409, body: { code: 'outcome-unknown' } });
      await until(async () => (await jobOf(job)).state === 'succeeded');
      const settled = await pay(wish, key);
      expect(settled).toMatchObject({ status: 201, body: { amount: 700, state: 'paid', customerId: 'cus_a' } });
      expect(settled.headers['idempotent-replayed']).toBe('true');
      expect((await jobOf(job)).answer).toMatchObject(settled.body as object);
      expect(effects()).toEqual([1]);
      const id = (settled.body as { id: string }).id;
      const { rows } = await sql`select type from runtime.outbox where subject = ${id}`.execute(database.db);
      expect(rows).toEqual([{ type: 'payout.made' }]);
      await until(async () => figure('unknown', 'result="done"') > before);
      expect(figure('unknown', 'result="done"')).toBe(before + 1);
    },
  );

  it.each(['silence', 'reset'] satisfies Wish[])(
    'without effect (%s) is looked up until that is certain; then the key is free',
    async (wish) => {
      const key = `none-${wish}`;
      const before = figure('unknown', 'result="absent"');
      const first = await pay(wish, key);
      expect(first.status).toBe(504);
      const job = (first.body as { job: string }).job;
      await until(async () => (await jobOf(job)).state === 'failed');
      expect((await jobOf(job)).answer).toMatchObject({ code: 'upstream-failed' });
      await until(async () => figure('unknown', 'result="absent"') > before);
      expect(figure('unknown', 'result="absent"')).toBe(before + 1);
      expect(await pay('ok', key)).toMatchObject({ status: 201 });
      expect(effects()).toEqual([1]);
    },
  );

  it('and that cannot be looked up is a person’s to find out, and is never sent again', async () => {
    await install('none');
    const before = figure('unknown', 'result="human"');
    const first = await pay('act-and-reset', 'human');
    expect(first.status).toBe(504);
    expect(figure('unknown', 'result="human"')).toBe(before + 1);
    expect((await jobOf((first.body as { job: string }).job)).progress).toMatchObject({
      note: 'A person has to find out.',
    });
    for (let n = 0; n < 3; n++) expect((await pay('act-and-reset', 'human')).status).toBe(409);
    expect(effects()).toEqual([1]);
    const { rows } =
      await sql`select state from runtime.upstream_call where operation = 'payouts.payOut' and state = 'human'`.execute(
        database.db,
      );
    expect(rows).toEqual([{ state: 'human' }]);
  });

  it('and that carries a key of theirs is repeated with the same key by the same caller', async () => {
    await install('{ header: Till-Key }');
    expect(await pay('reset', 'keyed')).toMatchObject({
      status: 502,
      body: { code: 'upstream-failed', retryable: true },
    });
    expect(await pay('reset', 'keyed')).toMatchObject({ status: 502 });
    const sent = till.requests.map(({ headers }) => headers['till-key']);
    expect(new Set(sent).size).toBe(1);
    expect(sent[0]).toMatch(/^[0-9a-f]{32}$/);
  });
});

describe('a write', () => {
  it('that was certainly refused leaves its key free, and says nothing of theirs', async () => {
    const refused = await pay('refuse', 'refused');
    expect(refused).toMatchObject({ status: 409, body: { code: 'conflicting-state', retryable: false } });
    expect(JSON.stringify(refused)).not.toMatch(/Till|stack|127\.0\.0\.1/);
    const busy = await pay('busy', 'busy');
    expect(busy).toMatchObject({ status: 503, body: { code: 'dependency-unavailable' } });
    expect(await pay('ok', 'busy')).toMatchObject({ status: 201 });
    expect(effects()).toEqual([1]);
  });

  it('with the key of another wish is refused, also while the first is unknown', async () => {
    await install('none');
    await pay('act-and-reset', 'other');
    const { status, body } = await call('payouts.payOut', { body: { amount: 1, wish: 'ok' } }, 'other');
    expect([status, (body as { code: string }).code]).toEqual([422, 'idempotency-key-reused']);
  });
});

describe('a read', () => {
  const json = { 'content-type': 'application/json' };
  it.each([
    ['is no JSON', { status: 200, headers: { 'content-type': 'text/html' }, body: '<h1>Till</h1>' }],
    ['is cut JSON', { status: 200, headers: json, body: '{"list":[' }],
    [
      'has an unknown state',
      { status: 200, headers: json, body: '{"list":[{"n":"1","who":"cus_a","cents":1,"s":"Z"}]}' },
    ],
    [
      'breaks our contract',
      { status: 200, headers: json, body: '{"list":[{"n":"1","who":"cus_a","cents":"1","s":"P"}]}' },
    ],
    [
      'lists another’s things',
      { status: 200, headers: json, body: '{"list":[{"n":"1","who":"cus_b","cents":1,"s":"P"}]}' },
    ],
    ['is a redirect', { status: 302, headers: { location: 'http://169.254.169.254/' }, body: '' }],
    ['is their failure', { status: 500, headers: json, body: '{"stack":"at Till"}' }],
  ])('whose answer %s is 502, without a word of it', async (_, said) => {
    till.list = said;
    const answer = await call('payouts.listPayouts', {});
    expect(answer).toMatchObject({ status: 502, body: { code: 'upstream-failed' } });
    expect(JSON.stringify(answer)).not.toMatch(/Till|169\.254|cus_b/);
  });

  it('drops their cookies and addresses, and sends them no credential of the caller’s', async () => {
    const answer = await call('payouts.listPayouts', {});
    expect(answer.status).toBe(200);
    const names = Object.keys(answer.headers).map((name) => name.toLowerCase());
    for (const theirs of ['set-cookie', 'location', 'link']) expect(names).not.toContain(theirs);
    expect(JSON.stringify(answer)).not.toContain('till.internal');
    const [{ headers, url: asked } = { headers: {} as Record<string, string>, url: '' }] = till.requests;
    expect(asked).toBe('/p?who=cus_a');
    expect(Object.keys(headers).toSorted()).toEqual(['accept', 'connection', 'host', 'plinth-deadline', 'traceparent']);
    expect(Number(headers['plinth-deadline'])).toBeGreaterThan(400);
  });

  it('at an upstream that is silent ends at the deadline, and other operations do not notice', async () => {
    till.list = 'silence';
    const stuck = Array.from({ length: 60 }, () => call('payouts.listPayouts', {}));
    const others: number[] = [];
    for (let n = 0; n < 20; n++) {
      const other = await call('customers.getCustomer', { customerId: 'me' });
      others.push(other.ms);
      expect(other.status).toBeLessThan(500);
    }
    expect(Math.max(...others)).toBeLessThan(300);
    const answers = await Promise.all(stuck);
    const late = answers.filter(({ status }) => status === 504);
    // 16 at once and as many waiting; the others were told at once that there is no room.
    expect(late.length).toBeLessThanOrEqual(32);
    expect(late.length).toBeGreaterThanOrEqual(16);
    expect(answers.filter(({ status }) => status === 503).length).toBe(60 - late.length);
    for (const { ms } of late) expect(ms).toBeLessThan(850);
  });
});

describe('the breaker', () => {
  it('says each state it comes to, in the figures too', async () => {
    const before = breakerFigures();
    const since = (): number[] => breakerFigures().map((count, n) => count - (before[n] ?? 0));
    till.list = { status: 500, headers: { 'content-type': 'application/json' }, body: '{}' };
    for (let n = 0; n < 20; n++) await call('payouts.listPayouts', {});
    expect(since()).toEqual([1, 0, 0]);
    const asked = till.requests.length;
    expect(await call('payouts.listPayouts', {})).toMatchObject({ status: 503 });
    expect(till.requests.length).toBe(asked);
    // Each operation has its own.
    expect(await pay('ok', 'beside-an-open-breaker')).toMatchObject({ status: 201 });
    expect((await readiness(platform, false)).ready).toBe(true);
    till.list = undefined;
    // After its pause one call finds out.
    await until(async () => (await call('payouts.listPayouts', {})).status === 200);
    expect(since()).toEqual([1, 1, 1]);
  });
});

describe('the money audit', () => {
  it('finds each acknowledged payout once, each refused one never, each unknown one at most once', async () => {
    const wishes: Wish[] = [
      'ok',
      'act-and-reset',
      'ok',
      'silence',
      'refuse',
      'ok',
      'act-and-500',
      'ok',
      'reset',
      'ok',
      'busy',
      'ok',
    ];
    const journal = new Map<string, { wish: Wish; status: number }>();
    for (let n = 0; n < 48; n++) {
      const wish = wishes[n % wishes.length] as Wish;
      journal.set(`audit-${n}`, { wish, status: (await pay(wish, `audit-${n}`)).status });
    }
    await until(async () => {
      const { rows } = await sql`select 1 from runtime.upstream_call where state = 'unknown' limit 1`.execute(
        database.db,
      );
      return rows.length === 0;
    });
    const took = [...journal].filter(([, { wish }]) => wish === 'ok' || wish.startsWith('act'));
    for (const [key, { wish, status }] of took) {
      expect(status).toBe(wish === 'ok' ? 201 : 504);
      expect((await pay(wish, key)).status).toBe(201);
    }
    expect(effects()).toEqual(took.map(() => 1));
  });
});

async function install(idempotency: string): Promise<void> {
  // A name of its own for each test: breakers and limits begin anew.
  const manifest = manifestOf(url, idempotency) + `rollout: r${++rollouts}\n`;
  writeFileSync(path.join(folder, 'contracts/payouts/upstream.yaml'), manifest);
  expect((await platform.reload()).refused).toEqual([]);
}

let rollouts = 0;

/** `wish` is what the till does. */
function pay(wish: Wish, key: string): ReturnType<typeof call> {
  return call('payouts.payOut', { body: { amount: 700, wish } }, key);
}

async function call(operation: string, input: Record<string, unknown>, key = `k-${++keys}`) {
  const principal: Principal = { ...servicePrincipal('test', 'cus_a'), audience: 'customer', subject: 'a', actor: [] };
  const started = performance.now();
  const answer = await platform.edge.invoke({ operation, principal, input, idempotencyKey: key });
  return { ...answer, ms: performance.now() - started };
}

let keys = 0;

/** A counter of upstreams, over all series with these labels. */
function figure(name: string, labels: string): number {
  return platform.metrics
    .text()
    .split('\n')
    .filter((line) => line.startsWith(`plinth_upstream_${name}_total{`) && line.includes(labels))
    .reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
}

/** Changes to open, half-open and closed. */
function breakerFigures(): number[] {
  return ['open', 'half-open', 'closed'].map((state) => figure('breaker', `state="${state}"`));
}

function effects(): number[] {
  return [...till.effects.values()].map((each) => each.length);
}

async function jobOf(id: string): Promise<{ state: string; answer: unknown; progress: unknown }> {
  const { rows } = await sql<{ state: string; answer: Buffer | null; progress: unknown }>`
    select state, answer, progress from runtime.operation_job where id = ${id}`.execute(database.db);
  const [row] = rows;
  return {
    state: row?.state ?? '',
    answer: JSON.parse(row?.answer?.toString('utf8') ?? 'null'),
    progress: row?.progress,
  };
}

async function until(isDone: () => Promise<boolean>): Promise<void> {
  const endMs = performance.now() + 45_000;
  while (!(await isDone())) {
    expect(performance.now()).toBeLessThan(endMs);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

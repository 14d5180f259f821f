// Ways to an upstream, over real connections on both sides: releases on trial, a fallback, everything handed through, and
// a system that takes a call on and ends it later. Callers are customers and staff with tokens of an outside issuer.

import { once } from 'node:events';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { eventually } from '@plinth/testing';
import { sql } from 'kysely';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { call, openIssuer, type OutsideIssuer, type Said, startWorld, type World } from '../security/world.ts';
import { asyncContract, contract, events, lookUp, manifestOf, target } from './payouts.ts';

/** What one release of the foreign system was asked, and does. */
interface Release {
  url: string;
  asked: { method: string; url: string; headers: IncomingMessage['headers']; body: string }[];
  answer: (request: { method: string; url: string; body: string; nth: number }, response: ServerResponse) => void;
  server: Server;
}

let issuer: OutsideIssuer;
let world: World;
let seven: Release;
let eight: Release;

beforeAll(async () => {
  issuer = await openIssuer();
  world = await startWorld({ issuer });
  [seven, eight] = await Promise.all([openRelease(), openRelease()]);
});
afterAll(async () => {
  await world?.close();
  for (const release of [seven, eight]) {
    release?.server.closeAllConnections();
    release?.server.close();
  }
  await issuer?.close();
});
afterEach(() => {
  for (const release of [seven, eight]) {
    release.asked.length = 0;
    release.answer = listing;
  }
});

const listing: Release['answer'] = ({ url }, response) => {
  const who = whose(url);
  say(response, 200, { list: [{ n: `1-${who}`, who, cents: 1, s: 'P' }] });
};

describe('releases side by side', () => {
  const people = Array.from({ length: 60 }, (_, n) => `cus_${n}`);

  it('get their share of customers, and each customer stays with one', async () => {
    await install({ manifest: withRoutes(routes([70, 30])) });
    const said = [...(await inTurns(people, (each) => list(each))), ...(await inTurns(people, (each) => list(each)))];
    expect(said.filter(({ status }) => status !== 200)).toEqual([]);
    const onTrial = new Set(met());
    expect(onTrial.size).toBeGreaterThan(people.length * 0.15);
    expect(onTrial.size).toBeLessThan(people.length * 0.45);
    expect(met()).toEqual([...onTrial, ...onTrial].toSorted());
    expect(seven.asked.filter(({ url }) => onTrial.has(whose(url)))).toEqual([]);
    expect(seven.asked).toHaveLength((people.length - onTrial.size) * 2);
  });

  it('are chosen by name by staff, and by nobody else', async () => {
    const forStaff = contract.replace('audience: [customer]', 'audience: [customer, staff]');
    await install({ text: forStaff, manifest: withRoutes(routes([100, 0])) });
    const header = { 'plinth-release': '8' };
    const staff = await issuer.token({ sub: 'mia', kind: 'staff', scope: 'payouts.read' });
    expect((await call(world, staff, '/payouts/v1/payouts', { headers: header })).status).toBe(200);
    expect([seven.asked.length, eight.asked.length]).toEqual([0, 1]);
    expect((await list('cus_1', header)).status).toBe(200);
    expect([seven.asked.length, eight.asked.length]).toEqual([1, 1]);
  });

  it('end by themselves: a worse one is taken out at 200 calls, and no customer meets it again', async () => {
    await install({ manifest: withRoutes(routes([51, 49])) });
    let nth = 0;
    eight.answer = (request, response) => {
      if (nth++ % 20 === 0) say(response, 500, {});
      else listing(request, response);
    };
    const before = ended('errors');
    let failed = 0;
    for (let round = 0; round < 40 && ended('errors') === before; round++)
      for (const said of await inTurns(people, (each) => list(each))) failed += said.status === 502 ? 1 : 0;
    // Calls that were under way when the two hundredth failed may still have got there.
    expect(eight.asked.length).toBeGreaterThanOrEqual(200);
    expect(eight.asked.length).toBeLessThan(200 + people.length);
    expect(failed).toBe(Math.ceil(eight.asked.length / 20));
    expect(ended('errors')).toBe(before + 1);
    eight.asked.length = 0;
    const after = await inTurns(people, (each) => list(each));
    expect(after.every(({ status }) => status === 200)).toBe(true);
    expect(eight.asked).toEqual([]);
    // It stays out while this rollout is in force, also after another file was read anew.
    await install({ manifest: withRoutes(routes([51, 49])) });
    await inTurns(people, (each) => list(each));
    expect(eight.asked).toEqual([]);
  });

  it('end when the trial is complete: the new one alone answers everybody', async () => {
    await install({ manifest: withRoutes(routes([0, 100])) });
    const said = await inTurns(people, (each) => list(each));
    expect(said.every(({ status }) => status === 200)).toBe(true);
    await install({ manifest: manifestOf(eight.url, lookUp) });
    await inTurns(people, (each) => list(each));
    expect([seven.asked.length, eight.asked.length]).toEqual([0, people.length * 2]);
  });
});

describe('a fallback', () => {
  const cached = contract.replace('list: true }, timeoutMs', 'list: true }, cache: { ttl: PT1H }, timeoutMs');

  it('is answered when the upstream fails, is silent or says nonsense, and not for its refusals', async () => {
    await install({ manifest: `${withFallback()}rollout: fallback\n` });
    expect((await list('cus_a')).body).toMatchObject({ items: [{ customerId: 'cus_a' }] });
    for (const answer of [
      (_: unknown, response: ServerResponse) => say(response, 500, {}),
      (_: unknown, response: ServerResponse) => say(response, 200, { list: 'none' }),
      (_: unknown, response: ServerResponse) => void response.socket?.resetAndDestroy(),
      () => undefined,
    ]) {
      seven.answer = answer;
      expect(await list('cus_a')).toMatchObject({ status: 200, body: { items: [] } });
    }
    seven.answer = (_, response) => say(response, 409, {});
    expect(await list('cus_a')).toMatchObject({ status: 409, code: 'conflicting-state' });
  });

  it('is never kept: the next caller gets the truth as soon as there is one', async () => {
    await install({ text: cached, manifest: `${withFallback()}rollout: kept\n` });
    seven.answer = (_, response) => say(response, 500, {});
    const stoodIn = await list('cus_a');
    expect(stoodIn).toMatchObject({ status: 200, body: { items: [] } });
    expect(stoodIn.headers.get('cache-control')).toBe('no-store');
    seven.answer = listing;
    expect((await list('cus_a')).body).toMatchObject({ items: [{ customerId: 'cus_a' }] });
    seven.answer = (_, response) => say(response, 500, {});
    expect((await list('cus_a')).body).toMatchObject({ items: [{ customerId: 'cus_a' }] });
    expect(seven.asked).toHaveLength(2);
  });

  it('is what was true before, where the contract lets that be kept; a default only where nothing is', async () => {
    const stale = cached.replace('cache: { ttl: PT1H }', 'cache: { ttl: PT1S, stale: { ifError: PT1H } }');
    await install({ text: stale, manifest: `${withFallback()}rollout: stale\n` });
    const first = await list('cus_s');
    expect(first.body).toMatchObject({ items: [{ customerId: 'cus_s' }] });
    await new Promise((resolve) => setTimeout(resolve, 1_100));
    seven.answer = (_, response) => say(response, 500, {});
    const stoodIn = await list('cus_s');
    expect(stoodIn.body).toEqual(first.body);
    expect(stoodIn.headers.get('cache-status')).toMatch(/fwd=stale/);
    expect((await list('cus_t')).body).toMatchObject({ items: [] });
  });

  it('that is no answer of the contract is refused before it is needed', async () => {
    const wrong = withFallback().replace('items: []', 'items: none');
    expect(await refused({ manifest: wrong })).toContain('listPayouts: its fallback is no answer: /items');
  });
});

describe('everything handed through', () => {
  const rates = `openapi: 3.1.0
info: { title: Rates, version: 1.0.0, description: Rates of the day. }
x-plinth: { stage: stable, capability: rates, owner: { team: money, contact: money@northfold.example }, audience: [customer] }
tags: [{ name: Rates }]
paths:
  /rates/{day}:
    parameters: [{ name: day, in: path, required: true, schema: { type: string } }]
    get:
      operationId: getRates
      tags: [Rates]
      summary: See rates
      security: [{ oidc: [rates.read] }]
      x-plinth: { ownerCheck: [], timeoutMs: 600, limits: [{ name: few, per: principal, quota: 5, windowS: 60 }] }
      responses: { '200': { description: Rates., content: { application/json: { schema: { type: object } } } } }
    put:
      operationId: fixRate
      tags: [Rates]
      summary: Fix a rate
      security: [{ oidc: [rates.write] }]
      x-plinth: { ownerCheck: [], effect: write, idempotency: required, precondition: none, timeoutMs: 600 }
      requestBody: { required: true, content: { application/json: { schema: { type: object } } } }
      responses: { '200': { description: Fixed., content: { application/json: { schema: { type: object } } } } }
components: { securitySchemes: { oidc: { type: openIdConnect, openIdConnectUrl: /oidc } } }
`;

  it('comes as it was said: status, fields and body unread, but what is of one connection', async () => {
    await install({ name: 'rates', text: rates, manifest: pass() });
    const odd = '<rates day="1"/>';
    seven.answer = (_, response) => {
      const headers = {
        'content-type': 'application/xml; charset=utf-8',
        'set-cookie': 'a=1',
        location: 'http://in.side/',
        link: '<http://in.side/2>; rel="next"',
      };
      response.writeHead(203, { ...headers, connection: 'x-secret', 'x-secret': '1' }).end(odd);
    };
    const said = await ask('cus_1', '2026-01-01');
    expect([said.status, said.text, said.headers.get('content-type')]).toEqual([
      203,
      odd,
      'application/xml; charset=utf-8',
    ]);
    expect(['set-cookie', 'location', 'link', 'x-secret'].map((name) => said.headers.get(name))).toEqual([
      'a=1',
      'http://in.side/',
      '<http://in.side/2>; rel="next"',
      null,
    ]);
    const [{ url, headers } = { url: '', headers: {} as IncomingMessage['headers'] }] = seven.asked;
    expect(url).toBe('/base/rates/2026-01-01');
    expect([headers.authorization, headers.cookie]).toEqual([undefined, undefined]);
    for (const status of [404, 409, 500]) {
      seven.answer = (_, response) => say(response, status, { theirs: status });
      expect(await ask('cus_1', '2026-01-02')).toMatchObject({ status, body: { theirs: status } });
    }
  });

  it('keeps our limits, our callers, and paths that stay where they are', async () => {
    const before = seven.asked.length;
    for (let n = 0; n < 5; n++) await ask('cus_limit', 'd');
    expect(await ask('cus_limit', 'd')).toMatchObject({ status: 429, code: 'rate-limited' });
    expect((await call(world, undefined, '/rates/v1/rates/d')).status).toBe(401);
    expect((await call(world, await issuer.customer('cus_2', 'other'), '/rates/v1/rates/d')).code).toBe(
      'insufficient-scope',
    );
    expect(seven.asked.length).toBe(before + 5);
    expect((await ask('cus_3', 'a%2F..%2Fb%3Fc')).status).toBe(200);
    expect(seven.asked.at(-1)?.url).toBe('/base/rates/a%2F..%2Fb%3Fc');
  });

  it('writes under one key of ours for one wish, whose answer is stored', async () => {
    seven.answer = ({ body, nth }, response) => say(response, 200, { nth, was: JSON.parse(body) as unknown });
    const first = await put({ EUR: 1, odd: ['x'] }, 'one');
    expect(first).toMatchObject({ status: 200, body: { was: { EUR: 1, odd: ['x'] } } });
    const again = await put({ EUR: 1, odd: ['x'] }, 'one');
    expect(again.text).toBe(first.text);
    expect(again.headers.get('idempotent-replayed')).toBe('true');
    expect(await put({ EUR: 2 }, 'one')).toMatchObject({ status: 422, code: 'idempotency-key-reused' });
    await put({ EUR: 2 }, 'two');
    const keys = seven.asked.map(({ headers }) => headers['idempotency-key']);
    expect(keys).toHaveLength(2);
    expect(new Set(keys).size).toBe(2);
    expect(keys).not.toContain('one');
  });

  it('is 503 or 504 of ours when nobody answers', async () => {
    await install({ name: 'rates', text: rates, manifest: pass().replace(seven.url, 'http://127.0.0.1:1') });
    expect(await ask('cus_5', 'd')).toMatchObject({ status: 503, code: 'dependency-unavailable' });
    await install({ name: 'rates', text: rates, manifest: `${pass()}rollout: silent\n` });
    seven.answer = () => undefined;
    expect(await ask('cus_5', 'd')).toMatchObject({ status: 504, code: 'deadline-exceeded' });
  });
});

describe('an upstream that takes a call on and ends it later', () => {
  const later = target.replace("'201': { description: ok }", "'202': { description: taken on }");
  const orders = new Map<string, { n: string; who: string; cents: number; s: string } | undefined>();
  const accepting: Release['answer'] = ({ method, url, body }, response) => {
    if (method === 'POST') {
      const { ref } = JSON.parse(body) as { ref: string };
      orders.set(ref, undefined);
      return say(response, 202, { n: 'P1', who: 'cus_a', cents: 700, s: 'P', note: 'not yet' });
    }
    const ref = url.slice('/by/'.length);
    const found = orders.get(ref);
    // What is under way looks like what is done, but for its status.
    if (found === undefined)
      return say(response, orders.has(ref) ? 202 : 404, { n: 'P1', who: 'cus_a', cents: 1, s: 'P' });
    say(response, 200, found);
  };

  it('is a job here, which ends when it ends there; the key answers with the job, and one order is sent', async () => {
    orders.clear();
    await install({ text: asyncContract, their: later, manifest: manifestOf(seven.url, lookUp) });
    seven.answer = accepting;
    const first = await pay('later');
    expect(first).toMatchObject({ status: 202, body: { operation: 'payouts.payOut' } });
    const at = first.headers.get('location');
    await eventually('the order is there', 5_000, () => Promise.resolve(orders.size === 1 ? true : undefined));
    await eventually('it was looked up', 10_000, () =>
      Promise.resolve(seven.asked.filter(({ method }) => method === 'GET').length >= 1 ? true : undefined),
    );
    expect((await jobOf(at, 0)).body).toMatchObject({ state: 'waiting' });
    expect(await pay('later')).toMatchObject({ status: 202, body: { id: first.body['id'] } });
    const { rows: facts } = await sql`select 1 from runtime.outbox where type = 'payout.made'`.execute(
      world.database.db,
    );
    expect(facts).toEqual([]);
    orders.set([...orders.keys()][0] as string, { n: 'P1', who: 'cus_a', cents: 700, s: 'P' });
    expect((await jobOf(at)).body).toMatchObject({
      state: 'succeeded',
      result: { amount: 700, state: 'paid', customerId: 'cus_a' },
    });
    expect(seven.asked.filter(({ method }) => method === 'POST')).toHaveLength(1);
    const { rows } = await sql`select type from runtime.outbox where type = 'payout.made'`.execute(world.database.db);
    expect(rows).toHaveLength(1);
    expect((await call(world, await issuer.customer('cus_b', 'payouts.write'), at ?? '')).status).toBe(404);
  });

  it('that forgets it again ends the job as failed', async () => {
    orders.clear();
    await install({
      text: asyncContract,
      their: later,
      manifest: `${manifestOf(seven.url, lookUp)}rollout: forgets\n`,
    });
    seven.answer = accepting;
    const at = (await pay('forgotten')).headers.get('location');
    await eventually('the order is there', 5_000, () => Promise.resolve(orders.size === 1 ? true : undefined));
    orders.clear();
    expect((await jobOf(at)).body).toMatchObject({ state: 'failed', problem: { code: 'upstream-failed' } });
  });

  it('needs a way to ask and a caller who does not wait, and that is said before the first call', async () => {
    const said = await refused({ text: contract, their: later, manifest: manifestOf(seven.url, 'none') });
    expect(said).toContain('payOut: their pay may answer 202, and nothing says how its end is found out.');
    expect(said).toContain('payOut: their pay may answer 202, and ours ends at once.');
  });
});

/** Pays, and resets before it says so; knows what it did itself, and nothing of others. */
const losing = (): Release['answer'] => {
  const own = new Map<string, unknown>();
  return ({ method, url, body }, response) => {
    if (method === 'GET') return say(response, own.has(url.slice(4)) ? 200 : 404, own.get(url.slice(4)) ?? {});
    const { ref, who, cents } = JSON.parse(body) as { ref: string; who: string; cents: number };
    own.set(ref, { n: `P${ref.slice(0, 8)}`, who, cents, s: 'P' });
    return void response.socket?.resetAndDestroy();
  };
};

describe('a call whose answer was lost', () => {
  it('is asked about at the release that had it, also when all others go elsewhere by now', async () => {
    await install({ manifest: withRoutes(routes([100, 0])) });
    [seven.answer, eight.answer] = [losing(), losing()];
    expect(await pay('moved-on')).toMatchObject({ status: 504, code: 'outcome-unknown' });
    await install({ manifest: withRoutes(routes([0, 100])) });
    await eventually('its end is known', 30_000, async () => (await pay('moved-on')).status === 201);
    expect(seven.asked.filter(({ method }) => method === 'POST')).toHaveLength(1);
    expect(eight.asked).toEqual([]);
  }, 40_000);
});

interface Installing {
  name?: string;
  text?: string;
  their?: string;
  manifest: string;
}

async function reload({ name = 'payouts', text: ours = contract, their = target, manifest }: Installing) {
  const home = path.join(world.platform.config.contractsFolder, name);
  rmSync(home, { recursive: true, force: true });
  mkdirSync(home, { recursive: true });
  writeFileSync(path.join(home, 'contract.yaml'), ours);
  if (name === 'payouts') {
    writeFileSync(path.join(home, 'events.yaml'), events);
    writeFileSync(path.join(home, 'till.yaml'), their);
  }
  writeFileSync(path.join(home, 'upstream.yaml'), manifest);
  return world.platform.reload();
}

async function install(what: Installing): Promise<void> {
  expect((await reload(what)).refused).toEqual([]);
}

async function refused(what: Installing): Promise<string> {
  const { refused: faults } = await reload(what);
  rmSync(path.join(world.platform.config.contractsFolder, what.name ?? 'payouts'), { recursive: true });
  return faults.map(({ message }) => message).join('\n');
}

function withRoutes(routes: string): string {
  return manifestOf('x', lookUp).replace('baseUrl: x\n', routes);
}

async function list(customer: string, headers: Record<string, string> = {}): Promise<Said> {
  return call(world, await issuer.customer(customer, 'payouts.read'), '/payouts/v1/payouts', { headers });
}

/** Ten at a time: nobody waits for room. */
async function inTurns<T>(all: readonly string[], ask: (one: string) => Promise<T>): Promise<T[]> {
  const said: T[] = [];
  for (let from = 0; from < all.length; from += 10)
    said.push(...(await Promise.all(all.slice(from, from + 10).map(ask))));
  return said;
}

/** How many releases were taken out for this reason. */
function ended(because: string): number {
  return world.platform.metrics
    .text()
    .split('\n')
    .filter((line) => line.startsWith('plinth_upstream_canary_ended') && line.includes(`because="${because}"`))
    .reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
}

async function openRelease(): Promise<Release> {
  const release: Release = {
    url: '',
    asked: [],
    answer: listing,
    server: createServer((request, response) => {
      void text(request).then((body) => {
        const { method = '', url = '', headers } = request;
        release.asked.push({ method, url, headers, body });
        return release.answer({ method, url, body, nth: release.asked.length }, response);
      });
    }),
  };
  release.server.listen(0, '127.0.0.1');
  await once(release.server, 'listening');
  release.url = `http://127.0.0.1:${(release.server.address() as AddressInfo).port}`;
  return release;
}

function say(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

const routes = (weights: readonly [number, number]): string =>
  `rollout: autumn\nroutes: [{ to: '${seven.url}', weight: ${weights[0]}, release: '7' }, { to: '${eight.url}', weight: ${weights[1]}, release: '8' }]\n`;

const whose = (url: string): string => new URL(url, 'http://x').searchParams.get('who') ?? '';

const withFallback = (): string =>
  manifestOf(seven.url, lookUp).replace(
    'response: { body: { /items:',
    'fallback: { body: { items: [] } }\n    response: { body: { /items:',
  );

const pass = (): string => `upstream: rates\ncontract: rates@1\npass: all\nbaseUrl: ${seven.url}/base\n`;

const pay = async (key: string): Promise<Said> =>
  call(world, await issuer.customer('cus_a', 'payouts.read payouts.write'), '/payouts/v1/payouts', {
    method: 'POST',
    body: { amount: 700, wish: 'ok' },
    headers: { 'idempotency-key': key },
  });

const jobOf = async (at: string | null, waitS = 20): Promise<Said> =>
  call(world, await issuer.customer('cus_a', 'payouts.read payouts.write'), at ?? '', {
    headers: { prefer: `wait=${waitS}` },
  });

const token = (id: string): Promise<string> => issuer.customer(id, 'rates.read rates.write');

const ask = async (id: string, day: string, sent: Parameters<typeof call>[3] = {}): Promise<Said> =>
  call(world, await token(id), `/rates/v1/rates/${day}`, sent);

const put = (body: unknown, key: string) =>
  ask('cus_4', 'd', { method: 'PUT', body, headers: { 'idempotency-key': key } });

const met = (): string[] => eight.asked.map(({ url }) => whose(url)).toSorted();

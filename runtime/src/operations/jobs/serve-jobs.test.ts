import { request } from 'node:http';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { problem } from '../../kernel/index.ts';
import { openTestDatabase, type TestDatabase } from '../../store/test-database.ts';
import { callerOf, type Got, made, startTestJobs, type TestJobs, resourceMetadata } from './test-jobs.ts';

let store: TestDatabase;
let world: TestJobs;

beforeAll(async () => {
  store = await openTestDatabase();
  await store.rows('create table reports (name text not null)');
  world = await startTestJobs(store);
}, 30_000);
afterAll(async () => {
  await world.close();
  await store.close();
});

interface Event {
  id: string;
  job: { state: string; progress?: unknown; result?: unknown };
}

/** All events of a stream until the server ends it. */
async function eventsOf(path: string, token: string, more: Record<string, string> = {}) {
  const headers = { authorization: `Bearer ${token}`, accept: 'text/event-stream', ...more };
  const response = await fetch(`${world.url}${path}`, { headers });
  const text = await response.text();
  const events = text.split('\n\n').flatMap((block): Event[] => {
    const [, id, data] = /^id: (\d+)\nevent: job\ndata: (.*)$/.exec(block) ?? [];
    return id === undefined || data === undefined ? [] : [{ id, job: JSON.parse(data) as Event['job'] }];
  });
  return { response, events };
}

it('a stream tells progress and ends with the job; who comes back after the end is told to stay away', async () => {
  const gate = Promise.withResolvers<void>();
  world.work.makeReport = async (name, ctx) => {
    ctx.progress(1, 4, 'first quarter');
    await gate.promise;
    ctx.progress(4, 4);
    return made(name);
  };
  const ada = await callerOf(world);
  const path = (await ada.post('reports', 's1')).headers.get('location') ?? '';
  const streaming = eventsOf(path, ada.token);
  const progress = { done: 1, total: 4, note: 'first quarter' };
  await expect.poll(async () => (await ada.send('GET', path)).body.progress, { timeout: 5000 }).toEqual(progress);
  gate.resolve();
  const { response, events } = await streaming;
  expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
  expect(events.map(({ job }) => job)).toContainEqual(expect.objectContaining({ state: 'running', progress }));
  const last = events.at(-1);
  expect(last?.job).toMatchObject({ state: 'succeeded', progress: { done: 4, total: 4 }, result: { name: 's1' } });
  const revisions = events.map(({ id }) => Number(id));
  expect(revisions).toEqual(revisions.toSorted((a, b) => a - b));
  const again = await eventsOf(path, ada.token, { 'last-event-id': last?.id ?? '' });
  expect([again.response.status, again.events]).toEqual([204, []]);
  // Who comes back from before the end is told of it.
  const behind = await eventsOf(path, ada.token, { 'last-event-id': events[0]?.id ?? '' });
  expect(behind.events).toEqual([last]);
});

it('a stream and a long wait end when their caller is shut out', async () => {
  const gate = Promise.withResolvers<void>();
  world.work.makeReport = async (name) => {
    await gate.promise;
    return made(name);
  };
  const [ada, ben] = [await callerOf(world), await callerOf(world)];
  const pathOf = async (who: typeof ada): Promise<string> =>
    (await who.post('reports', 'shut')).headers.get('location') ?? '';
  const [adas, bens] = [await pathOf(ada), await pathOf(ben)];
  const running = (who: typeof ada, path: string) =>
    expect.poll(async () => (await who.send('GET', path)).body.state, { timeout: 5000 }).toBe('running');
  await running(ada, adas);
  await running(ben, bens);
  const [waiting, others] = [ada, ben].map((who, n) =>
    who.send('GET', n === 0 ? adas : bens, { prefer: 'wait=30' }),
  ) as [Promise<Got>, Promise<Got>];
  const headers = { authorization: `Bearer ${ada.token}`, accept: 'text/event-stream' };
  const stream = (await fetch(`${world.url}${adas}`, { headers })).body?.getReader();
  // What it has told, it waits behind.
  expect(Buffer.from((await stream?.read())?.value ?? []).toString()).toContain('"state":"running"');
  const { authenticator } = world.edge;
  authenticator.revoke(`sub:${issuerOf(ada.token)}|${ada.sub}`);
  world.jobs.lookAgain((principal) => authenticator.revocations.has(principal));
  expect(await waiting).toMatchObject({ status: 401, body: { code: 'invalid-token' } });
  expect((await stream?.read())?.done).toBe(true);
  gate.resolve();
  expect((await others).body.state).toBe('succeeded');
});

it('a long wait of who is suspended meanwhile with their application says so', async () => {
  const gate = Promise.withResolvers<void>();
  world.work.makeReport = async (name) => {
    await gate.promise;
    return made(name);
  };
  const token = await world.edge.token({ sub: 'of an application', client_id: 'app_out' });
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  const begun = await fetch(`${world.url}/reports/v1/reports`, {
    method: 'POST',
    headers: { ...headers, 'idempotency-key': '"suspended"' },
    body: '{"name":"suspended"}',
  });
  const job = `${world.url}${begun.headers.get('location')}`;
  const waiting = fetch(job, { headers: { ...headers, prefer: 'wait=30' } });
  const stream = await fetch(job, { headers: { ...headers, accept: 'text/event-stream' } });
  const { revocations } = world.edge.authenticator;
  revocations.suspend('app:app_out');
  world.jobs.lookAgain((principal) => revocations.has(principal));
  const refused = await waiting;
  expect([refused.status, refused.headers.get('www-authenticate')]).toEqual([403, null]);
  expect(await refused.json()).toMatchObject({ code: 'partner-suspended', retryable: false });
  expect(await stream.text()).not.toContain('succeeded');
  gate.resolve();
});

const issuerOf = (token: string): string =>
  (JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as { iss: string }).iss;

const watch = (path: string, token: string): Promise<Response> =>
  fetch(`${world.url}${path}`, { headers: { authorization: `Bearer ${token}`, accept: 'text/event-stream' } });

it('a stream ends with the credential of its caller, and nobody else’s does', async () => {
  const gate = Promise.withResolvers<void>();
  world.work.makeReport = async (name) => {
    await gate.promise;
    return made(name);
  };
  const ada = await callerOf(world);
  const path = (await ada.post('reports', 's5')).headers.get('location') ?? '';
  const [withdrawn, other] = await Promise.all([
    world.edge.token({ sub: ada.sub, jti: 'withdrawn' }),
    world.edge.token({ sub: ada.sub, jti: 'other' }),
  ]);
  const [first, second] = [await watch(path, withdrawn), await watch(path, other)];
  const { authenticator } = world.edge;
  authenticator.revoke('jti:withdrawn');
  world.jobs.lookAgain((principal) => authenticator.revocations.has(principal));
  // The job goes on: only who watched it is gone.
  expect(await first.text()).not.toContain('succeeded');
  gate.resolve();
  expect(await second.text()).toContain('succeeded');
});

it('a stream is kept open by a heartbeat every 15 s, and ends with the token it was opened with', async () => {
  const gate = Promise.withResolvers<void>();
  world.work.makeReport = async (name) => {
    await gate.promise;
    return made(name);
  };
  const ada = await callerOf(world);
  const path = (await ada.post('reports', 's6')).headers.get('location') ?? '';
  await expect.poll(async () => (await ada.send('GET', path)).body.state, { timeout: 5000 }).toBe('running');
  const brief = await world.edge.token({ sub: ada.sub, exp: Math.floor(Date.now() / 1000) + 2 });
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  try {
    const reader = (await watch(path, ada.token)).body?.getReader();
    const next = async (): Promise<string> => Buffer.from((await reader?.read())?.value ?? []).toString();
    expect(await next()).toContain('"state":"running"');
    vi.advanceTimersByTime(15_000);
    expect(await next()).toBe(':\n\n');
    await reader?.cancel();
  } finally {
    vi.useRealTimers();
  }
  const told = await (await watch(path, brief)).text();
  expect(told).toContain('"state":"running"');
  expect(told).not.toContain('succeeded');
  gate.resolve();
  expect((await ada.end(path)).body.state).toBe('succeeded');
});

it('a process that ends sends those who watch elsewhere: the job is not over', async () => {
  const gate = Promise.withResolvers<void>();
  const leaving = await startTestJobs(store);
  for (const { work } of [world, leaving])
    work.makeReport = async (name) => {
      await gate.promise;
      return made(name);
    };
  const ada = await callerOf(leaving);
  const path = (await ada.post('reports', 's7')).headers.get('location') ?? '';
  const headers = { authorization: `Bearer ${ada.token}`, accept: 'text/event-stream' };
  const stream = await fetch(`${leaving.url}${path}`, { headers });
  leaving.jobs.watch.close();
  expect(await stream.text()).toMatch(/event: moved\ndata: \{\}\n\n$/);
  gate.resolve();
  await leaving.close();
});

it('one principal reads six hundred times in a minute, and takes nothing of another’s', async () => {
  const [ada, ben] = [await callerOf(world), await callerOf(world)];
  const statuses = new Set<number>();
  for (let n = 0; n < 600; n++) statuses.add((await ada.send('GET', '/jobs/job_none')).status);
  expect(statuses).toEqual(new Set([404]));
  const refused = await ada.send('GET', '/jobs/job_none');
  expect([refused.status, refused.body['code']]).toEqual([429, 'rate-limited']);
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
  expect(refused.headers.get('ratelimit-policy')).toBe('"jobs";q=600;w=60');
  expect(refused.headers.get('ratelimit')).toBe(`"jobs";r=0;t=${refused.headers.get('retry-after')}`);
  const other = await ben.send('GET', '/jobs/job_none');
  expect([other.status, other.headers.get('ratelimit')]).toEqual([404, '"jobs";r=599;t=60']);
  // Nobody's limit is told to who is not known.
  const strange = await fetch(`${world.url}/jobs/job_none`);
  expect([strange.status, strange.headers.get('ratelimit')]).toEqual([401, null]);
  expect(strange.headers.get('www-authenticate')).toBe(
    `Bearer realm="plinth", resource_metadata="${resourceMetadata}"`,
  );
});

/** Status and wait of a job that is not there, asked for from an address of this machine. */
function missingFrom(localAddress: string, headers: Record<string, string> = {}) {
  return new Promise<{ status: number | undefined; retryAfter: string | undefined }>((resolve, reject) => {
    const asked = request(`${world.url}/jobs/job_none`, { localAddress, headers, agent: false }, (response) => {
      response.resume();
      resolve({ status: response.statusCode, retryAfter: response.headers['retry-after'] });
    });
    asked.once('error', reject).end();
  });
}

it('who is not known is counted by address: one that asks too often stops no other', async () => {
  const statuses = new Set<unknown>();
  for (let n = 0; n < 600; n++) statuses.add((await missingFrom('127.0.0.2')).status);
  expect(statuses).toEqual(new Set([401]));
  expect(await missingFrom('127.0.0.2')).toEqual({ status: 429, retryAfter: '60' });
  expect(await missingFrom('127.0.0.3')).toEqual({ status: 401, retryAfter: undefined });
  // Nor is who is known counted with strangers of the same address.
  const { token } = await callerOf(world);
  expect((await missingFrom('127.0.0.2', { authorization: `Bearer ${token}` })).status).toBe(404);
});

it('ten bad credentials of one address are looked at, the next waits for its minute; another address does not', async () => {
  const bad = { authorization: 'Bearer nonsense' };
  for (let n = 0; n < 10; n++) expect((await missingFrom('127.0.0.4', bad)).status).toBe(401);
  expect(await missingFrom('127.0.0.4', bad)).toEqual({ status: 429, retryAfter: '60' });
  expect((await missingFrom('127.0.0.5', bad)).status).toBe(401);
});

it('the answer of a job says of a preference what holds here: a wait, and nothing of what is for its beginning', async () => {
  world.work.makeReport = async (name) => made(name);
  const ada = await callerOf(world);
  const path = (await ada.post('reports', 's8')).headers.get('location') ?? '';
  await ada.end(path);
  const applied = async (prefer?: string) =>
    (await ada.send('GET', path, prefer === undefined ? {} : { prefer })).headers.get('preference-applied');
  expect([await applied('respond-async, wait=7'), await applied('respond-async'), await applied()]).toEqual([
    'wait=7',
    null,
    null,
  ]);
});

it('a cancel that comes too late is refused with the state it found, and changes nothing', async () => {
  world.work.makeReport = async (name) => (name === 's9' ? made(name) : problem('conflicting-state'));
  const ada = await callerOf(world);
  const told: unknown[] = [];
  for (const name of ['s9', 's10']) {
    const path = (await ada.post('reports', name)).headers.get('location') ?? '';
    const { body } = await ada.end(path);
    const { status, body: refused } = await ada.send('DELETE', path);
    expect((await ada.send('GET', path)).body).toEqual(body);
    told.push([status, refused['code'], refused['currentState']]);
  }
  expect(told).toEqual([
    [409, 'conflicting-state', 'succeeded'],
    [409, 'conflicting-state', 'failed'],
  ]);
});

it('progress is not shown where the contract says so', async () => {
  const gate = Promise.withResolvers<void>();
  world.work.makeReport = async (name, ctx) => {
    ctx.progress(1, 2);
    await gate.promise;
    return made(name);
  };
  const ada = await callerOf(world);
  const first = await ada.post('orders', 's2', { prefer: 'respond-async' });
  const path = first.headers.get('location') ?? '';
  const waited = await ada.send('GET', path, { prefer: 'wait=1' });
  expect([waited.status, waited.body.state, waited.headers.get('retry-after')]).toEqual([200, 'running', '1']);
  gate.resolve();
  const end = await ada.end(path);
  expect(end.body).not.toHaveProperty('progress');
  // What has ended is not worth asking for again.
  expect([end.headers.get('retry-after'), end.headers.get('vary')]).toEqual([null, 'Accept, Prefer, Origin']);
});

it('the eleventh stream of one principal is refused, and places come free with the end', async () => {
  const gate = Promise.withResolvers<void>();
  world.work.makeReport = async (name) => {
    await gate.promise;
    return made(name);
  };
  const ada = await callerOf(world);
  const path = (await ada.post('reports', 's3')).headers.get('location') ?? '';
  const headers = { authorization: `Bearer ${ada.token}`, accept: 'text/event-stream' };
  const open = await Promise.all(Array.from({ length: 10 }, async () => fetch(`${world.url}${path}`, { headers })));
  const refused = await fetch(`${world.url}${path}`, { headers });
  expect([open.map(({ status }) => status), refused.status]).toEqual([Array(10).fill(200), 429]);
  gate.resolve();
  await Promise.all([...open, refused].map(async (response) => response.text()));
  expect((await eventsOf(path, ada.token)).events).toHaveLength(1);
});

it('other methods are refused with what is allowed, and HEAD has no body', async () => {
  const ada = await callerOf(world);
  const put = await ada.send('PUT', '/jobs/job_1', {}, {});
  expect([put.status, put.headers.get('allow')]).toEqual([405, 'GET, HEAD, DELETE, OPTIONS']);
  world.work.makeReport = async (name) => made(name);
  const path = (await ada.post('reports', 's4')).headers.get('location') ?? '';
  const head = await fetch(`${world.url}${path}`, {
    method: 'HEAD',
    headers: { authorization: `Bearer ${ada.token}` },
  });
  expect([head.status, head.headers.get('cache-control'), await head.text()]).toEqual([200, 'no-store', '']);
});

it('HEAD says how many bytes GET has, and a problem is in the language that was asked for', async () => {
  world.work.makeReport = async (name) => made(name);
  const ada = await callerOf(world);
  const path = (await ada.post('reports', 'größer')).headers.get('location') ?? '';
  await ada.end(path);
  const headers = { authorization: `Bearer ${ada.token}` };
  const [head, get] = await Promise.all([
    fetch(`${world.url}${path}`, { method: 'HEAD', headers }),
    fetch(`${world.url}${path}`, { headers }),
  ]);
  expect(head.headers.get('content-length')).toBe(String((await get.arrayBuffer()).byteLength));
  const missing = await ada.send('GET', '/jobs/job_none', { 'accept-language': 'de' });
  expect([missing.headers.get('content-language'), missing.body['code']]).toEqual(['de', 'not-found']);
});

it('a page elsewhere that is listed may read answers; one that is not, or does not ask, is told nothing', async () => {
  const ada = await callerOf(world);
  const allowed = async (method: string, origin: string, more: Record<string, string> = {}) =>
    (
      await fetch(`${world.url}/jobs/job_none`, {
        method,
        headers: { authorization: `Bearer ${ada.token}`, origin, ...more },
      })
    ).headers.get('access-control-allow-origin');
  const asks = { 'access-control-request-method': 'GET' };
  expect([
    await allowed('GET', 'https://shop.example'),
    await allowed('GET', 'https://other.example'),
    await allowed('OPTIONS', 'https://shop.example', asks),
    await allowed('OPTIONS', 'https://other.example', asks),
    await allowed('OPTIONS', 'https://shop.example'),
  ]).toEqual(['https://shop.example', null, 'https://shop.example', null, null]);
});

it('a bad credential is refused even for a job that is not there', async () => {
  const answer = await fetch(`${world.url}/jobs/job_1`, { headers: { authorization: 'Bearer nonsense' } });
  expect([answer.status, answer.headers.get('www-authenticate')]).toEqual([
    401,
    `Bearer realm="plinth", error="invalid_token", resource_metadata="${resourceMetadata}"`,
  ]);
});

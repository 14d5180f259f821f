// Staff shut out one application, or close a customer's record: whatever these hold ends on both of two edges on one
// database, and at one that starts later, while everybody else goes on.

import { randomUUID } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { newApiKey, parseApiKey, type Principal, servicePrincipal, Sessions } from '@plinth/runtime';
import { eventually } from '@plinth/testing';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ada, call, openIssuer, type OutsideIssuer, type Said, startWorld, type World } from './world.ts';

const contract = `
openapi: 3.1.0
info: { title: Prints, version: 1.0.0, description: Prints. }
servers: [{ url: /prints/v1 }]
x-plinth:
  capability: prints
  owner: { team: test, contact: test@example.org }
  audience: [customer, partner]
paths:
  /prints:
    post:
      operationId: makePrint
      summary: Print something
      security: [{ oidc: [prints.write] }, { key: [] }]
      x-plinth: { effect: write, async: { mode: always, retain: PT1H } }
      responses:
        '201': { description: Printed., content: { application/json: { schema: { type: object } } } }
        '202': { description: Begun. }
components:
  securitySchemes:
    oidc: { type: openIdConnect, openIdConnectUrl: /oidc/.well-known/openid-configuration }
    key: { type: http, scheme: bearer }
`;
/** It runs until it is stopped, or ten minutes. */
const handler = `
export async function makePrint(input, ctx) {
  for (let done = 0; done < 12_000; done++) {
    ctx.progress(done, 12_000);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return { status: 201, body: {} };
}`;

let issuer: OutsideIssuer;
let worlds: World[] = [];
let staff: string;
beforeAll(async () => {
  issuer = await openIssuer();
  const one = await startWorld({ issuer });
  worlds = [one, await startWorld({ issuer, database: one.database })];
  for (const { platform } of worlds) {
    const home = path.join(platform.config.contractsFolder, 'prints');
    mkdirSync(path.join(home, 'handlers'), { recursive: true });
    writeFileSync(path.join(home, 'contract.yaml'), contract);
    writeFileSync(path.join(home, 'handlers/make-print.ts'), handler);
    const { refused } = await platform.reload();
    if (refused.length > 0) throw new Error(JSON.stringify(refused));
  }
  const scope = 'partners.manage customers.manage customers.read customers.write accounts.read accounts.write';
  staff = await issuer.token({ sub: 'mia', kind: 'staff', scope });
});
afterAll(async () => {
  for (const world of worlds.toReversed()) await world.close();
  await issuer?.close();
});

const write = (who: string, target: string, body?: unknown, key = randomUUID()): Promise<Said> =>
  call(worlds[0] as World, who, target, { method: 'POST', body, headers: { 'idempotency-key': key } });

/** With a key, prices are asked for; with a token, what is at `target`. */
const at = (world: World, who: string, target: string): Promise<Said> =>
  who.startsWith('pln_')
    ? call(world, who, '/catalogue/v1/price-quotes', {
        method: 'POST',
        body: { lines: [{ sku: 'TOASTER-2', quantity: 1 }] },
      })
    : call(world, who, target);

/** What both edges answer. */
const both = async (who: string, target: string): Promise<number[]> =>
  (await Promise.all(worlds.map((world) => at(world, who, target)))).map(({ status }) => status);

const refusedByBoth = (who: string, target: string, refusal: number) =>
  eventually(`both refuse ${target}`, 1_000, async () =>
    (await both(who, target)).every((status) => status === refusal) ? true : undefined,
  );

/** A second, and what a busy machine adds. */
const endsWithinMs = 1_500;

/** A stream of each edge; resolves with the last event of each once the edge has ended it, and when the last one was. */
async function streams(
  who: Record<string, string>,
  target: string,
): Promise<{ ended: Promise<string[]>; endedMs: Promise<number> }> {
  const open = await Promise.all(
    worlds.map(({ base }) => fetch(base + target, { headers: { accept: 'text/event-stream', ...who } })),
  );
  expect(open.map(({ status }) => status)).toEqual([200, 200]);
  const texts = Promise.all(open.map((response) => response.text()));
  return {
    ended: texts.then((all) => all.map((text) => text.split('\n\n').at(-2) ?? '')),
    endedMs: texts.then(() => performance.now()),
  };
}

const bearer = (token: string): Record<string, string> => ({ authorization: `Bearer ${token}` });

async function running(who: string): Promise<string> {
  const { status, headers } = await write(who, '/prints/v1/prints');
  expect(status).toBe(202);
  const job = headers.get('location') as string;
  await eventually('it runs', 5_000, async () =>
    (await call(worlds[0] as World, who, job)).body['state'] === 'running' ? true : undefined,
  );
  return job;
}

const stateOf = async (job: string): Promise<string | undefined> => {
  const { rows } = await sql<{ state: string }>`
    select state from runtime.operation_job where id = ${job.slice('/jobs/'.length)}`.execute(
    (worlds[0] as World).database.db,
  );
  return rows[0]?.state;
};

const facts = async (subject: string) => {
  const { rows } = await sql<{ type: string; reason: string; who: string }>`
    select o.type, o.data->>'reason' as reason, a.subject as who
    from runtime.outbox o join runtime.audit a on o.event_id = any(a.event_ids)
    where o.subject = ${subject} and o.data ? 'reason' order by o.created_at`.execute((worlds[0] as World).database.db);
  return rows;
};

async function atAThird<T>(work: (third: World) => Promise<T>): Promise<T> {
  const third = await startWorld({ issuer, database: (worlds[0] as World).database });
  try {
    return await work(third);
  } finally {
    await third.close();
  }
}

const move = (target: string): Promise<Said> => write(staff, `/partners/v1/${target}`, { reason: 'Mended.' });

describe('an application that staff shut out', () => {
  const theirs: Principal = { ...servicePrincipal('firm'), issuer: 'test', audience: 'partner', partnerId: 'ptn_firm' };
  const ask = async (operation: string, input: Record<string, unknown>) =>
    (worlds[0] as World).platform.edge.invoke({
      operation: `partners.${operation}`,
      principal: theirs,
      input,
      idempotencyKey: randomUUID(),
    });
  const made = async (operation: string, input: Record<string, unknown>) =>
    (await ask(operation, input)).body as Record<string, string>;
  const apps = '/partners/v1/apps';
  let app: string;
  let key: string;
  let token: string;
  let colleague: string;
  let job: string;

  beforeAll(async () => {
    const scopes = ['partners.read', 'prints.write', 'catalogue.read'];
    app = (await made('createApp', { body: { name: 'Firm', scopes } }))['id'] as string;
    const other = (await made('createApp', { body: { name: 'Other', scopes } }))['id'] as string;
    key = (await made('createKey', { appId: app }))['secret'] as string;
    const claims = { sub: 'a program', kind: 'partner', partner_number: 'ptn_firm', scope: scopes.join(' ') };
    token = await issuer.token({ ...claims, azp: app });
    colleague = await issuer.token({ ...claims, azp: other });
  });

  it('has neither key nor token, stream nor job, on any edge; who shut it out and why is kept', async () => {
    expect([await both(key, apps), await both(token, apps)]).toEqual([
      [200, 200],
      [200, 200],
    ]);
    job = await running(token);
    // More than two edges work on at once: the last ones wait.
    const more = await Promise.all(
      Array.from({ length: 12 }, async () => (await write(token, '/prints/v1/prints')).headers.get('location') ?? ''),
    );
    const jobs = [job, ...more];
    const states = async () => Promise.all(jobs.map(stateOf));
    await eventually('both edges are busy', 10_000, async () =>
      (await states()).filter((state) => state === 'running').length === 8 ? true : undefined,
    );
    expect((await states()).filter((state) => state === 'queued')).toHaveLength(5);
    const { ended, endedMs } = await streams(bearer(token), job);
    const waiting = worlds.map(({ base }) => fetch(base + job, { headers: { ...bearer(token), prefer: 'wait=30' } }));

    const shut = (who: string, body: unknown = { reason: 'It leaks.' }, id = app) =>
      write(who, `${apps}/${id}/suspensions`, body);
    expect((await shut(token)).status).toBe(403);
    expect((await shut(await issuer.token({ sub: 'mia', kind: 'staff', scope: 'partners.read' }))).code).toBe(
      'insufficient-scope',
    );
    expect((await shut(staff, {})).status).toBe(400);
    expect((await shut(staff, undefined, 'app_00000000000000000000000000')).code).toBe('not-found');
    const standing = { appId: app, partnerId: 'ptn_firm', state: 'suspended', reason: 'It leaks.' };
    expect(await shut(staff)).toMatchObject({ status: 201, body: standing });
    const shutMs = performance.now();

    await Promise.all([refusedByBoth(key, apps, 403), refusedByBoth(token, apps, 403)]);
    for (const last of await ended) expect(last).toContain('"state":"');
    expect((await endedMs) - shutMs).toBeLessThan(endsWithinMs);
    for (const answer of waiting) expect((await answer).status).toBe(403);
    await eventually('its jobs are cancelled, those that wait, too', 2_000, async () =>
      (await states()).every((state) => state === 'cancelled') ? true : undefined,
    );
    expect(await both(colleague, apps)).toEqual([200, 200]);
    // Again is the same wish, and no new fact.
    expect(await shut(staff, { reason: 'Other.' })).toMatchObject({ status: 201, body: standing });
    expect(await facts(app)).toEqual([{ type: 'app.suspended', reason: 'It leaks.', who: 'mia' }]);
  });

  it('gets no new key or endpoint meanwhile, and is out at an edge that starts later, with fresh tokens, too', async () => {
    for (const [operation, input] of [
      ['createKey', { appId: app }],
      ['createEndpoint', { body: { appId: app, url: 'https://firm.example/hook', events: ['key.created'] } }],
    ] as const)
      expect(await ask(operation, input)).toMatchObject({
        status: 409,
        body: { code: 'conflicting-state', currentState: 'suspended' },
      });
    const fresh = await issuer.token({
      sub: 'it',
      kind: 'partner',
      partner_number: 'ptn_firm',
      scope: 'partners.read',
      azp: app,
    });
    await sql`update runtime.revocation set at = at - interval '3 days' where what = ${`app:${app}`}`.execute(
      (worlds[0] as World).database.db,
    );
    await atAThird(async (third) => {
      for (const who of [key, token, fresh]) expect((await at(third, who, apps)).status).toBe(403);
      expect((await call(third, colleague, apps)).status).toBe(200);
    });
  });

  it('hears why at every entry, without a challenge, as often as it asks; only its right credentials do', async () => {
    const world = worlds[0] as World;
    const forMcp = await issuer.token({
      sub: 'software',
      customer_number: ada,
      act: { sub: 's' },
      azp: app,
      aud: `${world.platform.config.baseUrl}/mcp`,
    });
    const entries: [who: string, target: string, sent?: { method: string; body: unknown }][] = [
      [token, apps],
      [token, job],
      [token, '/live?topics=prints'],
      [forMcp, '/mcp', { method: 'POST', body: { jsonrpc: '2.0', id: 1, method: 'tools/list' } }],
    ];
    for (let n = 0; n < 12; n++)
      for (const [who, target, sent] of entries) {
        const { status, code, headers } = await call(world, who, target, sent);
        expect([target, status, code, headers.get('www-authenticate')]).toEqual([
          target,
          403,
          'partner-suspended',
          null,
        ]);
      }
    for (let n = 0; n < 12; n++) expect((await at(world, key, apps)).code).toBe('partner-suspended');
    // The same names, in what was not signed or not given: nothing is told, and it counts.
    const [head, claims] = token.split('.');
    const guessed = newApiKey('test', parseApiKey(key)?.id ?? '').text;
    for (const forged of [`${head}.${claims}.${'A'.repeat(86)}`, guessed]) {
      const { status, code, headers } = await at(world, forged, apps);
      expect([status, code]).toEqual([401, 'invalid-token']);
      expect(headers.get('www-authenticate')).toContain('error="invalid_token"');
    }
    expect(await both(colleague, apps)).toEqual([200, 200]);
  });

  it('is let in again as it was, and stays out while its partner is', async () => {
    await move('partners/ptn_firm/suspensions');
    expect(await move(`apps/${app}/resumptions`)).toMatchObject({ status: 201, body: { state: 'active' } });
    await eventually('the application itself is let in', 2_000, async () =>
      worlds.every(({ platform }) => !platform.authenticator.revocations.knows(`app:${app}`)) ? true : undefined,
    );
    expect(await both(key, apps)).toEqual([403, 403]);
    await move('partners/ptn_firm/resumptions');
    await eventually('both let it in', 2_000, async () =>
      (await both(key, apps)).every((status) => status === 200) ? true : undefined,
    );
    const { body } = await call(worlds[1] as World, token, apps);
    expect(body['items']).toContainEqual(expect.objectContaining({ id: app, state: 'sandbox' }));
    expect(await move(`apps/${app}/resumptions`)).toMatchObject({ status: 409, code: 'conflicting-state' });
    expect((await facts(app)).map(({ type }) => type)).toEqual(['app.suspended', 'app.resumed']);
  });
});

describe('a customer whose record is closed', () => {
  const scope = 'customers.read customers.write orders.read accounts.read prints.write';
  const me = '/customers/v1/customers/me';
  let customer: string;
  let token: string;

  const close = (body: unknown = { reason: 'requested' }, who = staff) =>
    write(who, `/customers/v1/customers/${customer}/closures`, body);

  beforeAll(async () => {
    const body = { givenName: 'Edda', familyName: 'Ende', email: 'edda@example.org', city: 'Ulm', country: 'DE' };
    customer = (await write(staff, '/customers/v1/customers', body)).body['id'] as string;
    token = await issuer.customer(customer, scope);
  });

  it('has nothing open any more', async () => {
    const opened = await write(staff, '/accounts/v1/accounts', { customerId: customer, product: 'everyday' });
    expect(opened.status).toBe(201);
    expect(await close()).toMatchObject({ status: 409, code: 'customers.still-open' });
    expect((await close()).body['detail']).toBe('Open are accounts: 1, orders: 0, card payments: 0, requests: 0.');
    expect(await both(token, me)).toEqual([200, 200]);
    expect((await write(staff, `/accounts/v1/accounts/${String(opened.body['id'])}/closures`)).status).toBe(201);
  });

  it('has neither token nor session, stream nor job, on any edge; nobody acts for them, and the record is read', async () => {
    const put = (target: string) =>
      call(worlds[0] as World, token, `${me}/${target}`, {
        method: 'PUT',
        headers: { 'idempotency-key': randomUUID() },
      });
    expect((await put(`delegates/${ada}`)).status).toBe(200);
    expect((await put('consents/marketing')).status).toBe(200);
    const { id: cookie } = await new Sessions((worlds[0] as World).database.db).start({
      issuer: issuer.issuer,
      subject: 'edda',
      audience: 'customer',
      customerId: customer,
      actor: [],
      scopes: new Set(['*']),
      acr: '',
      authTime: 0,
      channel: 'web',
      expiresAt: 0,
    });
    const session = { cookie: `plinth=${cookie}` };
    const live = await streams(bearer(token), '/live?topics=orders');
    const page = await streams(session, '/live?topics=orders');
    const job = await running(token);

    expect((await close({ reason: 'requested' }, token)).status).toBe(403);
    expect((await close({ reason: 'because' })).status).toBe(400);
    const closed = { id: customer, state: 'closed', closedBecause: 'requested' };
    expect(await close()).toMatchObject({ status: 201, body: closed });
    const closedMs = performance.now();

    await refusedByBoth(token, me, 401);
    for (const last of [...(await live.ended), ...(await page.ended)]) expect(last).toContain('event: reauthenticate');
    for (const each of [live, page]) expect((await each.endedMs) - closedMs).toBeLessThan(endsWithinMs);
    const asked = await Promise.all(worlds.map(({ base }) => fetch(base + me, { headers: session })));
    expect(asked.map(({ status }) => status)).toEqual([401, 401]);
    await eventually('the job is cancelled', 2_000, async () =>
      (await stateOf(job)) === 'cancelled' ? true : undefined,
    );
    // Again is the same wish; the record is read, and changed no more.
    expect(await close({ reason: 'fraud' })).toMatchObject({ status: 201, body: closed });
    expect(await facts(customer)).toEqual([{ type: 'customer.closed', reason: 'requested', who: 'mia' }]);
    const record = `/customers/v1/customers/${customer}`;
    const read = await call(worlds[1] as World, staff, `${record}/consents`);
    expect((read.body['items'] as { given: boolean }[]).filter(({ given }) => given)).toEqual([]);
    expect((await call(worlds[1] as World, staff, `${record}/delegates`)).body['items']).toEqual([]);
    for (const [method, target, body] of [
      ['PATCH', record, { city: 'Bonn' }],
      ['PUT', `${record}/consents/marketing`, undefined],
      ['PUT', `${record}/delegates/${ada}`, undefined],
    ] as const)
      expect(
        await call(worlds[0] as World, staff, target, { method, body, headers: { 'idempotency-key': randomUUID() } }),
      ).toMatchObject({ status: 409, code: 'conflicting-state', body: { currentState: 'closed' } });
    expect(await write(staff, '/accounts/v1/accounts', { customerId: customer, product: 'everyday' })).toMatchObject({
      code: 'accounts.no-such-customer',
    });
  });

  it('is out at an edge that starts later, with fresh tokens, too; who comes back is somebody new', async () => {
    const fresh = await issuer.token({ sub: 'edda again', customer_number: customer, scope });
    await atAThird(async (third) => {
      for (const who of [token, fresh]) expect((await call(third, who, me)).status).toBe(401);
    });
    const again = { givenName: 'Edda', familyName: 'Ende', email: 'edda@example.org' };
    const { status, body } = await write(staff, '/customers/v1/customers', again);
    expect(status).toBe(201);
    expect(await both(await issuer.customer(body['id'] as string, scope), me)).toEqual([200, 200]);
  });
});

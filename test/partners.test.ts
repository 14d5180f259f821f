// Partners beside each other on one platform: nobody reaches what is another's, and what leaves for a partner is signed,
// is its own, and can be steered by it. Deliveries go over real connections to a receiver on this machine.

import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import type { Operation } from '@plinth/contract';
import { type MailMessage, type Principal, servicePrincipal, systemClock } from '@plinth/runtime';
import { atEase, eventually, type TestDatabase } from '@plinth/testing';
import { sql } from 'kysely';
import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readConfig } from '../server/src/config.ts';
import { createPlatform, type Platform } from '../server/src/platform.ts';
import { aSeededDatabase } from './seeded.ts';

type Body = Record<string, unknown> & { id: string; secret: string; items: Body[] };
interface Hook {
  path: string;
  headers: Record<string, string>;
  body: string;
}

const partner = (name: string): Principal => ({
  ...servicePrincipal(name),
  issuer: 'test',
  audience: 'partner',
  partnerId: `ptn_${name}`,
});
const [acme, bolt] = [partner('acme'), partner('bolt')];

let database: TestDatabase;
let platform: Platform;
let receiver: Server;
let api: Server;
let hooks: Hook[] = [];
let mails: MailMessage[] = [];
let keys = 0;
/** What the receiver answers, by path. */
const answers: Record<string, number> = {};
const own: Record<string, Body> = {};

beforeAll(async () => {
  receiver = createServer((request, response) => {
    const path = request.url ?? '';
    void text(request).then((body) => {
      hooks.push({ path, headers: request.headers as Hook['headers'], body });
      return response.writeHead(answers[path] ?? 204).end();
    });
  });
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
  database = await aSeededDatabase();
  platform = await createPlatform({
    config: readConfig(
      { demo: true, ephemeral: true },
      { LOG_LEVEL: 'silent', PLINTH_ALLOWED_PRIVATE_HOSTS: `127.0.0.1:${portOf(receiver)}` },
    ),
    database,
    databaseUrl: database.url,
    mail: {
      send: async (message) => void mails.push(message),
      close: () => Promise.resolve(),
    },
    clock: systemClock,
    load: atEase,
  });
  await platform.reload();
  api = createServer((request, response) => void platform.edge.handle(request, response));
  await new Promise<void>((resolve) => api.listen(0, '127.0.0.1', resolve));
});
afterAll(async () => {
  api.close();
  await platform.close();
  receiver.closeAllConnections();
  receiver.close();
  await database.close();
});

const portOf = (server: Server): number => (server.address() as AddressInfo).port;
const addressOf = (path: string): string => `http://127.0.0.1:${portOf(receiver)}${path}`;

async function call(
  who: Principal,
  name: string,
  input: Record<string, unknown>,
): Promise<{ status: number; body: Body }> {
  const { status, body } = await platform.edge.invoke({
    operation: `partners.${name}`,
    principal: who,
    input,
    idempotencyKey: `k${keys++}`,
  });
  return { status, body: body as Body };
}

async function done(who: Principal, name: string, input: Record<string, unknown>): Promise<Body> {
  const { status, body } = await call(who, name, input);
  expect({ name, status, body }).toMatchObject({ status: expect.toSatisfy((each: number) => each < 300) });
  return body;
}

/** Acme's ids wherever an operation takes one. */
function inputOf({ id, params, body }: Operation): Record<string, unknown> {
  const ids = Object.entries({ appId: 'app', keyId: 'key', endpointId: 'endpoint', deliveryId: 'delivery' });
  const named = ids.filter(([name]) => params.some((param) => param.in === 'path' && param.name === name));
  const content =
    id === 'createEndpoint' ? { appId: own['app']?.id, url: addressOf('/bolt'), events: ['key.created'] } : {};
  return {
    ...Object.fromEntries(named.map(([name, thing]) => [name, own[thing]?.id])),
    ...(body === undefined ? {} : { body: content }),
  };
}

async function anEndpoint(who: Principal, appId: string, path: string, events = ['key.created']): Promise<Body> {
  return done(who, 'createEndpoint', { body: { appId, url: addressOf(path), events } });
}

const heard = async (path: string, count: number): Promise<Hook[]> =>
  eventually(`${count} at ${path}`, 20_000, async () => {
    const found = hooks.filter((hook) => hook.path === path);
    return found.length >= count ? found : undefined;
  });

describe('what is a partner’s', () => {
  beforeAll(async () => {
    own['app'] = await done(acme, 'createApp', { body: { name: 'Acme', scopes: ['partners.read', 'orders.read'] } });
    own['key'] = await done(acme, 'createKey', { appId: own['app'].id });
    own['endpoint'] = await anEndpoint(acme, own['app'].id, '/acme');
    own['delivery'] = await done(acme, 'testEndpoint', { endpointId: own['endpoint'].id });
    await done(bolt, 'createApp', { body: { name: 'Bolt', scopes: ['partners.read'] } });
  });

  it('is out of reach of every operation of another', async () => {
    const operations = platform.contracts().find(({ id }) => id === 'partners')?.operations ?? [];
    const crossings: unknown[] = [];
    let refused = 0;
    for (const operation of operations) {
      if (operation.id === 'createApp' || !operation.policy.audience.includes('partner')) continue;
      const { status, body } = await call(bolt, operation.id, inputOf(operation));
      const isList = operation.id.startsWith('list') && status === 200;
      const seen = Object.values(own).filter(({ id }) => JSON.stringify(body).includes(id));
      if (isList ? seen.length > 0 : status !== 404) crossings.push([operation.id, status, body]);
      if (!isList) refused += 1;
    }
    expect(crossings).toEqual([]);
    expect(refused).toBeGreaterThanOrEqual(12);
    const filtered = await done(bolt, 'listDeliveries', { endpointId: own['endpoint']?.id });
    expect(filtered.items).toEqual([]);
    // The control: its owner sees what the other did not.
    const mine = await done(acme, 'listDeliveries', { endpointId: own['endpoint']?.id });
    expect(mine.items.map(({ id }) => id)).toContain(own['delivery']?.id);
    expect((await done(acme, 'listKeys', { appId: own['app']?.id })).items[0]?.['state']).toBe('live');
  });

  it('is told to its own endpoints alone, signed, with what partners may see', async () => {
    const theirs = await done(bolt, 'createApp', { body: { name: 'Bolt two', scopes: ['partners.read'] } });
    const endpoint = await anEndpoint(bolt, theirs.id, '/bolt');
    hooks = [];
    await done(acme, 'createKey', { appId: own['app']?.id });
    const [hook] = await heard('/acme', 1);
    const fact = new Webhook(own['endpoint']?.secret ?? '').verify(hook?.body ?? '', hook?.headers ?? {});
    expect(fact).toMatchObject({
      specversion: '1.0',
      type: 'key.created',
      source: '/partners',
      id: hook?.headers['webhook-id'],
      datacontenttype: 'application/json',
      data: { appId: own['app']?.id, partnerId: 'ptn_acme' },
    });
    expect(hook?.headers['content-type']).toBe('application/cloudevents+json');
    expect(() => new Webhook(endpoint.secret).verify(hook?.body ?? '', hook?.headers ?? {})).toThrow('signature');
    // Bolt's own fact arrives, so its endpoint works: nothing of Acme's came before it.
    await done(bolt, 'createKey', { appId: theirs.id });
    const [mine] = await heard('/bolt', 1);
    expect(JSON.parse(mine?.body ?? '')).toMatchObject({ data: { partnerId: 'ptn_bolt' } });
    await platform.settled();
    expect(hooks.filter(({ path }) => path === '/bolt')).toHaveLength(1);
  });

  it('hears of facts that its application may read, and of no others it asked for', async () => {
    const hearing = async (who: Principal, path: string, scopes: string[]): Promise<void> => {
      const { id } = await done(who, 'createApp', { body: { name: path, scopes } });
      await anEndpoint(who, id, path, ['offering.published', 'key.created']);
    };
    await hearing(acme, '/may', ['catalogue.read']);
    await hearing(bolt, '/may-not', ['partners.read']);
    const body = { sku: 'WEBHOOK-1', name: 'Hook', category: 'home', price: { amount: 100, currency: 'EUR' } };
    const { status } = await platform.edge.invoke({
      operation: 'catalogue.createOffering',
      principal: servicePrincipal('test'),
      input: { body },
      idempotencyKey: `k${keys++}`,
    });
    expect(status).toBe(201);
    const [hook] = await heard('/may', 1);
    expect(JSON.parse(hook?.body ?? '')).toMatchObject({ type: 'offering.published' });
    // The control: the other endpoint works, and hears of what it may.
    const [app] = (await done(bolt, 'listApps', {})).items;
    await done(bolt, 'createKey', { appId: app?.id });
    await heard('/may-not', 1);
    await platform.settled();
    expect(
      hooks.filter(({ path }) => path === '/may-not').map(({ body: text }) => (JSON.parse(text) as Body)['type']),
    ).toEqual(['key.created']);
    expect(hooks.filter(({ path }) => path === '/may')).toHaveLength(1);
  });
});

describe('an endpoint', () => {
  let appId = '';
  beforeAll(async () => {
    appId = (await done(acme, 'createApp', { body: { name: 'Steered', scopes: ['partners.read'] } })).id;
  });

  it('is tested, paused, resumed, replayed and removed by its owner', async () => {
    const endpoint = await anEndpoint(acme, appId, '/steered');
    const endpointId = endpoint.id;
    expect(await done(acme, 'pauseEndpoint', { endpointId })).toMatchObject({ state: 'paused' });
    expect(await call(acme, 'testEndpoint', { endpointId })).toMatchObject({
      status: 409,
      body: { currentState: 'paused' },
    });
    expect(await done(acme, 'resumeEndpoint', { endpointId })).toMatchObject({ state: 'active' });
    const sent = await done(acme, 'testEndpoint', { endpointId });
    await heard('/steered', 1);
    const logged = (attempts: number) =>
      eventually('it is in the log', 5000, async () => {
        const found = await done(acme, 'listDeliveries', { endpointId, state: 'delivered', eventType: 'test.sent' });
        return found.items.find((each) => (each.attempts as unknown[]).length === attempts);
      });
    const log = await logged(1);
    expect(log).toMatchObject({ id: sent.id, attempts: [{ status: 204, outcome: 'delivered' }] });
    const before = new Date(0).toISOString();
    const replay = (more: object) =>
      done(acme, 'replayDeliveries', { endpointId, body: { state: 'delivered', ...more } });
    expect(await replay({ until: before })).toEqual({ count: 0 });
    expect(await replay({ eventType: 'other.type' })).toEqual({ count: 0 });
    expect(await replay({ from: before })).toEqual({ count: 1 });
    const [first, second] = await heard('/steered', 2);
    expect(second?.headers['webhook-id']).toBe(first?.headers['webhook-id']);
    // One that is still under way would be the one asked for.
    await logged(2);
    expect(await done(acme, 'replayDelivery', { deliveryId: sent.id })).toMatchObject({ state: 'pending' });
    await heard('/steered', 3);
    expect(await done(acme, 'removeEndpoint', { endpointId })).toMatchObject({ state: 'removed' });
    for (const operation of [
      'testEndpoint',
      'pauseEndpoint',
      'resumeEndpoint',
      'rotateEndpointSecret',
      'removeEndpoint',
    ])
      expect((await call(acme, operation, { endpointId })).status).toBe(404);
    expect((await done(acme, 'listEndpoints', {})).items.map(({ id }) => id)).not.toContain(endpointId);
    expect((await call(acme, 'replayDelivery', { deliveryId: sent.id })).status).toBe(409);
  });

  it('loses nothing while its secret changes', async () => {
    const endpoint = await anEndpoint(acme, appId, '/rotated');
    const { secret } = await done(acme, 'rotateEndpointSecret', { endpointId: endpoint.id });
    expect(secret).not.toBe(endpoint.secret);
    await done(acme, 'testEndpoint', { endpointId: endpoint.id });
    const [hook] = await heard('/rotated', 1);
    for (const each of [endpoint.secret, secret])
      expect(new Webhook(each).verify(hook?.body ?? '', hook?.headers ?? {})).toMatchObject({ type: 'test.sent' });
    expect(() => new Webhook(own['endpoint']?.secret ?? '').verify(hook?.body ?? '', hook?.headers ?? {})).toThrow(
      'signature',
    );
  });

  it('that says 410 is switched off, and its partner’s other endpoints hear of it', async () => {
    answers['/gone'] = 410;
    const gone = await anEndpoint(acme, appId, '/gone');
    await anEndpoint(acme, appId, '/watching', ['endpoint.disabled']);
    await done(acme, 'testEndpoint', { endpointId: gone.id });
    const [hook] = await heard('/watching', 1);
    expect(JSON.parse(hook?.body ?? '')).toMatchObject({
      type: 'endpoint.disabled',
      subject: gone.id,
      data: { endpointId: gone.id, because: 'gone' },
    });
    const listed = (await done(acme, 'listEndpoints', {})).items.find(({ id }) => id === gone.id);
    expect(listed).toMatchObject({ state: 'disabled', because: 'gone' });
  });

  it('has a contact that its partner alone sees and changes, and that is written to when it is switched off', async () => {
    answers['/watched'] = 410;
    const contact = { email: 'ops@acme.test', language: 'de' };
    const body = { appId, url: addressOf('/watched'), events: ['key.created'], contact: { email: 'first@acme.test' } };
    const endpoint = await done(acme, 'createEndpoint', { body });
    expect(endpoint['contact']).toEqual({ email: 'first@acme.test', language: 'en' });
    const endpointId = endpoint.id;
    expect(await done(acme, 'setEndpointContact', { endpointId, body: { contact } })).toMatchObject({ contact });
    expect(
      (await call(acme, 'setEndpointContact', { endpointId, body: { contact: { email: 'no address' } } })).status,
    ).toBe(400);
    expect((await call(bolt, 'setEndpointContact', { endpointId, body: { contact } })).status).toBe(404);
    await done(acme, 'testEndpoint', { endpointId });
    const mail = await eventually('the mail', 30_000, async () => mails.find(({ to }) => to === contact.email));
    expect(mail).toMatchObject({ subject: 'Ihr Webhook-Endpunkt ist abgeschaltet' });
    expect(mail.text).toContain('/developers/webhooks');
    expect(mails.filter(({ to }) => to.endsWith('acme.test'))).toHaveLength(1);
    const silent = await done(acme, 'setEndpointContact', { endpointId, body: { contact: null } });
    expect(silent).not.toHaveProperty('contact');
  });

  it.each(['http://10.0.0.1/', 'https://127.1/', 'https://u:p@example.com/', 'https://example.com:22/', 'ftp://a/'])(
    'cannot be at %s',
    async (url) => {
      const answer = await call(acme, 'createEndpoint', { body: { appId, url, events: ['key.created'] } });
      expect(answer).toMatchObject({ status: 422, body: { code: 'partners.address-refused' } });
    },
  );
});

/** Calls an operation that takes keys and the scope catalogue.read. */
const use = async (secret: string): Promise<number> => {
  const response = await fetch(`http://127.0.0.1:${portOf(api)}/catalogue/v1/offerings`, {
    headers: { authorization: `Bearer ${secret}` },
  });
  await response.body?.cancel();
  return response.status;
};

describe('a key', () => {
  let appId = '';
  beforeAll(async () => {
    appId = (await done(acme, 'createApp', { body: { name: 'Keys', scopes: ['catalogue.read', 'partners.read'] } })).id;
  });
  const make = (body?: object) => call(acme, 'createKey', body === undefined ? { appId } : { appId, body });
  const revoke = (keyId: string) => done(acme, 'revokeKey', { appId, keyId });

  it('is one of two at most, and revoking it again is no new fact', async () => {
    const [first, second] = [await make(), await make()];
    expect([first.status, second.status]).toEqual([201, 201]);
    expect(await make()).toMatchObject({ status: 409, body: { code: 'partners.too-many-keys' } });
    expect([await use(first.body.secret), await use(second.body.secret)]).toEqual([200, 200]);
    await revoke(first.body.id);
    await revoke(first.body.id);
    await platform.settled();
    const facts = await sql<{ n: number }>`
      select count(*)::int as n from runtime.outbox where type = 'key.revoked' and subject = ${first.body.id}`.execute(
      database.db,
    );
    expect(facts.rows[0]?.n).toBe(1);
    await revoke(second.body.id);
  });

  it('is held to its addresses, scopes and end', async () => {
    const here = await make({ addresses: ['127.0.0.0/8', '2001:db8::/32'] });
    const there = await make({ addresses: ['192.0.2.7'] });
    expect(here.body).toMatchObject({
      addresses: ['127.0.0.0/8', '2001:db8::/32'],
      scopes: ['catalogue.read', 'partners.read'],
    });
    expect([await use(here.body.secret), await use(there.body.secret)]).toEqual([200, 401]);
    await Promise.all([here, there].map(({ body }) => revoke(body.id)));
    const narrow = await make({ scopes: ['partners.read'] });
    expect(await use(narrow.body.secret)).toBe(403);
    const expiresAt = new Date(Date.now() + 1500).toISOString();
    const brief = await make({ expiresAt });
    expect(await use(brief.body.secret)).toBe(200);
    await eventually('its end', 5000, async () => (await use(brief.body.secret)) === 401 || undefined);
    // One that has ended takes no place.
    await eventually('its place', 5000, async () => (await make()).status === 201 || undefined);
  });

  it.each([
    [{ scopes: ['payments.write'] }, 'payments.write'],
    [{ addresses: ['10.0.0.0/33'] }, '10.0.0.0/33'],
    [{ expiresAt: '2020-01-01T00:00:00Z' }, 'passed'],
  ])('cannot have the terms %j', async (terms, named) => {
    const answer = await make(terms);
    expect(answer).toMatchObject({ status: 422, body: { code: 'partners.key-refused' } });
    expect(answer.body['detail']).toContain(named);
  });
});

const staff: Principal = { ...servicePrincipal('mia'), issuer: 'test', audience: 'staff' };

describe('a plan', () => {
  let appId = '';
  let secret = '';
  beforeAll(async () => {
    appId = (await done(acme, 'createApp', { body: { name: 'Plan', scopes: ['catalogue.read'] } })).id;
    ({ secret } = await done(acme, 'createKey', { appId }));
  });

  it('is sold by staff alone, and counts', async () => {
    const body = { limits: { standard: 2 }, quotas: [{ product: 'catalogue', per: 'month', calls: 1000 }] };
    expect(await call(acme, 'setPlan', { appId, body })).toMatchObject({ body: { code: 'audience-not-allowed' } });
    expect(await done(staff, 'setPlan', { appId, body })).toEqual(body);
    expect([await use(secret), await use(secret), await use(secret)]).toEqual([200, 200, 429]);
    expect(await call(staff, 'setPlan', { appId: 'app_nobodys', body })).toMatchObject({ status: 404 });
    expect(await done(staff, 'setPlan', { appId, body: {} })).toEqual({});
    const { rows } = await sql`select plan from partners.apps where plan is not null`.execute(database.db);
    expect(rows).toEqual([]);
  });

  it.each([
    [{ limits: { unheard: 5 } }, 'unheard'],
    [{ quotas: [{ product: 'catalog', per: 'day', calls: 5 }] }, 'catalog'],
  ])('cannot be %j', async (body, named) => {
    const refused = await call(staff, 'setPlan', { appId, body });
    expect(refused).toMatchObject({ status: 422, body: { code: 'partners.plan-refused' } });
    expect(refused.body['detail']).toContain(named);
  });
});

const move = (name: string): Promise<Body> =>
  done(staff, name, { partnerId: 'ptn_core', body: { reason: 'a test of it' } });

describe('a partner that is shut out', () => {
  it('gets no webhook until it is let in; then what waited comes, and what it had paused itself stays so', async () => {
    const core = partner('core');
    const app = await done(core, 'createApp', { body: { name: 'Core', scopes: ['partners.read'] } });
    const open = await anEndpoint(core, app.id, '/core-open');
    const paused = await anEndpoint(core, app.id, '/core-paused');
    await done(core, 'pauseEndpoint', { endpointId: paused.id });
    await move('suspendPartner');
    const states = async (): Promise<unknown[]> =>
      (await done(core, 'listEndpoints', {})).items
        .toSorted((left, right) => String(left['url']).localeCompare(String(right['url'])))
        .map(({ state, because }) => [state, because]);
    expect(await states()).toEqual([
      ['paused', 'suspended'],
      ['paused', undefined],
    ]);
    await done(core, 'createKey', { appId: app.id });
    await platform.settled();
    expect(came()).toEqual([]);
    await move('resumePartner');
    expect(await states()).toEqual([
      ['active', undefined],
      ['paused', undefined],
    ]);
    await eventually('what waited comes', 10_000, () => Promise.resolve(came().length > 0 ? true : undefined));
    expect(came().map(({ path }) => path)).toEqual(['/core-open']);
    expect(open.id).not.toBe(paused.id);
  });
});

describe('an application that is shut out', () => {
  const staff: Principal = { ...servicePrincipal('mia'), issuer: 'test', audience: 'staff' };
  const because = { body: { reason: 'a test of it' } };

  it('has its webhooks wait, whatever its partner wishes and whoever else is let in', async () => {
    const solo = partner('solo');
    const app = await done(solo, 'createApp', { body: { name: 'Solo', scopes: ['partners.read'] } });
    const other = await done(solo, 'createApp', { body: { name: 'Duo', scopes: ['partners.read'] } });
    const endpoint = await anEndpoint(solo, app.id, '/solo-out');
    await anEndpoint(solo, other.id, '/solo-in');
    const stateOf = async (): Promise<unknown[]> =>
      (await done(solo, 'listEndpoints', {})).items
        .filter(({ id }) => id === endpoint.id)
        .flatMap((each) => [each['state'], each['because']]);
    await done(staff, 'suspendApp', { appId: app.id, ...because });
    expect(await stateOf()).toEqual(['paused', 'suspended']);
    await done(solo, 'createKey', { appId: other.id });
    await platform.settled();
    await eventually('the other application hears', 10_000, async () => arrived('/solo-in') > 0 || undefined);

    const { id: endpointId } = endpoint;
    for (const [name, input] of [
      ['resumeEndpoint', { endpointId }],
      ['createKey', { appId: app.id }],
    ] as const)
      expect(await call(solo, name, input)).toMatchObject({ status: 409, body: { code: 'conflicting-state' } });
    // What is sent to all of a partner's applications again is not sent to this one.
    await done(staff, 'suspendPartner', { partnerId: 'ptn_solo', ...because });
    await done(staff, 'resumePartner', { partnerId: 'ptn_solo', ...because });
    expect(await stateOf()).toEqual(['paused', 'suspended']);
    expect(arrived('/solo-out')).toBe(0);
    // And not while the partner itself is out.
    await done(staff, 'suspendPartner', { partnerId: 'ptn_solo', ...because });
    await done(staff, 'resumeApp', { appId: app.id, ...because });
    expect(await stateOf()).toEqual(['paused', 'suspended']);
    await done(staff, 'resumePartner', { partnerId: 'ptn_solo', ...because });
    expect(await stateOf()).toEqual(['active', undefined]);
    await eventually('what waited comes', 10_000, async () => arrived('/solo-out') > 0 || undefined);
  });
});

const arrived = (path: string): number => hooks.filter((hook) => hook.path === path).length;

const came = (): Hook[] => hooks.filter(({ path }) => path.startsWith('/core-'));

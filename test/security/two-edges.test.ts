// Two processes' worth of edges on one database: what one of them is told, the other one honours. Who acts for whom is
// read at each request; what was withdrawn is followed by every edge.

import { randomUUID } from 'node:crypto';
import { type Principal, servicePrincipal } from '@plinth/runtime';
import { eventually, sessionOf } from '@plinth/testing';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ada, ben, call, openIssuer, type OutsideIssuer, partner, startWorld, type World } from './world.ts';

let issuer: OutsideIssuer;
let [one, two]: World[] = [];
let order: string;
let otherOrder: string;
const scopes = 'orders.read orders.write customers.read customers.write accounts.read';
const person = (id: string, more: Record<string, unknown> = {}) => issuer.customer(id, scopes, more);
beforeAll(async () => {
  issuer = await openIssuer();
  one = await startWorld({ issuer });
  two = await startWorld({ issuer, database: one.database });
  const orders = async (id: string) =>
    (await call(one as World, await person(id), '/orders/v1/orders?limit=1')).body['items'] as { id: string }[];
  order = (await orders(ada))[0]?.id as string;
  otherOrder = (await orders(ben))[0]?.id as string;
});
afterAll(async () => {
  await two?.close();
  await one?.close();
  await issuer?.close();
});

const asked = (
  world: World | undefined,
  token: string,
  target: string,
  sent: { method?: string; body?: unknown } = {},
) =>
  call(world as World, token, target, {
    ...sent,
    headers: sent.method === undefined ? {} : { 'idempotency-key': randomUUID() },
  });
const delegates = `/customers/v1/customers/me/delegates/${ben}`;
/** What was withdrawn on one edge is refused on every one. */
const actsWithinMs = 1_000;
const print = (line: string) =>
  process.stdout.write(`${line}
`);

describe('a delegate', () => {
  it('is nobody before the customer says so, and nobody from the next request after', async () => {
    const [adas, bens] = [await person(ada), await person(ben)];
    const target = `/orders/v1/orders/${order}`;
    expect((await asked(two, bens, target)).status).toBe(404);
    expect((await asked(one, adas, delegates, { method: 'PUT' })).status).toBe(200);
    expect(await asked(two, bens, target)).toMatchObject({ status: 200, body: { id: order } });
    // Only what a contract opens to delegates, and only for the one who said so.
    expect((await asked(two, bens, `/customers/v1/customers/${ada}`)).status).toBe(404);
    expect((await asked(two, adas, `/orders/v1/orders/${otherOrder}`)).status).toBe(404);
    expect((await asked(one, adas, delegates, { method: 'DELETE' })).status).toBe(204);
    expect((await asked(two, bens, target)).status).toBe(404);
  });

  it('cannot let anybody else in', async () => {
    await asked(one, await person(ada), delegates, { method: 'PUT' });
    const onward = `/customers/v1/customers/${ada}/delegates/${ben}`;
    expect((await asked(one, await person(ben), onward, { method: 'PUT' })).status).toBe(404);
    await asked(one, await person(ada), delegates, { method: 'DELETE' });
  });

  it('is another customer', async () => {
    for (const id of [ada, 'cus_nobody'])
      expect(
        await asked(one, await person(ada), `/customers/v1/customers/me/delegates/${id}`, { method: 'PUT' }),
      ).toMatchObject({
        status: 409,
        code: 'customers.no-such-delegate',
      });
  });

  it('stands in the audit with the one they acted for, and so do staff', async () => {
    const adas = await person(ada);
    await asked(one, adas, delegates, { method: 'PUT' });
    const placed = await call(one as World, adas, '/orders/v1/orders', {
      method: 'POST',
      body: { lines: [{ sku: 'TOASTER-2', quantity: 1 }], payment: { method: 'card_ok' } },
      headers: { 'idempotency-key': 'an-order' },
    });
    const cancel = `/orders/v1/orders/${String(placed.body['id'])}/cancellations`;
    expect((await asked(one, await person(ben), cancel, { method: 'POST', body: {} })).status).toBeLessThan(300);
    const staff = await issuer.token({ sub: 'mia', kind: 'staff', scope: scopes });
    await asked(one, staff, `/customers/v1/customers/${ben}/notes`, {
      method: 'POST',
      body: { text: 'Called about an order.' },
    });
    const { rows } = await sql<{ subject: string; customerId: string; operation: string }>`
      select subject, customer_id as "customerId", operation from runtime.audit
      where operation in ('orders.cancelOrder', 'customers.addNote') and issuer = ${issuer.issuer}`.execute(
      (one as World).database.db,
    );
    expect(rows).toContainEqual({ subject: 'mia', customerId: ben, operation: 'customers.addNote' });
    expect(rows).toContainEqual({ subject: `person of ${ben}`, customerId: ada, operation: 'orders.cancelOrder' });
    await asked(one, adas, delegates, { method: 'DELETE' });
  });
});

/** Both edges know the token before; after the withdrawal at the first, the second is asked until it refuses. */
async function untilRefused(token: string, what: string, code = 'invalid-token'): Promise<number> {
  const target = '/customers/v1/customers/me';
  for (const world of [one, two]) expect((await asked(world, token, target)).status).toBeLessThan(400);
  await (one as World).platform.revocations.revoke(what);
  const startedMs = performance.now();
  await eventually('the other edge refuses', actsWithinMs, async () =>
    (await asked(two, token, target)).status >= 400 ? true : undefined,
  );
  const tookMs = performance.now() - startedMs;
  for (const world of [one, two]) expect((await asked(world, token, target)).code).toBe(code);
  return tookMs;
}

const streamOn = async (world: World | undefined, sid: string) => {
  const token = await person(ada, { sub: `stream of ${sid}`, sid });
  const address = `${(world as World).base}/live?topics=orders`;
  const stop = new AbortController();
  const response = await fetch(address, { headers: { authorization: `Bearer ${token}` }, signal: stop.signal });
  expect(response.status).toBe(200);
  return { response, stop };
};

describe('what was withdrawn', () => {
  it('by token, session, person and application is refused by the other edge too', async () => {
    const took: Record<string, number> = {};
    const base = { jti: 'j1', sid: 's1', azp: 'app_1' };
    took['token'] = await untilRefused(await person(ada, base), 'jti:j1');
    took['session'] = await untilRefused(await person(ada, { ...base, jti: 'j2' }), 'sid:s1');
    const ofAnApp = await person(ada, { jti: 'j3', sid: 's2', azp: 'app_1' });
    took['application'] = await untilRefused(ofAnApp, 'app:app_1', 'partner-suspended');
    const sub = `person of ${ben}`;
    took['person'] = await untilRefused(await person(ben), `sub:${issuer.issuer}|${sub}`);
    print(`withdrawn on one edge, refused on the other after ${JSON.stringify(took)} ms`);
    // Others of the same person, application and issuer go on.
    expect(
      (await asked(two, await person(ada, { jti: 'j9', sid: 's9', azp: 'app_9' }), '/customers/v1/customers/me'))
        .status,
    ).toBe(200);
  });

  it('ends live streams on the other edge, and nobody else’s', async () => {
    const [leaving, staying] = [await streamOn(two, 'leaving'), await streamOn(two, 'staying')];
    const ended = leaving.response.text();
    const startedMs = performance.now();
    await one?.platform.revocations.revoke('sid:leaving');
    expect(await ended).toMatch(/event: reauthenticate\ndata: \{\}\n\n$/);
    print(`a live stream on the other edge ended ${Math.round(performance.now() - startedMs)} ms after its session`);
    const reader = staying.response.body?.getReader();
    const { value } = (await reader?.read()) ?? {};
    expect(new TextDecoder().decode(value)).not.toContain('reauthenticate');
    staying.stop.abort();
  });

  it('by signing out on one edge ends what the session has open on the other', async () => {
    const [here, there] = [one as World, two as World];
    const browser = await sessionOf({ baseUrl: here.platform.config.baseUrl, username: 'ada' });
    const headers = { cookie: browser.cookies(), 'sec-fetch-site': 'same-origin' };
    const stream = await fetch(`${there.base}/live?topics=orders`, { headers });
    expect(stream.status).toBe(200);
    const ended = stream.text();
    const left = await fetch(`${here.base}/session/logout`, { method: 'POST', headers });
    expect(left.status).toBeLessThan(300);
    expect(await ended).toMatch(/event: reauthenticate\ndata: \{\}\n\n$/);
    expect((await fetch(`${there.base}/customers/v1/customers/me`, { headers })).status).toBe(401);
  });

  it("a partner's key is worth nothing on either edge after it was revoked", async () => {
    const acme: Principal = {
      ...servicePrincipal('acme', undefined),
      issuer: 'test',
      audience: 'partner',
      partnerId: partner,
    };
    const ask = async (operation: string, input: Record<string, unknown>) => {
      const { body } = await (one as World).platform.edge.invoke({
        operation,
        principal: acme,
        input,
        idempotencyKey: operation,
      });
      return body as Record<string, string>;
    };
    const app = await ask('partners.createApp', { body: { name: 'Two edges', scopes: ['catalogue.read'] } });
    const key = await ask('partners.createKey', { appId: app['id'] });
    const quote = (world: World | undefined) =>
      call(world as World, key['secret'], '/catalogue/v1/price-quotes', {
        method: 'POST',
        body: { lines: [{ sku: 'TOASTER-2', quantity: 1 }] },
      });
    for (const world of [one, two]) expect((await quote(world)).status).toBe(200);
    await ask('partners.revokeKey', { appId: app['id'], keyId: key['id'] });
    const startedMs = performance.now();
    for (const world of [one, two])
      await eventually('the key is refused', actsWithinMs, async () =>
        (await quote(world)).status === 401 ? true : undefined,
      );
    print(`a revoked key is refused on both edges after ${Math.round(performance.now() - startedMs)} ms`);
  });

  it('a partner that staff shut out has neither key nor token on either edge within a second, until it is let in', async () => {
    const shut: Principal = { ...servicePrincipal('shut'), issuer: 'test', audience: 'partner', partnerId: 'ptn_shut' };
    const ask = async (operation: string, input: Record<string, unknown>) => {
      const { body } = await (one as World).platform.edge.invoke({
        operation,
        principal: shut,
        input,
        idempotencyKey: operation,
      });
      return body as Record<string, string>;
    };
    const app = await ask('partners.createApp', { body: { name: 'Shut', scopes: ['catalogue.read'] } });
    const key = String((await ask('partners.createKey', { appId: app['id'] }))['secret']);
    const claims = { kind: 'partner', partner_number: 'ptn_shut', azp: 'app_elsewhere', scope: 'partners.read' };
    const token = await issuer.token({ sub: 'somebody of theirs', ...claims });
    const other = await issuer.token({ sub: 'somebody else', ...claims, partner_number: 'ptn_other' });
    const quoteWith = async (world: World | undefined): Promise<number> =>
      (
        await call(world as World, key, '/catalogue/v1/price-quotes', {
          method: 'POST',
          body: { lines: [{ sku: 'TOASTER-2', quantity: 1 }] },
        })
      ).status;
    const appsWith = async (world: World | undefined, who = token): Promise<number> =>
      (await call(world as World, who, '/partners/v1/apps')).status;
    const staff = await issuer.token({ sub: 'mia', kind: 'staff', scope: 'partners.manage' });
    const move = (what: string, body: unknown, who = staff) =>
      asked(one, who, `/partners/v1/partners/ptn_shut/${what}`, { method: 'POST', body });
    for (const world of [one, two]) expect([await quoteWith(world), await appsWith(world)]).toEqual([200, 200]);

    expect((await move('suspensions', { reason: 'fraud' }, token)).status).toBe(403);
    expect((await move('suspensions', {})).status).toBe(400);
    expect(await move('resumptions', { reason: 'none' })).toMatchObject({ status: 409, code: 'conflicting-state' });
    const standing = { partnerId: 'ptn_shut', state: 'suspended', reason: 'fraud' };
    expect(await move('suspensions', { reason: 'fraud' })).toMatchObject({ status: 201, body: standing });
    const startedMs = performance.now();
    for (const world of [one, two])
      await eventually('both are refused', actsWithinMs, async () =>
        (await quoteWith(world)) === 403 && (await appsWith(world)) === 403 ? true : undefined,
      );
    print(`a partner shut out is refused on both edges after ${Math.round(performance.now() - startedMs)} ms`);
    expect(await move('suspensions', { reason: 'again' })).toMatchObject({ status: 201, body: standing });
    expect(await appsWith(two, other)).toBe(200);
    const { rows } = await sql<{ type: string; reason: string }>`
      select o.type, o.data->>'reason' as reason from runtime.outbox o join runtime.audit a on o.event_id = any(a.event_ids)
      where o.subject = 'ptn_shut' and a.subject = 'mia'`.execute((one as World).database.db);
    expect(rows).toEqual([{ type: 'partner.suspended', reason: 'fraud' }]);
    // Days later, with a fresh token and at an edge that has started since: who is suspended stays so.
    await sql`
      update runtime.revocation set at = at - interval '3 days' where what = 'ptn:ptn_shut'`.execute(
      (one as World).database.db,
    );
    const third = await startWorld({ issuer, database: (one as World).database });
    const fresh = await issuer.token({ sub: 'another of theirs', ...claims, azp: 'app_new' });
    expect([await appsWith(third, fresh), await quoteWith(third)]).toEqual([403, 403]);
    expect(await appsWith(third, other)).toBe(200);

    expect(await move('resumptions', { reason: 'cleared' })).toMatchObject({ status: 201, body: { state: 'active' } });
    for (const world of [one, two, third])
      await eventually('both are let in', 2_000, async () =>
        (await quoteWith(world)) === 200 && (await appsWith(world)) === 200 ? true : undefined,
      );
    await third.close();
  });

  it('is the way to single objects of who tried too many ids on one edge, for ten minutes, and nothing else of theirs', async () => {
    const token = await person(ada, { sub: 'walker', jti: 'walker' });
    const statuses = [];
    for (let n = 0; n < 21; n++)
      statuses.push((await asked(one, token, `/orders/v1/orders/ord_${String(n).padStart(26, '0')}`)).status);
    expect(statuses).toEqual([...Array<number>(20).fill(404), 429]);
    const stopped = await eventually('the other edge stops them', 5_000, async () => {
      const answer = await asked(two, token, `/orders/v1/orders/${order}`);
      return answer.status === 429 ? answer : undefined;
    });
    expect(stopped.code).toBe('too-many-failures');
    expect(Number(stopped.headers.get('retry-after'))).toBeGreaterThan(590);
    expect((await asked(two, token, '/orders/v1/orders?limit=1')).status).toBe(200);
    expect((await asked(two, await person(ada), `/orders/v1/orders/${order}`)).status).toBe(200);
  });

  it('is known to an edge that starts later', async () => {
    const token = await person(ada, { jti: 'j10' });
    await (one as World).platform.revocations.revoke('jti:j10');
    const third = await startWorld({ issuer, database: (one as World).database });
    expect((await asked(third, token, '/customers/v1/customers/me')).status).toBe(401);
    await third.close();
  });
});

describe('what an edge keeps', () => {
  it('is ended by an ordinary write on the other edge, within a tenth of a second as a rule', async () => {
    const staff = await issuer.token({ sub: 'mia', kind: 'staff', scope: 'catalogue.read catalogue.write' });
    const read = async (world: World | undefined): Promise<{ price: unknown; status: string }> => {
      const { body, headers } = await call(world as World, staff, '/catalogue/v1/offerings/TOASTER-2');
      return {
        price: (body['price'] as { amount: number } | undefined)?.amount,
        status: headers.get('cache-status') ?? '',
      };
    };
    const took: number[] = [];
    for (let n = 0; n < 20; n++) {
      await read(two);
      expect((await read(two)).status).toContain('hit');
      const amount = 4_000 + n;
      const changed = await asked(one, staff, '/catalogue/v1/prices', {
        method: 'POST',
        body: { sku: 'TOASTER-2', price: { amount, currency: 'EUR' } },
      });
      expect(changed.status).toBeLessThan(300);
      const startedMs = performance.now();
      // Its own write at once; the other edge without waiting for the end of what it keeps.
      expect((await read(one)).price).toBe(amount);
      await eventually('the other edge knows', 1_000, async () =>
        (await read(two)).price === amount ? true : undefined,
      );
      took.push(performance.now() - startedMs);
    }
    took.sort((left, right) => left - right);
    print(`a price changed on one edge, read on the other after ${Math.round(took[10] as number)} ms (p50)`);
    expect(took[10]).toBeLessThan(100);
  });
});

describe('two who change one version of a thing on two edges', () => {
  it('are one who did and one who hears that it has changed, however often', async () => {
    const token = await person(ada);
    const target = `/customers/v1/customers/${ada}`;
    const cities: unknown[] = [];
    const losers: unknown[] = [];
    for (let n = 0; n < 20; n++) {
      const { headers } = await call(one as World, token, target);
      const change = (world: World | undefined, city: string) =>
        call(world as World, token, target, {
          method: 'PATCH',
          body: { city },
          headers: { 'if-match': headers.get('etag') ?? '', 'idempotency-key': randomUUID() },
        });
      const both = await Promise.all([change(one, `one ${n}`), change(two, `two ${n}`)]);
      const [winner] = both.filter(({ status }) => status === 200);
      losers.push(both.filter(({ status }) => status !== 200).map(({ code }) => code));
      const now = (await call(one as World, token, target)).body['city'];
      cities.push(now === winner?.body['city']);
    }
    expect(losers).toEqual(Array.from({ length: 20 }, () => ['precondition-failed']));
    expect(cities).not.toContain(false);
  });
});

// Opaque tokens (RFC 7662) end to end: an issuer that is asked over HTTP, its answers kept for a minute at most, and
// nobody let in on a guess when it does not answer.

import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { systemClock } from '@plinth/runtime';
import { afterAll, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import {
  ada,
  apiAudience,
  ben,
  call,
  openIssuer,
  type OutsideIssuer,
  type Said,
  startWorld,
  type World,
} from './world.ts';

type Answer = { status: number; body: string } | 'silence';

const opaque = 'https://opaque.test';
let endpoint: Server;
let asked: { authorization: string | undefined; form: URLSearchParams }[] = [];
let answer: Answer;
let issuer: OutsideIssuer;
let world: World;
let now = systemClock.now();

beforeAll(async () => {
  endpoint = createServer((request, response) => {
    void text(request).then((body) => {
      asked.push({ authorization: request.headers.authorization, form: new URLSearchParams(body) });
      if (answer === 'silence') return undefined;
      return response.writeHead(answer.status, { 'content-type': 'application/json' }).end(answer.body);
    });
  });
  await new Promise<void>((resolve) => endpoint.listen(0, '127.0.0.1', resolve));
  const host = `127.0.0.1:${(endpoint.address() as AddressInfo).port}`;
  issuer = await openIssuer();
  const introspection = {
    issuer: opaque,
    uri: `http://${host}/introspect`,
    clientId: 'plinth',
    audience: apiAudience,
    kinds: ['customer'],
    claims: { customerId: 'customer_number' },
  };
  world = await startWorld({
    issuer,
    file: { introspection },
    env: { PLINTH_INTROSPECTION_SECRET: 'se cret', PLINTH_ALLOWED_PRIVATE_HOSTS: host },
  });
});
afterAll(async () => {
  vi.useRealTimers();
  await world?.close();
  await issuer?.close();
  endpoint?.closeAllConnections();
  endpoint?.close();
});
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date', 'Temporal'], now: now.epochMilliseconds });
  asked = [];
  answer = active();
});

/** Time passes for both: what reads the clock, and what reads the machine's because it is asked at each call. */
function pass(seconds: number): void {
  now = now.add({ seconds });
  vi.setSystemTime(now.epochMilliseconds);
}

const nowS = (): number => Math.floor(now.epochMilliseconds / 1000);

function active(more: Record<string, unknown> = {}): Answer {
  const claims = { iss: opaque, sub: 'ada', aud: apiAudience, scope: 'customers.read', customer_number: ada };
  return said({ active: true, ...claims, exp: nowS() + 600, iat: nowS(), ...more });
}

function said(body: unknown, status = 200): Answer {
  return { status, body: typeof body === 'string' ? body : JSON.stringify(body) };
}

let tokens = 0;
const aToken = (): string => `opaque-token-of-a-test-${++tokens}`;
const ask = (token: string, who = 'me'): Promise<Said> => call(world, token, `/customers/v1/customers/${who}`);

it('that is active is its principal, with its scopes and its own things only', async () => {
  const token = aToken();
  expect(await ask(token)).toMatchObject({ status: 200, body: { id: ada } });
  const [{ authorization, form } = { authorization: '', form: new URLSearchParams() }] = asked;
  expect(form.get('token')).toBe(token);
  expect(Buffer.from(authorization?.split(' ')[1] ?? '', 'base64').toString()).toBe('plinth:se%20cret');
  expect((await ask(token, ben)).status).toBe(404);
  expect((await call(world, token, '/orders/v1/orders')).code).toBe('insufficient-scope');
});

it('that is not active, of another issuer, for another service or over is refused, and so is each next call', async () => {
  for (const wrong of [
    said({ active: false }),
    said({ active: 'true' }),
    active({ iss: 'https://elsewhere.test' }),
    active({ aud: 'https://other.test' }),
    active({ exp: nowS() - 120 }),
    active({ token_type: 'mac' }),
    active({ customer_number: undefined, kind: 'staff', sub: undefined }),
  ]) {
    const token = aToken();
    answer = wrong;
    expect(await ask(token)).toMatchObject({ status: 401, code: 'invalid-token' });
    // Refusals are not kept: what becomes active is let in.
    answer = active();
    expect((await ask(token)).status).toBe(200);
  }
});

it('is asked about once a minute, and what was ended there is refused here then', async () => {
  const token = aToken();
  for (let n = 0; n < 5; n++) expect((await ask(token)).status).toBe(200);
  expect(asked).toHaveLength(1);
  answer = said({ active: false });
  pass(59);
  expect((await ask(token)).status).toBe(200);
  pass(2);
  expect(await ask(token)).toMatchObject({ status: 401, code: 'invalid-token' });
  expect(asked).toHaveLength(2);
});

it('is not kept beyond its own end', async () => {
  const token = aToken();
  answer = active({ exp: nowS() + 10 });
  expect((await ask(token)).status).toBe(200);
  pass(9);
  expect((await ask(token)).status).toBe(200);
  expect(asked).toHaveLength(1);
  pass(2);
  await ask(token);
  expect(asked).toHaveLength(2);
});

it('of a caller who was let in goes on while the issuer is away, for what is left of its minute; then it fails closed', async () => {
  const [known, unknown] = [aToken(), aToken()];
  expect((await ask(known)).status).toBe(200);
  for (const away of [said('', 500), said('no json'), said('[]'), said('', 302), said('', 401)]) {
    answer = away;
    expect(await ask(unknown)).toMatchObject({ status: 503, code: 'dependency-unavailable' });
    expect((await ask(known)).status).toBe(200);
  }
  pass(61);
  expect(await ask(known)).toMatchObject({ status: 503, code: 'dependency-unavailable' });
  answer = active();
  expect((await ask(known)).status).toBe(200);
  expect((await ask(unknown)).status).toBe(200);
});

it('is refused in time when the issuer is silent, and others do not wait for it', async () => {
  answer = 'silence';
  const startedMs = performance.now();
  const waiting = ask(aToken());
  const jwt = await issuer.customer(ada, 'customers.read');
  expect((await ask(jwt)).status).toBe(200);
  expect(performance.now() - startedMs).toBeLessThan(1_000);
  expect(await waiting).toMatchObject({ status: 503, code: 'dependency-unavailable' });
  expect(performance.now() - startedMs).toBeLessThan(7_000);
});

it('whose endpoint is gone is neither let in nor called invalid', async () => {
  endpoint.closeAllConnections();
  await new Promise<void>((resolve) => endpoint.close(() => resolve()));
  expect(await ask(aToken())).toMatchObject({ status: 503, code: 'dependency-unavailable' });
});

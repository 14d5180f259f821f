// S11 (OWASP API 4): whatever a caller changes of a call, it counts against the same limit. Window edges are a law of the
// store (testing/conformance/limit-store.ts), forwarding headers are read in security/forwarded.ts.

import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { write } from '../../capability.ts';
import { reply } from '../../context.ts';
import { hashSecret, keyIssuer, newApiKey, parseApiKey } from '../../security/api-key.ts';
import { TrustedProxies } from '../../security/forwarded.ts';
import { startTestEdge, type TestEdge } from '../test-edge.ts';
import { setCaller } from '../transport.ts';

/** The contract's, and what a by-pass may win. */
const quota = 50;
const most = quota * 1.05;

let world: TestEdge;
let front: Server;
let base: string;
let runs = 0;
const keys = ['a', 'b'].map((name) => newApiKey('live', `rotated${name}`));
/** Only this one is a proxy of ours; the test's own address is not. */
const proxies = new TrustedProxies(['10.0.0.1']);

beforeAll(async () => {
  world = await startTestEdge({
    handlers: { createNote: write(async () => reply(201, { id: 'n', text: 't', version: (runs += 1) })) },
    services: { database: undefined },
    authenticator: {
      findKey: async (id) => {
        const key = keys.find((each) => each.id === id);
        return key && { secretHash: hashSecret(parseApiKey(key.text)?.secret ?? ''), principal: partner };
      },
    },
    edge: { addressLimit: { quota: 200, isCounted: () => true } },
  });
  front = createServer((request, response) => {
    const peer = request.socket.remoteAddress ?? '';
    const address = proxies.callerOf(peer, (name) => request.headers[name] as string | undefined);
    setCaller(request, { address, scheme: 'http' });
    if (!world.edge.handle(request, response)) world.edge.refuse(request, response, 'not-found');
  });
  await new Promise<void>((resolve) => front.listen(0, '127.0.0.1', resolve));
  base = `http://127.0.0.1:${(front.address() as AddressInfo).port}`;
});
afterAll(async () => {
  front.closeAllConnections();
  front.close();
  await world.close();
});
beforeEach(() => {
  runs = 0;
});

const partner = {
  issuer: keyIssuer,
  subject: 'app_1',
  audience: 'partner',
  applicationId: 'app_1',
  actor: [],
  scopes: new Set(['notes.write']),
  acr: 'key',
  authTime: 0,
  channel: 'partner',
  expiresAt: Number.MAX_SAFE_INTEGER,
} as const;

async function post(path: string, authorization: string, headers: Record<string, string> = {}): Promise<number> {
  const response = await fetch(`${base}${path}`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${authorization}`,
      'content-type': 'application/json',
      'idempotency-key': crypto.randomUUID(),
      ...headers,
    },
    body: '{"text":"a"}',
  });
  await response.arrayBuffer();
  return response.status;
}

describe('a limit holds', () => {
  it('for a caller who changes address, path, channel, query and token', async () => {
    const path = '/notes/v1/notes';
    const changes: ((n: number) => Promise<number>)[] = [
      async (n) => post(path, await ada(n), { 'x-forwarded-for': `203.0.113.${n}` }),
      async (n) => post(path, await ada(n), { forwarded: `for=203.0.113.${n}` }),
      async (n) => post('/notes/v1/%6eotes', await ada(n)),
      async (n) => post('/Notes/v1/notes', await ada(n)),
      async (n) => post('/notes/v1//notes', await ada(n)),
      async (n) => post(`${path}/`, await ada(n)),
      async (n) => post(path, await ada(n), { 'plinth-channel': ['web', 'mobile', 'chat'][n % 3] ?? 'web' }),
      async (n) => post(`${path}?`, await ada(n)),
      async (n) => post(path, await ada(n), { traceparent: `00-${String(n).padStart(32, '1')}-${'1'.repeat(16)}-01` }),
    ];
    const statuses = new Set<number>();
    for (let n = 0; n < 120; n++)
      statuses.add(await (changes[n % changes.length] as (n: number) => Promise<number>)(n));
    expect(statuses).toEqual(new Set([201, 404, 429]));
    expect(runs).toBeGreaterThanOrEqual(quota * 0.5);
    expect(runs).toBeLessThanOrEqual(most);
    // All of it is used up, whatever is changed.
    for (const [n, change] of changes.entries()) expect(await change(n)).not.toBe(201);
  });

  it('for an application whose key is rotated', async () => {
    for (let n = 0; n < 80; n++) await post('/notes/v1/notes', keys[n % 2]?.text ?? '');
    expect(runs).toBeLessThanOrEqual(most);
    expect(runs).toBeGreaterThanOrEqual(quota - 1);
  });

  it('for an address that is somebody else each time', async () => {
    const before = { ok: 0, limited: 0 };
    for (let n = 0; n < 120; n++) {
      const token = await world.token({ sub: `stranger${n}`, customer_id: `cus_stranger${n}` });
      const status = await post('/notes/v1/notes', token, { 'x-forwarded-for': `203.0.113.${n}` });
      if (status === 429) before.limited += 1;
      else before.ok += 1;
    }
    expect(before.limited).toBeGreaterThan(0);
  });
});

/** The same person with a token of her own for each call. */
function ada(n: number): Promise<string> {
  return world.token({ jti: `token-${n}` });
}

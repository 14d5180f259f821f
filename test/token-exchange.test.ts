// A bank that wants to know whom a call is for: its own authorization server verifies what the platform signs, by the keys
// the platform publishes, and its operations look at whose pass they are shown. The embedded identity provider is off.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { eventually } from '@plinth/testing';
import { generateKeyPair, SignJWT } from 'jose';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openPlatformKey } from '../server/src/platform-key.ts';
import { freePort } from './journeys/platform.ts';
import { ada, ben, call, openIssuer, type OutsideIssuer, type Said, startWorld, type World } from './security/world.ts';

const examples = path.resolve(import.meta.dirname, '../examples');
const secret = 'schluessel +:';
const jwt = 'urn:ietf:params:oauth:token-type:jwt';
const scope = 'accounts.read accounts.write';

interface Account {
  id: string;
  name: string;
  number: string;
  state: string;
  booked: { amount: number; currency: string };
}

let books: string;
let bankPort: number;
let port: number;
let bank: ChildProcess;
let issuer: OutsideIssuer;
let world: World;

beforeAll(async () => {
  books = mkdtempSync(path.join(tmpdir(), 'plinth-exchange-'));
  [port, bankPort] = [await freePort(), await freePort()];
  bank = await startBank();
  issuer = await openIssuer();
  world = await startWorld({
    issuer,
    port,
    file: { embedded: false },
    env: {
      PLINTH_UPSTREAM_CORE_BANK: `http://127.0.0.1:${bankPort}/kernbank/v7`,
      PLINTH_UPSTREAM_CORE_BANK_TOKEN: tokenUrl(),
      PLINTH_SECRET_CORE_BANK: secret,
      PLINTH_ALLOWED_PRIVATE_HOSTS: `127.0.0.1:${bankPort}`,
    },
  });
  layManifest();
  const { refused } = await world.platform.reload();
  if (refused.length > 0) throw new Error(JSON.stringify(refused));
});
afterAll(async () => {
  await world?.close();
  await issuer?.close();
  bank?.kill();
  rmSync(books, { recursive: true, force: true });
});

describe('the bank', () => {
  it('answers each customer about their own accounts', async () => {
    expect((await accountsOf(ada)).map(({ name }) => name)).toEqual(['Haushaltskonto', 'Rücklage']);
    expect((await accountsOf(ben)).map(({ name }) => name)).toEqual(['Girokonto']);
  });

  it('hears of staff that they are no customer, whatever the platform lets them see', async () => {
    const token = await issuer.token({ sub: ada, kind: 'staff', scope });
    const said = await call(world, token, `/accounts/v1/accounts?customerId=${ada}`);
    expect(said).toMatchObject({ status: 404, code: 'not-found' });
  });

  it('lets software do for a customer what it lets software do', async () => {
    const [account] = await accountsOf(ada);
    const agent = await issuer.customer(ada, scope, { act: { sub: 'app_budget' } });
    expect((await call(world, agent, '/accounts/v1/accounts')).status).toBe(200);
    expect(await confirmed(agent, `/accounts/v1/accounts/${account?.id}/freezes`, { reason: 'lost' })).toMatchObject({
      body: { state: 'frozen' },
    });
    const opened = await post(await issuer.customer(ada, scope), '/accounts/v1/accounts', { product: 'savings' });
    const closing = `/accounts/v1/accounts/${(opened.body as unknown as Account).id}/closures`;
    expect(await confirmed(agent, closing)).toMatchObject({ status: 409, code: 'conflicting-state' });
    expect(await post(await issuer.customer(ada, scope), closing)).toMatchObject({ body: { state: 'closed' } });
  });

  it('that lost all passes gets new ones, and a payment that met it without a key of its own is sent by its caller', async () => {
    const [[from], [to]] = await Promise.all([accountsOf(ben), accountsOf(ada)]);
    await endBank();
    const body = {
      fromAccountId: from?.id,
      toNumber: to?.number,
      payeeName: 'Ada Lindqvist',
      amount: { amount: 100, currency: 'EUR' },
    };
    const token = await issuer.customer(ben, scope);
    const pay = (): Promise<Said> => post(token, '/accounts/v1/transfers', body, 'one-payment');
    // The pass is at hand, the bank is not; nothing was sent, so nothing is in doubt.
    expect(await pay()).toMatchObject({ status: 503, code: 'dependency-unavailable' });
    // Neither is there where a pass is had.
    expect(
      await call(world, await issuer.customer(ada, scope, { act: { sub: 'app_new' } }), '/accounts/v1/accounts'),
    ).toMatchObject({
      status: 503,
      code: 'dependency-unavailable',
    });
    bank = await startBank();
    await eventually('the payment is made', 10_000, async () => (await pay()).status === 201);
    expect((await accountsOf(ben))[0]?.booked.amount).toBe((from?.booked.amount ?? 0) - 100);
    await pay();
    expect((await accountsOf(ben))[0]?.booked.amount).toBe((from?.booked.amount ?? 0) - 100);
  });
});

describe('a pass', () => {
  it('is given for what the platform signed, and shows its own customer’s things only', async () => {
    const { status, body } = await exchange({ subject_token: await signed({}) });
    expect(status).toBe(200);
    const pass = body.access_token ?? '';
    expect(await show(pass, `/konten?inhaberReferenz=${ada}`)).toBe(200);
    expect(await show(pass, `/konten?inhaberReferenz=${ben}`)).toBe(404);
    expect(await show(pass, '/konten/4712001')).toBe(404);
    expect(await show('', `/konten?inhaberReferenz=${ada}`)).toBe(401);
  });

  it('is not given for another statement, to another place, later, or without who acts', async () => {
    const { privateKey } = await generateKeyPair('ES256');
    const { kid = '' } = world.platform.key.jwks.keys[0] ?? {};
    const forged = new SignJWT({ sub: ada, aud: tokenUrl(), iss: world.platform.config.baseUrl, exp: 9_999_999_999 });
    const forgery = await forged.setProtectedHeader({ alg: 'ES256', kid }).sign(privateKey);
    const genuine = await signed({});
    const [head, , signature] = genuine.split('.');
    const [, of] = (await signed({ sub: ben })).split('.');
    const spoilt = {
      'signed by another': { subject_token: forgery },
      'with another body': { subject_token: `${head}.${of}.${signature}` },
      'for another place': { subject_token: await signed({ aud: 'http://elsewhere/token' }) },
      'for software, without it': { subject_token: await signed({ may_act: { sub: 'app_1' } }) },
      'for software, with another': {
        subject_token: await signed({ may_act: { sub: 'app_1' } }),
        actor_token: await signed({ sub: 'app_2' }),
        actor_token_type: jwt,
      },
      'for other things': { subject_token: genuine, audience: 'elsewhere' },
    };
    for (const [what, form] of Object.entries(spoilt))
      expect([what, (await exchange(form)).status]).toEqual([what, 400]);
    expect((await exchange({ subject_token: genuine }, 'plinth:guess')).status).toBe(401);
    expect((await exchange({ subject_token: genuine })).status).toBe(200);
  });
});

describe('the key of the platform', () => {
  it('is published without its secret, to everybody', async () => {
    const said = await call(world, undefined, '/.well-known/jwks.json');
    expect(said.headers.get('cache-control')).toBe('public, max-age=300');
    expect(said.body).toEqual({
      keys: [
        {
          kty: 'EC',
          crv: 'P-256',
          x: expect.any(String),
          y: expect.any(String),
          kid: expect.any(String),
          alg: 'ES256',
          use: 'sig',
        },
      ],
    });
    expect((await call(world, undefined, '/.well-known/jwks.json', { method: 'POST' })).status).toBe(405);
  });

  it('is the same in all processes, also in those that start at once', async () => {
    const { database } = world;
    const own = world.platform.key.jwks;
    expect((await openPlatformKey(database, 'http://here')).jwks).toEqual(own);
    await sql`delete from runtime.platform_key`.execute(database.db);
    const made = await Promise.all(Array.from({ length: 5 }, () => openPlatformKey(database, 'http://here')));
    expect(new Set(made.map(({ jwks }) => jwks.keys[0]?.kid)).size).toBe(1);
    expect(made[0]?.jwks).not.toEqual(own);
  });
});

async function accountsOf(who: string): Promise<Account[]> {
  const said = await call(world, await issuer.customer(who, scope), '/accounts/v1/accounts');
  expect(said).toMatchObject({ status: 200 });
  return (said.body as unknown as { items: Account[] }).items;
}

function post(token: string, target: string, body: unknown = {}, key: string = crypto.randomUUID()): Promise<Said> {
  return call(world, token, target, { method: 'POST', body, headers: { 'idempotency-key': key } });
}

/** As software does it: asked, read to the customer, confirmed, and asked again. */
async function confirmed(token: string, target: string, body?: unknown): Promise<Said> {
  const asked = await post(token, target, body);
  expect(asked).toMatchObject({ code: 'confirmation-required' });
  const { id, idempotencyKey } = asked.body['confirmation'] as { id: string; idempotencyKey: string };
  await world.platform.confirmations.confirm(id, ada);
  const headers = { 'idempotency-key': idempotencyKey, 'plinth-confirmation': id };
  return call(world, token, target, { method: 'POST', body: body ?? {}, headers });
}

async function exchange(
  form: Record<string, string>,
  credential = `plinth:${encodeURIComponent(secret)}`,
): Promise<{ status: number; body: { access_token?: string } }> {
  const answer = await fetch(tokenUrl(), {
    method: 'POST',
    headers: { authorization: `Basic ${Buffer.from(credential).toString('base64')}` },
    body: new URLSearchParams({
      grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
      audience: 'kernbank',
      subject_token_type: jwt,
      ...form,
    }),
  });
  return { status: answer.status, body: (await answer.json()) as { access_token?: string } };
}

function tokenUrl(): string {
  return `http://127.0.0.1:${bankPort}/kernbank/v7/token`;
}

/** What the platform would sign. */
function signed(claims: Record<string, unknown>): Promise<string> {
  return world.platform.key.sign({ sub: ada, aud: tokenUrl(), ...claims });
}

/** What the bank answers to a pass. */
async function show(pass: string, target: string): Promise<number> {
  const headers = { authorization: `Bearer ${pass}` };
  return (await fetch(`http://127.0.0.1:${bankPort}/kernbank/v7${target}`, { headers })).status;
}

function layManifest(): void {
  const place = path.join(world.platform.config.contractsFolder, 'accounts');
  mkdirSync(place, { recursive: true });
  cpSync(path.join(examples, 'systems/core-bank/kernbank.yaml'), path.join(place, 'kernbank.yaml'));
  const manifest = readFileSync(path.join(examples, 'adapters/accounts/upstream.yaml'), 'utf8');
  const exchange = '{ endpoint: { setting: core-bank-token }, client: plinth, secret: core-bank, audience: kernbank }';
  const written = manifest.replace(/^credential: .*$/m, `credential: { exchange: ${exchange} }`);
  writeFileSync(path.join(place, 'upstream.yaml'), written);
}

async function startBank(): Promise<ChildProcess> {
  const main = path.join(examples, 'systems/core-bank/main.ts');
  const file = path.join(books, 'kernbank.sqlite');
  const trusts = `http://localhost:${port}`;
  const args = [main, '--port', String(bankPort), '--file', file, '--key', secret, '--trusts', trusts];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  process.once('exit', () => child.kill());
  await once(child.stdout, 'data');
  return child;
}

async function endBank(): Promise<void> {
  bank.kill();
  await once(bank, 'exit');
}

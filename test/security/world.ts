// What these suites share: the whole platform behind its real listener, and an issuer of tokens that is not ours.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { systemClock, worldCustomers, worldId } from '@plinth/runtime';
import { atEase, anEmptyDatabase, type TestDatabase } from '@plinth/testing';
import { type CryptoKey, exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose';
import { readConfig } from '../../server/src/config.ts';
import { type Listening, listen } from '../../server/src/http.ts';
import { createPlatform, type Platform, type PlatformOptions } from '../../server/src/platform.ts';
import { StaticSite } from '../../server/src/web/static.ts';
import { freePort } from '../journeys/platform.ts';
import { aSeededDatabase } from '../seeded.ts';

/** Ada and Ben of the seeded world. */
export const [ada, ben] = worldCustomers(8, Temporal.Now.plainDateISO('UTC').with({ day: 1 })).map(({ id }) => id) as [
  string,
  string,
];
export const partner = worldId('ptn', 1);
export const apiAudience = 'https://api.test';

export interface OutsideIssuer {
  issuer: string;
  /** `host:port` of its keys. */
  host: string;
  /** How often its keys were asked for. */
  fetches: () => number;
  /** Publishes keys; tokens are signed with the one named last. */
  publish(...kids: string[]): Promise<void>;
  /** Its keys cannot be had from now on. */
  fail(): void;
  token(claims: Record<string, unknown>, kid?: string): Promise<string>;
  customer(id: string, scopes?: string, more?: Record<string, unknown>): Promise<string>;
  close(): Promise<void>;
}

/** An issuer with its keys on a loopback address. It names customers by `customer_number`. */
export async function openIssuer(): Promise<OutsideIssuer> {
  const keys = new Map<string, { jwk: JWK; privateKey: CryptoKey }>();
  const state = { fetches: 0, published: [] as string[], fails: false };
  const server = createServer((_, response) => {
    state.fetches += 1;
    if (state.fails) response.writeHead(503).end();
    else response.end(JSON.stringify({ keys: state.published.map((kid) => keys.get(kid)?.jwk) }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const issuer = `http://${host}/`;
  const made: OutsideIssuer = {
    issuer,
    host,
    fetches: () => state.fetches,
    async publish(...kids) {
      for (const kid of kids.filter((each) => !keys.has(each))) {
        const { publicKey, privateKey } = await generateKeyPair('ES256');
        keys.set(kid, { jwk: { ...(await exportJWK(publicKey)), kid, alg: 'ES256', use: 'sig' }, privateKey });
      }
      Object.assign(state, { published: kids, fails: false });
    },
    fail: () => (state.fails = true),
    token(claims, kid = state.published.at(-1) ?? '') {
      return new SignJWT(claims)
        .setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', kid })
        .setIssuer(issuer)
        .setAudience((claims['aud'] as string[] | undefined) ?? apiAudience)
        .setIssuedAt()
        .setExpirationTime('10m')
        .sign(keys.get(kid)?.privateKey as CryptoKey);
    },
    customer: (id, scope = '', more = {}) =>
      made.token({ sub: `person of ${id}`, customer_number: id, scope, ...more }),
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
  await made.publish('one');
  return made;
}

export interface World {
  base: string;
  platform: Platform;
  listening: Listening;
  database: TestDatabase;
  close(): Promise<void>;
}

export interface WorldOptions {
  issuer?: OutsideIssuer;
  /** More members of the issuers file. */
  file?: Record<string, unknown>;
  /** More members of the issuer's entry. */
  entry?: Record<string, unknown>;
  demo?: boolean;
  env?: Readonly<Record<string, string>>;
  /** One that another world uses, too; it stays open. */
  database?: TestDatabase;
  /** A free one when absent. */
  port?: number;
  platform?: Partial<PlatformOptions>;
}

/** The platform with everything it has, on a free port. */
export async function startWorld(options: WorldOptions = {}): Promise<World> {
  const { issuer, demo = true } = options;
  const folder = mkdtempSync(path.join(tmpdir(), 'plinth-security-'));
  const env: Record<string, string> = { LOG_LEVEL: 'silent', ...options.env };
  if (issuer !== undefined) {
    const claims = { customerId: 'customer_number', audience: 'kind', partnerId: 'partner_number' };
    const kinds = ['customer', 'staff', 'partner', 'service', 'device'];
    const entry = {
      issuer: issuer.issuer,
      jwksUri: `${issuer.issuer}keys`,
      audience: apiAudience,
      algorithms: ['ES256'],
    };
    const file = path.join(folder, 'issuers.json');
    writeFileSync(file, JSON.stringify({ issuers: [{ ...entry, kinds, claims, ...options.entry }], ...options.file }));
    env['PLINTH_ISSUERS'] = file;
    env['PLINTH_ALLOWED_PRIVATE_HOSTS'] = [issuer.host, options.env?.['PLINTH_ALLOWED_PRIVATE_HOSTS']]
      .filter(Boolean)
      .join(',');
  }
  const port = String(options.port ?? (await freePort()));
  const config = readConfig({ demo, ephemeral: true, port, data: folder }, env);
  const database = options.database ?? (await (demo ? aSeededDatabase() : anEmptyDatabase()));
  const mail = { send: () => Promise.resolve(), close: () => Promise.resolve() };
  const platform = await createPlatform({
    config,
    database,
    databaseUrl: database.url,
    mail,
    clock: systemClock,
    load: atEase,
    ...options.platform,
  });
  const listening = await listen(platform, new StaticSite());
  return {
    base: `http://127.0.0.1:${listening.port}`,
    platform,
    listening,
    database,
    async close() {
      listening.server.closeAllConnections();
      await listening.close();
      await platform.close();
      if (options.database === undefined) await database.close();
      rmSync(folder, { recursive: true });
    },
  };
}

export interface Said {
  status: number;
  code: string | undefined;
  headers: Headers;
  body: Record<string, unknown>;
  text: string;
}

/** One call with a token. */
export async function call(
  world: World,
  token: string | undefined,
  target: string,
  { method = 'GET', body, headers = {} }: { method?: string; body?: unknown; headers?: Record<string, string> } = {},
): Promise<Said> {
  const response = await fetch(world.base + target, {
    method,
    redirect: 'manual',
    headers: {
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  const isJson = response.headers.get('content-type')?.includes('json') === true;
  const parsed = isJson && text !== '' ? (JSON.parse(text) as Record<string, unknown>) : {};
  return { status: response.status, code: parsed['code'] as string, headers: response.headers, body: parsed, text };
}

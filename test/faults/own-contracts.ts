// The platform with its own contracts, real handlers, a real database and a caller of each audience: what `plinth test` is
// pointed at.

import { MemoryLimitStore } from '@plinth/adapters/memory';
import { openPostgres } from '@plinth/adapters/postgres';
import { type Contract, plan, type Principal, run, type TestReport } from '@plinth/contract';
import { type LimitStore, servicePrincipal, Sessions, systemClock, worldCustomers } from '@plinth/runtime';
import { askForTokens, atEase, Browser, sessionOf, tokensFor } from '@plinth/testing';
import { openFacts } from '../../server/src/cli/test-facts.ts';
import { openTarget } from '../../server/src/cli/test-target.ts';
import { readConfig } from '../../server/src/config.ts';
import { listen } from '../../server/src/http.ts';
import { createPlatform, type Platform } from '../../server/src/platform.ts';
import { StaticSite } from '../../server/src/web/static.ts';
import { audit } from '../../server/src/world.ts';
import { freePort } from '../journeys/platform.ts';
import { makeDatabase, openDatabaseServer } from './deployment.ts';

export interface OwnContracts {
  contracts: readonly Contract[];
  /** Where the paths of a contract begin. */
  baseUrlOf: (contract: Contract) => string;
  /** Tests what is there against one contract. */
  test: (contract: Contract, options: TestOptions) => Promise<TestReport>;
  /** Invariants that do not hold, once everything that was begun has ended. */
  broken: () => Promise<readonly unknown[]>;
  close: () => Promise<void>;
}

export interface TestOptions {
  seed: number;
  /** Random requests for each operation and phase. */
  cases: number;
  /** Jobs at the same time; one alone repeats the order of requests, too. */
  workers: number;
  signal?: AbortSignal;
}

const today = Temporal.Now.plainDateISO('UTC').with({ day: 1 });
const [ada = '', , cleo = ''] = worldCustomers(8, today).map(({ id }) => id);
/** The second account of the world: transfers go there. */
const toNumber = 'XN45NFLD4643975262';

export async function openOwnContracts(): Promise<OwnContracts> {
  const server = await openDatabaseServer();
  const place = await makeDatabase(server.url);
  const database = await openPostgres({ url: place.url });
  const port = await freePort();
  const base = `http://localhost:${port}`;
  const config = readConfig({ demo: true, ephemeral: true, port: String(port) }, { LOG_LEVEL: 'silent' });
  const mail = { send: () => Promise.resolve(), close: () => Promise.resolve() };
  const platform = await createPlatform({
    config,
    database,
    databaseUrl: place.url,
    mail,
    clock: systemClock,
    load: atEase,
    limits: wideLimits(),
    mostDenied: 1_000_000,
  });
  const listening = await listen(platform, new StaticSite());
  const principals = await callers({ base, platform, sessions: new Sessions(database.db) });
  const baseUrlOf = (contract: Contract): string => base + contract.basePath;
  return {
    contracts: platform.contracts(),
    baseUrlOf,
    async test(contract, { seed, cases, workers, signal }) {
      const target = openTarget(baseUrlOf(contract), { workers });
      const facts = await openFacts(baseUrlOf(contract), contract, principals);
      try {
        const found = { principals, facts, now: systemClock.now(), ...(signal === undefined ? {} : { signal }) };
        const ports = { send: target.send, seed, workers, ...found };
        for await (const event of run(plan(contract, { cases, destructive: true }), ports))
          if (event.type === 'report') return event.report;
        throw new Error('a run ends with a report');
      } finally {
        target.close();
        facts?.close();
      }
    },
    async broken() {
      await platform.settled();
      return (await audit(database, platform.capabilities)).broken;
    },
    async close() {
      await listening.close();
      await platform.close();
      await database.close();
      await place.close();
      await server.close();
    },
  };
}

/** The limits of the contracts, a thousand times as wide: a run sends in seconds what a person sends in a year. */
function wideLimits(): LimitStore {
  const store = new MemoryLimitStore();
  return { take: (key, counted, nowMs) => store.take(key, { ...counted, quota: counted.quota * 1000 }, nowMs) };
}

interface Place {
  base: string;
  platform: Platform;
  sessions: Sessions;
}

/** One caller of each audience, and a second customer. The first that may call an operation calls it. */
async function callers({ base, platform, sessions }: Place): Promise<Principal[]> {
  const scopes = [
    ...new Set(
      platform
        .contracts()
        .flatMap(({ operations }) => operations)
        .flatMap(({ security = [] }) => security.flatMap((each) => Object.values(each).flat())),
    ),
  ];
  const person = async (name: string, audience: string, customerId?: string): Promise<Principal> => ({
    name,
    audience,
    headers: sameOrigin((await sessionOf({ baseUrl: base, username: name })).cookies()),
    ...(customerId === undefined ? {} : { owns: { customerId, toNumber } }),
  });
  const { accessToken, scope } = await tokensFor({ baseUrl: base, username: 'ada', scopes });
  // Services call from inside, without a credential of their own: a session stands for one.
  const { id } = await sessions.start(servicePrincipal('verify'));
  return [
    await person('ada', 'customer', ada),
    await person('cleo', 'customer', cleo),
    await person('petra', 'partner'),
    await person('otto', 'staff', ada),
    { name: 'agent', audience: 'agent', scopes: scope.split(' '), headers: bearer(accessToken) },
    { name: 'kiosk', audience: 'device', ...(await kiosk(base, scopes)) },
    {
      name: 'service',
      audience: 'service',
      headers: sameOrigin(`${platform.signIn.cookieName}=${id}`),
      owns: { customerId: ada },
    },
  ];
}

function sameOrigin(cookie: string): Record<string, string> {
  return { cookie, 'sec-fetch-site': 'same-origin' };
}

function bearer(token: string): Record<string, string> {
  return { authorization: `Bearer ${token}` };
}

/** Enrolled by staff with the code that it shows (RFC 8628). */
async function kiosk(base: string, wished: readonly string[]): Promise<Pick<Principal, 'headers' | 'scopes'>> {
  const client = { client_id: 'plinth-kiosk' };
  const form = new URLSearchParams({ ...client, scope: ['openid', ...wished].join(' ') });
  const begun = await fetch(`${base}/oidc/device/auth`, { method: 'POST', body: form });
  const { device_code: code, user_code: typed } = (await begun.json()) as Record<'device_code' | 'user_code', string>;
  const staff = new Browser();
  const post = async (place: string, fields: Record<string, string>): ReturnType<Browser['visit']> =>
    staff.visit(new URL(place, base), { method: 'POST', body: new URLSearchParams(fields) });
  const page = await staff.visit(`${base}/oidc/device`);
  const asked = await post('/oidc/device', { ...hidden(await page.response.text()), user_code: typed });
  const confirmed = { ...hidden(await asked.response.text()), confirm: 'yes', user_code: typed };
  const signIn = await post('/oidc/device', confirmed);
  await post(`${signIn.url.pathname}/login`, { username: 'mia', password: 'demo' });
  const grant = 'urn:ietf:params:oauth:grant-type:device_code';
  const { accessToken, scope } = await askForTokens(base, { ...client, grant_type: grant, device_code: code });
  return { headers: bearer(accessToken), scopes: scope.split(' ') };
}

function hidden(html: string): Record<string, string> {
  return Object.fromEntries(
    [...html.matchAll(/name="(xsrf|user_code)" value="([^"]*)"/g)].map(([, name = '', value = '']) => [name, value]),
  );
}

// The platform against its own contracts, as `plinth test` does it: every capability over HTTP, with real handlers, a
// real database and real callers. Nothing is lost whatever is sent.

import { MemoryLimitStore } from '@plinth/adapters/memory';
import { type Contract, failureText, plan, type Principal, run, type TestReport } from '@plinth/contract';
import { type LimitStore, servicePrincipal, Sessions, systemClock, worldCustomers } from '@plinth/runtime';
import {
  atEase,
  anEmptyDatabase,
  askForTokens,
  Browser,
  sessionOf,
  type TestDatabase,
  tokensFor,
} from '@plinth/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openFacts } from '../server/src/cli/test-facts.ts';
import { openTarget } from '../server/src/cli/test-target.ts';
import { readConfig } from '../server/src/config.ts';
import { type Listening, listen } from '../server/src/http.ts';
import { createPlatform, type Platform } from '../server/src/platform.ts';
import { StaticSite } from '../server/src/web/static.ts';
import { audit } from '../server/src/world.ts';
import { freePort } from './journeys/platform.ts';

const names = [
  'accounts',
  'assistant',
  'catalogue',
  'customers',
  'inventory',
  'loyalty',
  'notifications',
  'orders',
  'partners',
  'payments',
  'personalization',
  'tickets',
];
const seed = 7;
/** One after another: the same requests in the same order. */
const workers = 1;
/** Random requests for each operation and phase. */
const cases = 3;

/**
 * What nobody reaches by what the contract says: an account that was emptied, a customer with nothing open, another customer, a solved request, a
 * reservation that was confirmed, a partner that was shut out, an order's number with the digits that go with it. Everything else must have been answered with success at least once.
 */
const hard = new Set([
  'closeAccount',
  'closeCustomer',
  'grantDelegate',
  'reopenTicket',
  'lookUpOrder',
  'shipReservation',
  'resumePartner',
]);

const today = Temporal.Now.plainDateISO('UTC').with({ day: 1 });
const [ada = '', , cleo = ''] = worldCustomers(8, today).map(({ id }) => id);
/** The second account of the world: transfers go there. */
const toNumber = 'XN45NFLD4643975262';
let database: TestDatabase;
let platform: Platform;
let listening: Listening;
let base: string;
let principals: Principal[];

beforeAll(async () => {
  database = await anEmptyDatabase();
  const port = await freePort();
  base = `http://localhost:${port}`;
  const config = readConfig({ demo: true, ephemeral: true, port: String(port) }, { LOG_LEVEL: 'silent' });
  const mail = { send: () => Promise.resolve(), close: () => Promise.resolve() };
  const databaseUrl = database.url;
  platform = await createPlatform({
    config,
    database,
    databaseUrl,
    mail,
    clock: systemClock,
    load: atEase,
    limits: wideLimits(),
    mostDenied: 1_000_000,
  });
  listening = await listen(platform, new StaticSite());
  principals = await callers();
});
afterAll(async () => {
  await listening.close();
  await platform.close();
  await database.close();
});

describe('what is really there keeps its contract', () => {
  it('and no capability is left out', () => {
    expect(
      platform
        .contracts()
        .map(({ id }) => id)
        .toSorted(),
      // Its runs come of others' work, in states that no request leads to: workflows.test.ts.
    ).toEqual([...names, 'workflows']);
  });

  it.each(names)('%s', async (name) => {
    const contract = platform.contracts().find(({ id }) => id === name) as Contract;
    const baseUrl = base + contract.basePath;
    const report = await reportOf(contract, baseUrl);
    expect(report.failures.map((failure) => failureText(failure, { baseUrl })).join('\n\n')).toBe('');
    expect(report.finished).toBe(true);
    // Facts are seen over /live, so that none is missed.
    expect(report.notRun).toEqual([]);
    const { coverage } = report;
    const refused = coverage.filter(({ successes }) => successes.all > 0 && successes.seen === 0);
    expect(refused.map(({ operation }) => operation).filter((each) => !hard.has(each))).toEqual([]);
  });

  it('and afterwards nothing is lost: every invariant holds', async () => {
    await platform.settled();
    expect(await audit(database, platform.capabilities)).toMatchObject({ broken: [] });
  });
});

async function reportOf(contract: Contract, baseUrl: string): Promise<TestReport> {
  const target = openTarget(baseUrl, { workers });
  const facts = await openFacts(baseUrl, contract, principals);
  try {
    const ports = { send: target.send, principals, facts, now: systemClock.now(), seed, workers };
    for await (const event of run(plan(contract, { cases, destructive: true }), ports))
      if (event.type === 'report') return event.report;
    throw new Error('a run ends with a report');
  } finally {
    target.close();
    facts?.close();
  }
}

/** The limits of the contracts, a thousand times as wide: a run sends in seconds what a person sends in a year. */
function wideLimits(): LimitStore {
  const store = new MemoryLimitStore();
  return { take: (key, counted, nowMs) => store.take(key, { ...counted, quota: counted.quota * 1000 }, nowMs) };
}

/** One caller of each audience, and a second customer. The first that may call an operation calls it. */
async function callers(): Promise<Principal[]> {
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
  const { id } = await new Sessions(database.db).start(servicePrincipal('verify'));
  return [
    await person('ada', 'customer', ada),
    await person('cleo', 'customer', cleo),
    await person('petra', 'partner'),
    await person('otto', 'staff', ada),
    { name: 'agent', audience: 'agent', scopes: scope.split(' '), headers: bearer(accessToken) },
    { name: 'kiosk', audience: 'device', ...(await kiosk(scopes)) },
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
async function kiosk(wished: readonly string[]): Promise<Pick<Principal, 'headers' | 'scopes'>> {
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

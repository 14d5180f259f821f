// Who may do what, computed from the contracts alone and asked of a real edge. Contracts, owner resolvers and the seeded
// world are those of the platform; handlers are left out, so that whoever is let through gets 501 and nothing changes.

import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  type Contract,
  createGenerator,
  type Generator,
  inputFor,
  type Operation,
  type OwnerCheck,
} from '@plinth/contract';
import { type Principal, servicePrincipal, systemClock, worldCustomers, worldId } from '@plinth/runtime';
import { Authenticator, createEdge, createLogger, Metrics, newApiKey } from '@plinth/runtime/pipeline';
import { anEmptyDatabase, type TestDatabase } from '@plinth/testing';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readConfig } from '../server/src/config.ts';
import { createPlatform, type Platform } from '../server/src/platform.ts';

const issuer = 'https://id.test';
const audience = 'https://api.test';
const [ada, ben] = worldCustomers(8, Temporal.Now.plainDateISO('UTC').with({ day: 1 })).map(({ id }) => id) as [
  string,
  string,
];
const partners = [worldId('ptn', 1), worldId('ptn', 2)] as const;

interface Caller {
  readonly audience: string;
  /** By which an object is theirs; undefined = passes with a scope alone. */
  readonly owner: string | undefined;
  readonly claims: Readonly<Record<string, unknown>>;
  /** Sends an API key instead of a token. */
  readonly byKey?: true;
}

const customer = (id: string) => ({ plinth_audience: 'customer', sub: id, customer_id: id });
const callers: Readonly<Record<string, Caller>> = {
  customer: { audience: 'customer', owner: ada, claims: customer(ada) },
  'other customer': { audience: 'customer', owner: ben, claims: customer(ben) },
  staff: { audience: 'staff', owner: undefined, claims: { plinth_audience: 'staff', sub: worldId('stf', 1) } },
  agent: { audience: 'agent', owner: ada, claims: { ...customer(ada), act: { sub: 'assistant' } } },
  "another customer's agent": {
    audience: 'agent',
    owner: ben,
    claims: { ...customer(ben), act: { sub: 'assistant' } },
  },
  partner: {
    audience: 'partner',
    owner: partners[0],
    claims: { plinth_audience: 'partner', sub: 'app_1', partner_id: partners[0] },
  },
  'other partner': {
    audience: 'partner',
    owner: partners[1],
    claims: { plinth_audience: 'partner', sub: 'app_2', partner_id: partners[1] },
  },
  "partner's key": { audience: 'partner', owner: partners[0], claims: {}, byKey: true },
  device: { audience: 'device', owner: 'kiosk', claims: { plinth_audience: 'device', sub: 'kiosk' } },
  service: { audience: 'service', owner: undefined, claims: { plinth_audience: 'service', sub: 'billing' } },
};

const credentials = ['none', 'right scope', 'one scope missing', 'no scope'] as const;
type Credential = (typeof credentials)[number];
const objects = ['there', 'missing'] as const;

interface Case {
  readonly contract: Contract;
  readonly operation: Operation;
  readonly who: string;
  readonly credential: Credential;
  readonly object: (typeof objects)[number];
}

let database: TestDatabase;
let platform: Platform;
let server: Server;
let authorizationOf: (caller: Caller, contract: Contract, scopes: readonly string[]) => Promise<string>;
const requests = new Map<string, Request>();
/** Kind of object → the id of one and whose it is. */
let things: Record<string, { id: string; owner: string }>;

beforeAll(async () => {
  database = await anEmptyDatabase();
  const config = readConfig({ demo: true, ephemeral: true }, { LOG_LEVEL: 'silent' });
  const mail = { send: () => Promise.resolve(), close: () => Promise.resolve() };
  platform = await createPlatform({ config, database, databaseUrl: database.url, mail, clock: systemClock });
  things = await findThings();
  const { publicKey, privateKey } = await generateKeyPair('ES256');
  const jwk = { ...(await exportJWK(publicKey)), kid: 'k', alg: 'ES256' };
  const stored = new Map<string, Principal>();
  const secrets = new Map<string, string>();
  const made = new Map<string, Promise<string>>();
  const authenticator = new Authenticator({
    issuers: [{ issuer, audience, algorithms: ['ES256'], jwks: { keys: [jwk] } }],
    limits: limitless,
    findKey: (id) => Promise.resolve({ secretHash: secrets.get(id) as string, principal: stored.get(id) as Principal }),
  });
  const edge = createEdge({
    logger: createLogger('silent'),
    metrics: new Metrics(),
    authenticator,
    limitStore: limitless,
    confirmations: platform.confirmations,
    services: platform.services,
  });
  edge.install(platform.edge.bindings.map(({ contract, owners }) => ({ contract, owners, handlers: {} })));
  authorizationOf = (caller, { id }, scopes) => {
    // One person per contract, or the guard against trying ids would stop whoever asks for everything.
    const named = { ...caller.claims, sub: `${String(caller.claims['sub'])} ${id}` };
    const name = JSON.stringify([named, caller.byKey, scopes]);
    let field = made.get(name);
    if (field === undefined) made.set(name, (field = caller.byKey ? keyOf(scopes) : tokenOf(named, scopes)));
    return field;
  };
  const tokenOf = async (claims: Caller['claims'], scopes: readonly string[]): Promise<string> =>
    `Bearer ${await new SignJWT({ ...claims, scope: scopes.join(' ') })
      .setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', kid: 'k' })
      .setIssuer(issuer)
      .setAudience(audience)
      .setExpirationTime('1h')
      .sign(privateKey)}`;
  const keyOf = (scopes: readonly string[]): Promise<string> => {
    const { id, text, secretHash } = newApiKey('test', `key${secrets.size}x`);
    secrets.set(id, secretHash);
    stored.set(id, {
      ...servicePrincipal('app_1'),
      issuer: 'plinth:keys',
      audience: 'partner',
      partnerId: partners[0],
      scopes: new Set(scopes),
    });
    return Promise.resolve(`Bearer ${text}`);
  };
  server = createServer((request, response) => {
    if (!edge.handle(request, response)) edge.refuse(request, response, 'not-found');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterAll(async () => {
  await new Promise((resolve) => server?.close(resolve) ?? resolve(undefined));
  await platform.close();
  await database.close();
});

/** Limits have tests of their own; here everybody asks thousands of times. */
const limitless = { take: () => ({ allowed: true, remaining: 1, resetS: 1 }) };

it('every operation answers every caller as its contract declares', async () => {
  const cases = platform.edge.bindings.flatMap(({ contract }) =>
    contract.operations.flatMap((operation) => casesOf(contract, operation)),
  );
  for (const { contract } of platform.edge.bindings) {
    const generator = createGenerator({ document: contract.document, seed: 1, now: systemClock.now() });
    for (const operation of contract.operations)
      for (const object of objects)
        requests.set(`${contract.id}.${operation.id} ${object}`, requestOf(contract, operation, object, generator));
  }
  const wrong: string[] = [];
  const seen = new Map<string, number>();
  for (const each of cases) {
    const expected = expectedOf(each);
    const answer = await ask(each);
    seen.set(answer, (seen.get(answer) ?? 0) + 1);
    const { contract, operation, who, credential, object } = each;
    if (answer !== expected)
      wrong.push(`${contract.id}.${operation.id} by ${who}, ${credential}, ${object}: ${answer}, not ${expected}`);
  }
  expect(wrong).toEqual([]);
  // Each answer there can be was seen, so that no column of the matrix is empty.
  expect([...seen.keys()].toSorted((a, b) => a.localeCompare(b))).toEqual([
    '401 unauthenticated',
    '403 audience-not-allowed',
    '403 insufficient-scope',
    '404 not-found',
    '428 confirmation-required',
    '501 not-implemented',
  ]);
  expect(cases.length).toBeGreaterThan(platform.edge.operations.size * 20);
}, 60_000);

function casesOf(contract: Contract, operation: Operation): Case[] {
  const nobody: Case = { contract, operation, who: 'nobody', credential: 'none', object: 'there' };
  const hasObject = idChecks(operation).length > 0;
  const somebody = Object.keys(callers).flatMap((who) =>
    credentials
      .filter((credential) => credential !== 'none')
      .flatMap((credential) =>
        objects
          .filter((object) => object === 'there' || hasObject)
          .map((object) => ({ contract, operation, who, credential, object })),
      ),
  );
  return [nobody, ...somebody];
}

/** Read from the contract only: nothing of the edge is asked. */
function expectedOf({ contract, operation, who, credential, object }: Case): string {
  const { security = [], policy } = operation;
  if (security.length === 0) return '501 not-implemented';
  if (credential === 'none')
    return security.some((each) => Object.keys(each).length === 0) ? '501 not-implemented' : '401 unauthenticated';
  const caller = callers[who] as Caller;
  if (!policy.audience.includes(caller.audience as never)) return '403 audience-not-allowed';
  const scopes = new Set(scopesOf(operation, credential));
  const suits = security.some(
    (each) =>
      isOfKeys(contract, each) === (caller.byKey === true) &&
      Object.values(each)
        .flat()
        .every((s) => scopes.has(s)),
  );
  if (!suits) return '403 insufficient-scope';
  const denied = idChecks(operation).find(
    (check) => caller.owner !== undefined && (object === 'missing' || things[check.object]?.owner !== caller.owner),
  );
  if (denied !== undefined) return object === 'there' && denied.deny === 403 ? '403 not-yours' : '404 not-found';
  if (caller.audience === 'agent' && policy.effect !== 'read' && policy.skill?.confirm !== 'never')
    return '428 confirmation-required';
  return '501 not-implemented';
}

function isOfKeys(contract: Contract, requirement: Readonly<Record<string, unknown>>): boolean {
  const schemes = Object.keys(requirement).map((name) => contract.securitySchemes.get(name));
  return schemes.some((scheme) => scheme?.['type'] === 'apiKey' || scheme?.['type'] === 'http');
}

/** All scopes of all alternatives, those without the first of each, or one that nothing asks for. */
function scopesOf({ security = [] }: Operation, credential: Credential): string[] {
  const all = [...new Set(security.flatMap((each) => Object.values(each).flat()))];
  if (credential === 'right scope') return all;
  if (credential === 'no scope') return [];
  const first = new Set(security.map((each) => Object.values(each).flat()[0]));
  return ['matrix.other', ...all.filter((scope) => !first.has(scope))];
}

function idChecks({ policy }: Operation): OwnerCheck[] {
  return policy.ownerCheck.filter(({ id }) => id !== undefined);
}

async function ask({ contract, operation, who, credential, object }: Case): Promise<string> {
  const { target, body, ...request } = requests.get(`${contract.id}.${operation.id} ${object}`) as Request;
  const headers = { ...request.headers };
  if (credential !== 'none')
    headers['authorization'] = await authorizationOf(callers[who] as Caller, contract, scopesOf(operation, credential));
  const { port } = server.address() as AddressInfo;
  const response = await fetch(`http://127.0.0.1:${port}${target}`, {
    method: operation.method.toUpperCase(),
    headers,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const { code } = (await response.json()) as { code: string };
  return `${response.status} ${code}`;
}

interface Request {
  target: string;
  headers: Record<string, string>;
  body: unknown;
}

/** A valid request for the object that is there, or for one that is not. */
function requestOf(contract: Contract, operation: Operation, object: Case['object'], generator: Generator): Request {
  const { input, fault } = inputFor(operation, generator);
  if (fault !== '') throw new Error(`${operation.id}: ${fault}`);
  for (const check of idChecks(operation)) {
    const thing = things[check.object];
    if (thing?.id === undefined) throw new Error(`no ${check.object} in the world of this test`);
    const id = object === 'there' ? thing.id : worldId(thing.id.split('_')[0] as never, 9999, 'matrix');
    const [place, name] = (check.id as string).split(/\.|#\//) as [string, string];
    if (place === 'body') (input['body'] as Record<string, unknown>)[name] = id;
    else input[name] = id;
  }
  const path = operation.path.replaceAll(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(String(input[name])));
  const query = new URLSearchParams(
    operation.params
      .filter((each) => each.in === 'query' && each.required)
      .map(({ name }) => [name, String(input[name])]),
  );
  const headers: Record<string, string> = { 'idempotency-key': 'matrix', 'if-match': '"1"' };
  const { body } = input;
  const media = operation.body?.media[0]?.type;
  if (body !== undefined && media !== undefined) headers['content-type'] = media;
  return { target: `${contract.basePath}${path}${query.size > 0 ? `?${query.toString()}` : ''}`, headers, body };
}

function owned(ids: Record<string, string>, owner: string): typeof things {
  return Object.fromEntries(Object.entries(ids).map(([kind, id]) => [kind, { id, owner }]));
}

/** One object of every kind that an owner check names, made where the seeded world has none. */
async function findThings(): Promise<typeof things> {
  const partner: Principal = { ...servicePrincipal('app_1'), audience: 'partner', partnerId: partners[0] };
  const first = async (operation: string): Promise<string> =>
    ((await call(as(ada), operation, {})) as { items: { id: string }[] }).items[0]?.id as string;
  const make = async (principal: Principal, operation: string, input: Record<string, unknown>): Promise<string> => {
    const body = (await call(principal, operation, input)) as { id?: string; decisionId?: string };
    return body.id ?? (body.decisionId as string);
  };
  const account = await first('accounts.listAccounts');
  const app = await make(partner, 'partners.createApp', { body: { name: 'Matrix', scopes: ['catalogue.read'] } });
  const endpoint = await make(partner, 'partners.createEndpoint', {
    body: { appId: app, url: 'https://hooks.example.org/matrix', events: ['order.placed'] },
  });
  const [, other] = ((await call(as(ada), 'accounts.listAccounts', {})) as { items: { number: string }[] }).items;
  const transfer = { fromAccountId: account, toNumber: other?.number, amount: { amount: 100, currency: 'EUR' } };
  const message = { customerId: ada, title: 'Matrix', text: 'Matrix', dedupeKey: 'matrix' };
  const ticket = { subject: 'Matrix', text: 'Matrix' };
  const mine = {
    account,
    customer: ada,
    order: await first('orders.listOrders'),
    payment: await first('payments.listPayments'),
    ticket: await make(as(ada), 'tickets.openTicket', { body: ticket }),
    transfer: await make(as(ada), 'accounts.createTransfer', { body: transfer }),
    conversation: await make(as(ada), 'assistant.startConversation', { body: {} }),
    decision: await make(as(ada), 'personalization.decideNextBestAction', { body: { slots: ['home.hero'] } }),
    message: await make(servicePrincipal('test'), 'notifications.sendMessage', { body: message }),
  };
  const theirs = { app, endpoint, delivery: await make(partner, 'partners.testEndpoint', { endpointId: endpoint }) };
  // Nobody owns them: people of the house see them by their scope, whether they are there or not.
  const houses = { run: worldId('run', 1), task: worldId('tsk', 1) };
  return { ...owned(mine, ada), ...owned(theirs, partners[0]), ...owned(houses, 'nobody') };
}

function as(id: string): Principal {
  return { ...servicePrincipal(id, id), audience: 'customer' };
}

async function call(principal: Principal, operation: string, input: Record<string, unknown>): Promise<unknown> {
  const result = await platform.edge.invoke({ operation, principal, input, idempotencyKey: `matrix-${operation}` });
  if (result.status >= 300) throw new Error(`${operation}: ${JSON.stringify(result.body)}`);
  return result.body;
}

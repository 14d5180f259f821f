// Who may do what, computed from the contracts alone and asked of a real edge. Contracts, owner resolvers and the seeded
// world are those of the platform; handlers are left out, so that whoever is let through gets 501 and nothing changes.

import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Contract, Operation } from '@plinth/contract';
import {
  type OwnerResolver,
  type Principal,
  relations,
  servicePrincipal,
  systemClock,
  worldCustomers,
  worldId,
} from '@plinth/runtime';
import {
  Authenticator,
  type Binding,
  createEdge,
  createLogger,
  Metrics,
  newApiKey,
  type RunningEdge,
} from '@plinth/runtime/pipeline';
import { atEase, type TestDatabase } from '@plinth/testing';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readConfig } from '../server/src/config.ts';
import { createPlatform, type Platform } from '../server/src/platform.ts';
import { findThings, idChecks, limitless, type PreparedRequest, preparing, type Things } from './security/objects.ts';
import { aSeededDatabase } from './seeded.ts';

const issuer = 'https://id.test';
const audience = 'https://api.test';
const [ada, ben, cleo] = worldCustomers(8, Temporal.Now.plainDateISO('UTC').with({ day: 1 })).map(({ id }) => id) as [
  string,
  string,
  string,
];
const partners = [worldId('ptn', 1), worldId('ptn', 2)] as const;

interface Caller {
  readonly audience: string;
  /** By which an object is theirs; undefined = passes with a scope alone. */
  readonly owner: string | undefined;
  readonly claims: Readonly<Record<string, unknown>>;
  /** May act for this customer, where a contract lets delegates. */
  readonly delegateOf?: string;
  /** Sends an API key instead of a token. */
  readonly byKey?: true;
}

const customer = (id: string) => ({ plinth_audience: 'customer', sub: id, customer_id: id });
const callers: Readonly<Record<string, Caller>> = {
  customer: { audience: 'customer', owner: ada, claims: customer(ada) },
  'other customer': { audience: 'customer', owner: ben, claims: customer(ben) },
  delegate: { audience: 'customer', owner: cleo, delegateOf: ada, claims: customer(cleo) },
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
let edge: RunningEdge;
let authorizationOf: (caller: Caller, contract: Contract, scopes: readonly string[]) => Promise<string>;
const requests = new Map<string, PreparedRequest>();
/** Kind of object → the id of one and whose it is. */
let things: Things;

beforeAll(async () => {
  database = await aSeededDatabase();
  const config = readConfig({ demo: true, ephemeral: true }, { LOG_LEVEL: 'silent' });
  const mail = { send: () => Promise.resolve(), close: () => Promise.resolve() };
  platform = await createPlatform({
    config,
    database,
    databaseUrl: database.url,
    mail,
    clock: systemClock,
    load: atEase,
  });
  things = await findThings(platform, { customer: ada, partner: partners[0] });
  const since = systemClock.now();
  await database.transaction((tx) =>
    relations.grant(tx, { customerId: ada, relation: 'delegate', grantee: cleo, since }),
  );
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
  edge = createEdge({
    logger: createLogger('silent'),
    metrics: new Metrics(),
    authenticator,
    limitStore: limitless,
    mostDenied: 1_000_000,
    confirmations: platform.confirmations,
    services: platform.services,
    admission: { signals: atEase },
  });
  edge.install(asDeclared());
  for (const { contract } of platform.edge.bindings) {
    const prepare = preparing(contract, things);
    for (const operation of contract.operations)
      for (const object of objects)
        requests.set(`${contract.id}.${operation.id} ${object}`, prepare(operation, object));
  }
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

const asDeclared = (): Binding[] =>
  platform.edge.bindings.map(({ contract, owners }) => ({ contract, owners, handlers: {} }));

/** What the edge answers otherwise than declared, and every answer it gave. */
async function differences(cases: readonly Case[]): Promise<{ wrong: string[]; seen: Set<string> }> {
  const wrong: string[] = [];
  const seen = new Set<string>();
  for (const each of cases) {
    const expected = expectedOf(each);
    const answer = await ask(each);
    seen.add(answer);
    const { contract, operation, who, credential, object } = each;
    if (answer !== expected)
      wrong.push(`${contract.id}.${operation.id} by ${who}, ${credential}, ${object}: ${answer}, not ${expected}`);
  }
  return { wrong, seen };
}

it('every operation answers every caller as its contract declares', async () => {
  const cases = platform.edge.bindings.flatMap(({ contract }) =>
    contract.operations.flatMap((operation) => casesOf(contract, operation)),
  );
  const { wrong, seen } = await differences(cases);
  expect(wrong).toEqual([]);
  // Each answer there can be was seen, so that no column of the matrix is empty.
  expect([...seen].toSorted((a, b) => a.localeCompare(b))).toEqual([
    '401 unauthenticated',
    '403 audience-not-allowed',
    '403 insufficient-scope',
    '404 not-found',
    '428 confirmation-required',
    '501 not-implemented',
  ]);
  expect(cases.length).toBeGreaterThan(platform.edge.operations.size * 20);
}, 60_000);

type Hole = (operation: Operation, binding: Binding) => void;
const policyOf =
  (change: (policy: Operation['policy']) => Partial<Operation['policy']>): Hole =>
  (operation) =>
    void Object.assign(operation, { policy: { ...operation.policy, ...change(operation.policy) } });
const ownersOf =
  (resolver: OwnerResolver): Hole =>
  (_, binding) => {
    binding.owners = { ...binding.owners, order: resolver, account: resolver };
  };
const everybody = [ada, ben, cleo, ...partners, 'kiosk'];

/** Faults of an edge, each planted into one operation; the matrix must see them all. */
const holes: Readonly<Record<string, [operation: string, plant: Hole]>> = {
  'no owner is asked for (BOLA)': [
    'orders.getOrder',
    policyOf(() => ({ ownerCheck: [{ object: 'order', list: true, relation: ['owner'], deny: 404 }] })),
  ],
  'no owner of an id in the body': ['accounts.createTransfer', policyOf(() => ({ ownerCheck: [] }))],
  'everything is everybody’s': ['orders.getOrder', ownersOf(async (ids) => new Map(ids.map((id) => [id, everybody])))],
  'what is missing is the caller’s': [
    'accounts.getAccount',
    ownersOf(async (ids) => new Map(ids.map((id) => [id, [ben]]))),
  ],
  'that it is there is told': [
    'orders.getOrder',
    policyOf(({ ownerCheck }) => ({ ownerCheck: ownerCheck.map((check) => ({ ...check, deny: 403 as const })) })),
  ],
  'delegates pass where only the owner may': [
    'customers.getCustomer',
    policyOf(({ ownerCheck }) => ({
      ownerCheck: ownerCheck.map((check) => ({ ...check, relation: ['owner', 'delegate'] })),
    })),
  ],
  'delegates do not pass where they may': [
    'orders.getOrder',
    policyOf(({ ownerCheck }) => ({ ownerCheck: ownerCheck.map((check) => ({ ...check, relation: ['owner'] })) })),
  ],
  'customers pass where only staff may (BFLA)': [
    'customers.listCustomers',
    policyOf(({ audience: all }) => ({ audience: [...all, 'customer'] })),
  ],
  'devices pass': ['orders.placeOrder', policyOf(({ audience: all }) => ({ audience: [...all, 'device'] }))],
  'staff are refused': [
    'customers.addNote',
    policyOf(({ audience: all }) => ({ audience: all.filter((each) => each !== 'staff') })),
  ],
  'no credential is asked for': ['customers.listCustomers', (operation) => void (operation.security = [])],
  'nobody is somebody': ['orders.listOrders', (operation) => operation.security?.push({})],
  'no scope is asked for': ['orders.getOrder', (operation) => void (operation.security = [{ oidc: [] }])],
  'the scope to read suffices to write': [
    'orders.placeOrder',
    (operation) => void (operation.security = [{ oidc: ['orders.read'] }]),
  ],
  'software changes things unconfirmed': [
    'orders.cancelOrder',
    policyOf(({ skill }) => ({ skill: { ...skill, confirm: 'never' } })),
  ],
  'a change is taken for a read': ['orders.cancelOrder', policyOf(() => ({ effect: 'read' }))],
};

it.each(Object.entries(holes))('a hole is found: %s', async (_, [key, plant]) => {
  const cases: Case[] = [];
  const leaky = asDeclared().map((declared) => {
    const binding = { ...declared, contract: { ...declared.contract } };
    binding.contract.operations = declared.contract.operations.map((operation) => {
      if (`${declared.contract.id}.${operation.id}` !== key) return operation;
      cases.push(...casesOf(declared.contract, operation));
      const planted = { ...operation, security: [...(operation.security ?? [])] };
      plant(planted, binding);
      return planted;
    });
    return binding;
  });
  expect((await differences(cases)).wrong).toEqual([]);
  edge.install(leaky);
  expect((await differences(cases)).wrong).not.toEqual([]);
  edge.install(asDeclared());
});

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
    ({ object: kind, relation }) =>
      caller.owner !== undefined &&
      (object === 'missing' ||
        (things[kind]?.owner !== caller.owner &&
          !(relation.includes('delegate') && things[kind]?.owner === caller.delegateOf))),
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

/** A form whose parts are pictures. */
function formOf(body: unknown): FormData {
  const form = new FormData();
  for (const name of Object.keys(body as object)) form.append(name, new Blob(['x'], { type: 'image/jpeg' }), 'a.jpg');
  return form;
}

async function ask({ contract, operation, who, credential, object }: Case): Promise<string> {
  const { target, body, ...request } = requests.get(`${contract.id}.${operation.id} ${object}`) as PreparedRequest;
  const headers = { ...request.headers };
  if (credential !== 'none')
    headers['authorization'] = await authorizationOf(callers[who] as Caller, contract, scopesOf(operation, credential));
  const isForm = operation.policy.files === 'stored';
  // fetch writes the type of a form, with its boundary.
  if (isForm) delete headers['content-type'];
  const { port } = server.address() as AddressInfo;
  const response = await fetch(`http://127.0.0.1:${port}${target}`, {
    method: operation.method.toUpperCase(),
    headers,
    ...(body === undefined ? {} : { body: isForm ? formOf(body) : JSON.stringify(body) }),
  });
  const { code } = (await response.json()) as { code: string };
  return `${response.status} ${code}`;
}

// An edge for tests: the notes contract, an embedded issuer's key, and a plain limit store. Not part of the product.

import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { load, type Contract } from '@plinth/contract';
import { exportJWK, generateKeyPair, SignJWT, type CryptoKey, type JWK } from 'jose';
import type { BoundHandler } from '../capability.ts';
import type { Consents } from '../context.ts';
import { newIds, ProblemError, seededRandom, systemClock, type Principal } from '../kernel/index.ts';
import { createCall } from '../operations/call.ts';
import type { ExecutionServices } from '../operations/services.ts';
import type { Database, LimitStore, Take } from '../ports/index.ts';
import { Authenticator, type AuthenticatorOptions } from '../security/authenticator.ts';
import { createLogger } from '../telemetry/access-log.ts';
import { Metrics } from '../telemetry/metrics.ts';
import { createEdge } from './create-edge.ts';
import type { EdgeOptions, RunningEdge } from './edge-options.ts';
import type { Binding } from './edge.ts';
import { operationsOf, readPlain } from './plain/plain-requests.ts';

export const testIssuer = 'https://id.test';
export const testAudience = 'https://api.test';

/** Counts takes; good enough for tests that do not wait. The exact sliding window has its own suite. */
export function countingLimits(): LimitStore {
  const taken = new Map<string, number>();
  return {
    take(key, { quota, windowS, cost = 1 }): Take {
      const count = taken.get(key) ?? 0;
      if (count + cost > quota) return { allowed: false, remaining: quota - count, resetS: windowS };
      taken.set(key, count + cost);
      return { allowed: true, remaining: quota - count - cost, resetS: windowS };
    },
  };
}

export interface TestKeys {
  jwk: JWK;
  privateKey: CryptoKey;
}

export async function testKeys(kid = 'k1', algorithm = 'ES256'): Promise<TestKeys> {
  const { publicKey, privateKey } = await generateKeyPair(algorithm, { extractable: true });
  return { jwk: { ...(await exportJWK(publicKey)), kid, alg: algorithm, use: 'sig' }, privateKey };
}

/** A token of the embedded issuer. `head` and `claims` overwrite what a good token has. */
export function signToken(
  keys: TestKeys,
  claims: Record<string, unknown> = {},
  head: Record<string, unknown> = {},
): Promise<string> {
  const nowS = Math.floor(Date.now() / 1000);
  const all = {
    iss: testIssuer,
    aud: testAudience,
    sub: 'ada',
    plinth_audience: 'customer',
    customer_id: 'cus_ada',
    scope: 'notes.read notes.write',
    iat: nowS,
    exp: nowS + 300,
    ...claims,
  };
  const kept = Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
  return new SignJWT(kept)
    .setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', kid: 'k1', ...head })
    .sign(keys.privateKey);
}

export const consentsOf = (given: ReadonlySet<string>): Consents => ({
  has: (_, customerId, purpose) => Promise.resolve(given.has(`${customerId} ${purpose}`)),
  list: () => Promise.resolve([]),
  set: () => Promise.resolve(),
});

export async function notesContract(text: string = notesYaml): Promise<Contract> {
  const loaded = await load('notes.yaml', {
    read: (path) => (path === 'notes.yaml' ? Promise.resolve(text) : Promise.reject(new Error(`no ${path}`))),
    companions: {},
  });
  if (loaded.contract === undefined) throw new Error(JSON.stringify(loaded.findings));
  loaded.contract.problems.push({
    code: 'notes.locked',
    status: 409,
    title: 'Locked',
    detail: 'The note {noteId} is locked.',
    advice: 'Unlock it first.',
    operatorAdvice: '',
    next: ['getNote'],
    retryable: false,
  });
  return loaded.contract;
}

export interface TestEdge {
  edge: RunningEdge;
  server: Server;
  url: string;
  keys: TestKeys;
  metrics: Metrics;
  authenticator: Authenticator;
  token(claims?: Record<string, unknown>): Promise<string>;
  close(): Promise<void>;
}

export interface TestEdgeOptions {
  handlers?: Record<string, BoundHandler>;
  binding?: Partial<Binding>;
  contract?: Contract;
  services?: Partial<ExecutionServices>;
  authenticator?: Partial<AuthenticatorOptions>;
  edge?: Partial<EdgeOptions>;
  calls?: Record<string, readonly string[]>;
}

/** A server on a free port with the notes contract behind the whole pipeline. */
export async function startTestEdge(options: TestEdgeOptions = {}): Promise<TestEdge> {
  const keys = await testKeys();
  const limits = countingLimits();
  const logger = createLogger('silent');
  const metrics = new Metrics();
  const authenticator = new Authenticator({
    issuers: [{ issuer: testIssuer, audience: testAudience, algorithms: ['ES256'], jwks: { keys: [keys.jwk] } }],
    limits,
    ...options.authenticator,
  });
  const declared = new Map(Object.entries(options.calls ?? {}).map(([name, list]) => [name, new Set(list)]));
  const holder: { edge?: RunningEdge } = {};
  const services: ExecutionServices = {
    clock: systemClock,
    ids: newIds(systemClock),
    random: seededRandom(1),
    logger,
    database: noRows,
    consents: consentsOf(new Set()),
    beginWrite: () => {
      throw new ProblemError(500, 'internal', {});
    },
    committed: () => {},
    settled: () => Promise.resolve(undefined),
    callFor: (caller) => createCall({ edge: () => holder.edge as RunningEdge, declared: () => declared }, caller),
    ...options.services,
  };
  const admission = { signals: atEase, ...options.edge?.admission };
  const edge = createEdge({
    logger,
    metrics,
    authenticator,
    limitStore: limits,
    services,
    ...options.edge,
    admission,
  });
  holder.edge = edge;
  const contract = options.contract ?? (await notesContract());
  edge.install([{ contract, handlers: options.handlers ?? {}, owners: { note: noteOwners }, ...options.binding }]);
  const server = createServer((request, response) => {
    if (!edge.handle(request, response)) edge.refuse(request, response, 'not-found');
  });
  readPlain(server, operationsOf(edge));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    edge,
    server,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    keys,
    metrics,
    authenticator,
    token: (claims) => signToken(keys, claims),
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

/** The process of a test suite is busy with other things than the edge. */
const atEase = { heap: () => 0, poolWaitMs: () => 0, loop: () => 0 };

/** For handlers and resolvers that never touch a row; anything else fails loudly. */
export const noRows = {
  db: {},
  transaction: () => Promise.reject(new Error('this test has no database')),
  ping: () => Promise.resolve(),
  listen: () => Promise.resolve(() => Promise.resolve()),
  close: () => Promise.resolve(),
} as unknown as Database;

/** `note_ada…` is Ada's, `note_bob…` Bob's; others are missing. */
export function noteOwners(ids: readonly string[]): Promise<Map<string, readonly string[]>> {
  const known = ids.flatMap((id) => {
    const owner = /^note_(ada|bob|agent)/.exec(id)?.[1];
    return owner === undefined ? [] : [[id, [`cus_${owner}`]] as const];
  });
  return Promise.resolve(new Map(known));
}

export function staff(): Principal {
  return {
    issuer: testIssuer,
    subject: 'sue',
    audience: 'staff',
    actor: [],
    scopes: new Set(['*']),
    acr: '',
    authTime: 0,
    channel: 'desk',
    expiresAt: Number.MAX_SAFE_INTEGER,
  };
}

const notesYaml = `
openapi: 3.1.0
info: { title: Notes, version: 1.2.0, description: Notes of a customer. }
servers: [{ url: /notes/v1 }]
x-plinth:
  capability: notes
  owner: { team: test, contact: test@example.org }
  audience: [customer, staff, agent, service]
paths:
  /notes:
    get:
      operationId: listNotes
      summary: See my notes
      security: [{ oidc: [notes.read] }]
      x-plinth: { ownerCheck: { object: note, list: true } }
      parameters:
        - { name: limit, in: query, schema: { type: integer, minimum: 1, maximum: 100, default: 25 } }
      responses: { '200': { description: Notes., content: { application/json: { schema: { type: object } } } } }
    post:
      operationId: createNote
      summary: Write a note
      security: [{ oidc: [notes.write] }, { key: [notes.write] }]
      x-plinth:
        effect: write
        audience: [customer, agent, partner]
        limits: [{ name: writes, per: principal, quota: 50, windowS: 60 }]
        problems: [notes.locked]
        size: { bodyBytes: 2000 }
      requestBody:
        required: true
        content:
          application/json:
            schema: { $ref: '#/components/schemas/NewNote' }
      responses: { '201': { description: Made., content: { application/json: { schema: { $ref: '#/components/schemas/Note' } } } } }
      callbacks:
        made:
          '{$request.body#/callbackUrl}':
            post: { operationId: onNoteMade, responses: { '204': { description: Heard. } } }
  /notes/{noteId}:
    get:
      operationId: getNote
      summary: See a note
      security: [{ oidc: [notes.read] }]
      x-plinth: { ownerCheck: { object: note, id: path.noteId, relation: [owner], deny: 404 } }
      parameters:
        - { name: noteId, in: path, required: true, schema: { type: string, maxLength: 40 } }
        - { name: depth, in: query, schema: { type: integer, minimum: 0 } }
      responses: { '200': { description: Note., content: { application/json: { schema: { $ref: '#/components/schemas/Note' } } } } }
    put:
      operationId: replaceNote
      summary: Change a note
      security: [{ oidc: [notes.write] }]
      x-plinth:
        effect: write
        precondition: required
        ownerCheck: { object: note, id: path.noteId, relation: [owner], deny: 404 }
        limits: [{ name: changes, per: customer, quota: 3, windowS: 60 }]
      parameters: [{ name: noteId, in: path, required: true, schema: { type: string, maxLength: 40 } }]
      requestBody:
        required: true
        content: { application/json: { schema: { $ref: '#/components/schemas/NewNote' } } }
      responses: { '200': { description: Note., content: { application/json: { schema: { $ref: '#/components/schemas/Note' } } } } }
  /adverts:
    get:
      operationId: listAdverts
      summary: See adverts
      security: [{ oidc: [notes.read] }]
      x-plinth: { audience: [customer], purpose: [marketing] }
      responses: { '200': { description: Adverts., content: { application/json: { schema: { type: object } } } } }
  /motto:
    get:
      operationId: getMotto
      summary: See the motto
      security: []
      x-plinth: { audience: [customer] }
      responses: { '200': { description: Motto., content: { application/json: { schema: { type: object } } } } }
components:
  securitySchemes:
    oidc: { type: openIdConnect, openIdConnectUrl: /oidc/.well-known/openid-configuration }
    key: { type: http, scheme: bearer }
  schemas:
    NewNote:
      type: object
      additionalProperties: false
      required: [text]
      properties:
        text: { type: string, minLength: 1, maxLength: 500, title: Text }
        stars: { type: integer, minimum: 0, maximum: 5 }
        callbackUrl: { type: string, maxLength: 500 }
    Note:
      type: object
      required: [id, text, version]
      properties:
        id: { type: string }
        text: { type: string }
        version: { type: integer }
`;

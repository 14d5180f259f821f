// A request with two faults is refused by the earlier stage: every two stages that refuse, on every operation that has
// both. Each fault is also sent alone, so that the later one is known to be there when the earlier one is answered.

import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { read, write } from '../capability.ts';
import { reply, type WriteContext } from '../context.ts';
import { movableClock, PortError } from '../kernel/index.ts';
import type { Confirmations } from '../security/confirmations.ts';
import { EnumerationGuard } from '../security/enumeration.ts';
import { Leaves } from '../security/leaves.ts';
import { Revocations } from '../security/token-cache.ts';
import { newWebhookSecret, signatureHeaders } from '../security/webhook-signature.ts';
import { openTestDatabase, type TestDatabase } from '../store/test-database.ts';
import type { CompiledOperation } from './operation.ts';
import { stages, stagesOf, type EdgeParts } from './stages.ts';
import { notesContract, startTestEdge, type TestEdge } from './test-edge.ts';

/** A request before it is sent, and what is so while it is answered. */
interface Draft {
  at: string;
  /** Some application may go on after the sunset; not the one that calls. */
  othersMayGoOn: boolean;
  isOverloaded: boolean;
  /** Nothing is left of the limit of the operation. */
  isSpent: boolean;
  isSigned: boolean;
  noteId: string;
  query: string[];
  headers: Record<string, string>;
  claims: Record<string, unknown>;
  fields: Record<string, unknown>;
}

interface Fault {
  stage: string;
  code: string;
  make: (draft: Draft) => void;
}

const sunset = '2031-01-02T00:00Z';
const brownOut = '2030-12-29T14:30Z';
const past =
  (at: string, othersMayGoOn: boolean): Fault['make'] =>
  (draft) =>
    Object.assign(draft, { at, othersMayGoOn });
const query =
  (text: string): Fault['make'] =>
  (draft) =>
    draft.query.push(text);
const header =
  (name: string, value: string): Fault['make'] =>
  ({ headers }) =>
    (headers[name] = value);
const claims =
  (more: object): Fault['make'] =>
  (draft) =>
    Object.assign(draft.claims, more);
const field =
  (name: string, value: unknown): Fault['make'] =>
  ({ fields }) =>
    (fields[name] = value);

/** In the order in which they are to be refused. */
const faults: readonly Fault[] = [
  { stage: 'route', code: 'target-too-long', make: query(`q=${'x'.repeat(8192)}`) },
  { stage: 'life', code: 'retired', make: past(sunset, false) },
  { stage: 'life', code: 'brown-out', make: past(brownOut, false) },
  { stage: 'admit', code: 'overloaded', make: (draft) => (draft.isOverloaded = true) },
  { stage: 'authenticate', code: 'unauthenticated', make: header('authorization', '') },
  { stage: 'leave', code: 'retired', make: past(sunset, true) },
  { stage: 'leave', code: 'brown-out', make: past(brownOut, true) },
  {
    stage: 'leave',
    code: 'opt-in-required',
    make: claims({ plinth_audience: 'partner', partner_id: 'ptn_1', client_id: 'app_1' }),
  },
  { stage: 'authorize', code: 'insufficient-scope', make: claims({ scope: 'other' }) },
  { stage: 'step-up', code: 'step-up-required', make: claims({ acr: 'silver' }) },
  { stage: 'consent', code: 'consent-required', make: claims({ customer_id: 'cus_shy' }) },
  { stage: 'owner', code: 'not-found', make: (draft) => (draft.noteId = 'note_nobody') },
  { stage: 'owner', code: 'not-yours', make: query('from=note_bob1') },
  { stage: 'limit', code: 'rate-limited', make: (draft) => (draft.isSpent = true) },
  { stage: 'validate parameters', code: 'invalid-parameter', make: query('nobodyKnows=1') },
  { stage: 'read body', code: 'unsupported-media-type', make: header('content-type', 'text/plain') },
  { stage: 'read body', code: 'unsupported-encoding', make: header('content-encoding', 'br') },
  { stage: 'read body', code: 'body-too-large', make: field('text', 'x'.repeat(2100)) },
  { stage: 'receive', code: 'signature-invalid', make: (draft) => (draft.isSigned = false) },
  { stage: 'validate body', code: 'invalid-body', make: field('stars', 'many') },
  { stage: 'owner of the body', code: 'not-yours', make: field('noteId', 'note_bob1') },
  { stage: 'callback addresses', code: 'callback-refused', make: field('callbackUrl', 'https://hooks.test/') },
  { stage: 'confirm', code: 'confirmation-required', make: claims({ act: { sub: 'assistant' } }) },
  {
    stage: 'deadline',
    code: 'deadline-exceeded',
    make(draft) {
      draft.claims['plinth_audience'] = 'service';
      draft.headers['plinth-deadline'] = '0';
    },
  },
  { stage: 'read cache', code: 'not-cached', make: header('cache-control', 'only-if-cached') },
  { stage: 'replay and dispatch', code: 'idempotency-key-reused', make: header('idempotency-key', 'used') },
  { stage: 'replay and dispatch', code: 'dependency-unavailable', make: query('end=lost') },
  { stage: 'check response', code: 'response-breaks-contract', make: query('end=odd') },
];

/** There when its key has been used. */
const usedKey = faults.find(({ code }) => code === 'idempotency-key-reused') as Fault;

const isService = 'time is believed of services, which nobody has to sign in, own, lend or confirm anything for';
const isOver = 'once anybody has leave, the end is told when it is known who calls';

/** Stages, or a stage and one of its codes, whose faults no request has at once, and why. */
const apart: Readonly<Record<string, string>> = {
  'life > leave: retired': isOver,
  'life > leave: brown-out': isOver,
  'leave: opt-in-required > deadline': isService,
  'step-up > deadline': isService,
  'owner > deadline': isService,
  'owner of the body > deadline': isService,
  'confirm > deadline': isService,
  'receive > validate body': 'a message that is believed is kept, whatever it says',
  'replay and dispatch: dependency-unavailable > check response': 'who failed gave no answer that could be checked',
};

function canMeet(earlier: Fault, later: Fault): boolean {
  const both = namesOf(earlier).flatMap((name) => namesOf(later).map((other) => `${name} > ${other}`));
  // With one code for both nobody could tell who refused.
  return earlier.stage !== later.stage && earlier.code !== later.code && !both.some((pair) => pair in apart);
}

function namesOf({ stage, code }: Fault): string[] {
  return [stage, `${stage}: ${code}`];
}

const clock = movableClock(Temporal.Instant.from('2026-06-01T00:00Z'));
const leaves = new Leaves();
const secret = newWebhookSecret();
let isSpent = false;
let store: TestDatabase;
let calm: TestEdge;
let busy: TestEdge;
beforeAll(async () => {
  store = await openTestDatabase();
  calm = await start(0);
  busy = await start(1);
});
afterAll(async () => {
  await calm.close();
  await busy.close();
  await store.close();
});

const ids = ['readMove', 'makeMove', 'packMove', 'sendMove', 'hearMove'];

describe.each(ids)('%s', (id) => {
  it('is refused by the earlier of two stages', async () => {
    expect(await ask(id, [])).toBe('ok');
    expect(await ask(id, [usedKey])).toBe('ok');
    const wrong: string[] = [];
    const expectCode = async (code: string, ...made: Fault[]): Promise<void> => {
      const answer = await ask(id, made);
      if (answer !== code) wrong.push(`${made.map(({ stage }) => stage).join(' and ')}: ${answer} instead of ${code}`);
    };
    for (const fault of faultsOf(id)) await expectCode(fault.code, fault);
    for (const [earlier, later] of pairsOf(id)) await expectCode(earlier.code, earlier, later);
    expect(wrong).toEqual([]);
  });
});

it('a message is believed before it is read', async () => {
  const [receive, validate] = ['receive', 'validate body'].map((name) => faults.find(({ stage }) => stage === name));
  expect(await ask('hearMove', [validate as Fault])).toBe('ok');
  expect(await ask('hearMove', [receive as Fault, validate as Fault])).toBe('signature-invalid');
});

describe('the faults', () => {
  const refusing = stages.filter(({ refuses }) => refuses.length > 0).map(({ name }) => name);
  it('are of stages that refuse with them', () => {
    const unknown = faults.filter(
      ({ stage, code }) => stages.find(({ name }) => name === stage)?.refuses.includes(code) !== true,
    );
    expect(unknown).toEqual([]);
    expect(stages.map(({ name }) => name).filter((name) => !refusing.includes(name))).toEqual([
      'trace',
      'field consent',
      'prefer',
      'respond',
      'record',
    ]);
  });

  it('meet those of the next stage, unless no request has both', () => {
    const neighbours = refusing.slice(1).map((name, index) => `${refusing[index]} > ${name}`);
    const done = tested();
    expect(neighbours.filter((pair) => !done.has(pair))).toEqual(neighbours.filter((pair) => pair in apart));
  });

  it('are each once the earlier and once the later', () => {
    const pairs = [...tested()].map((pair) => pair.split(' > '));
    const missing = (at: number): string[] => refusing.filter((name) => !pairs.some((pair) => pair[at] === name));
    // What receives a message ends with it.
    expect(missing(0)).toEqual(['receive', 'check response']);
    expect(missing(1)).toEqual(['route']);
  });
});

/** Of the stages that an operation has, in the order of the table. */
function faultsOf(id: string): Fault[] {
  const operation = calm.edge.operations.get(`moves.${id}`) as CompiledOperation;
  const parts = {
    database: store,
    consents: {},
    confirmations: {},
    receiving: {},
    enumeration: new EnumerationGuard(new Revocations()),
    standardLimits: [{ name: 's', quota: 1 }],
  } as unknown as EdgeParts;
  const passed = stagesOf(operation.operation).flatMap(({ name, at, compile }) => {
    const isPassed =
      at === 'entry' || (at === 'exit' ? operation.handler !== undefined : compile?.(operation, parts) !== undefined);
    return isPassed ? [name] : [];
  });
  const hasKeys = operation.writes && operation.operation.policy.idempotency.mode !== 'none';
  return faults.filter((fault) => passed.includes(fault.stage) && (hasKeys || fault !== usedKey));
}

function pairsOf(id: string): [earlier: Fault, later: Fault][] {
  const own = faultsOf(id);
  return own.flatMap((later, index) =>
    own.slice(0, index).flatMap((earlier): [Fault, Fault][] => (canMeet(earlier, later) ? [[earlier, later]] : [])),
  );
}

/** Which two stages meet on any operation. */
function tested(): Set<string> {
  return new Set(ids.flatMap(pairsOf).map(([earlier, later]) => `${earlier.stage} > ${later.stage}`));
}

let sent = 0;

/** The code of the answer to a request with these faults and no others. */
async function ask(id: string, made: readonly Fault[]): Promise<string> {
  sent += 1;
  const draft: Draft = {
    at: '2026-06-01T00:00Z',
    othersMayGoOn: false,
    isOverloaded: false,
    isSpent: false,
    isSigned: true,
    noteId: 'note_ada1',
    // No answer of another request is kept for this one.
    query: [`n=${sent}`],
    headers: { 'idempotency-key': `key-${sent}` },
    claims: { acr: 'gold' },
    fields: { text: 't', noteId: 'note_ada1' },
  };
  for (const { make } of made) make(draft);
  clock.set(Temporal.Instant.from(draft.at));
  leaves.replace(
    draft.othersMayGoOn
      ? [{ kind: 'extension', applicationId: 'app_2', operation: 'moves.*', untilMs: Number.MAX_SAFE_INTEGER }]
      : [],
  );
  isSpent = draft.isSpent;
  const world = draft.isOverloaded ? busy : calm;
  const { operation } = world.edge.operations.get(`moves.${id}`) as CompiledOperation;
  const path = operation.path.replace('{noteId}', draft.noteId);
  const { body, headers } = operation.body === undefined ? { body: undefined, headers: {} } : bodyOf(id, draft);
  const authorization = `Bearer ${await world.token(draft.claims)}`;
  const all = Object.entries({ authorization, ...headers, ...draft.headers }).filter(([, value]) => value !== '');
  const response = await fetch(`${world.url}/moves/v1${path}?${draft.query.join('&')}`, {
    method: operation.method.toUpperCase(),
    headers: all,
    ...(body === undefined ? {} : { body }),
  });
  const text = await response.text();
  return response.ok ? 'ok' : (JSON.parse(text) as { code: string }).code;
}

function bodyOf(
  id: string,
  { fields, isSigned, at }: Draft,
): { body: string | FormData | Uint8Array<ArrayBuffer>; headers: Record<string, string> } {
  if (id === 'sendMove') {
    const body = new FormData();
    for (const [name, value] of Object.entries(fields)) body.append(name, String(value));
    return { body, headers: {} };
  }
  const json = { 'content-type': 'application/json' };
  const text = JSON.stringify(fields);
  if (id === 'packMove')
    return { body: new Uint8Array(gzipSync(text)), headers: { ...json, 'content-encoding': 'gzip' } };
  if (id !== 'hearMove') return { body: text, headers: json };
  const seconds = Temporal.Instant.from(at).epochMilliseconds / 1000;
  const signed = signatureHeaders([secret], { id: `msg_${sent}`, seconds, body: isSigned ? text : 'another' });
  return { body: text, headers: { ...json, ...signed } };
}

async function move({ end }: { end?: string }): Promise<unknown> {
  if (end === 'lost') throw new PortError('unavailable', 'gone');
  return reply(200, { id: end === 'odd' ? 7 : 'm' });
}

async function start(heap: number): Promise<TestEdge> {
  const contract = await notesContract(contractText);
  contract.events.push({ type: 'move.heard', when: '', data: true });
  return startTestEdge({
    contract,
    handlers: { readMove: read(move), makeMove: write(move), packMove: write(move), sendMove: write(move) },
    binding: {
      owners: { note: async (asked) => new Map(asked.filter((each) => each !== 'note_nobody').map(ownersOf)) },
    },
    services: {
      clock,
      consents: { has: async (_, who) => who !== 'cus_shy', list: async () => [], set: async () => {} },
      database: store,
      beginWrite: (base, tx) => ({
        context: { ...base, db: tx, emit: () => undefined } as unknown as WriteContext,
        flush: () => Promise.resolve(undefined),
      }),
      // Forms without files: nothing is stored.
      files: {} as never,
    },
    edge: {
      leaves,
      limitStore: { take: (_, __, windowS) => ({ allowed: !isSpent, remaining: 0, resetS: windowS }) },
      confirmations: { issue: async () => ({}), use: async () => 'required' } as unknown as Confirmations,
      webhookSecrets: () => [secret],
      admission: { signals: { heap: () => heap, poolWaitMs: () => 0, loop: () => 0 } },
    },
  });
}

function ownersOf(id: string): [string, readonly string[]] {
  return [id, id === 'note_bob1' ? ['cus_bob'] : ['cus_ada', 'cus_shy']];
}

const answers = `{ description: Done., content: { application/json: { schema: { type: object, properties: { id: { type: string } } } } } }`;

const operation = (id: string, { keys = '', media = 'application/json', more = '' }): string => `
      operationId: ${id}
      summary: Move a note
      security: [{ oidc: [notes.write] }]
      x-plinth:
        ownerCheck:
          - { object: note, id: path.noteId, relation: [owner] }
          - { object: note, id: query.from, relation: [owner], deny: 403 }
          - { object: note, id: body#/noteId, relation: [owner], deny: 403 }
        effect: write
        size: { bodyBytes: 2000 }
        ${keys}
      parameters: [${parameters}]
      requestBody: { required: true, content: { ${media}: { schema: { $ref: '#/components/schemas/Move' } } } }
      responses: { '200': ${answers} }
      ${more}`;

const parameters = [
  '{ name: noteId, in: path, required: true, schema: { type: string } }',
  ...['from', 'end', 'n'].map((name) => `{ name: ${name}, in: query, schema: { type: string } }`),
].join(', ');

const contractText = `
openapi: 3.1.0
info: { title: Moves, version: 1.0.0, description: Notes are moved. }
servers: [{ url: /moves/v1 }]
x-plinth:
  capability: moves
  owner: { team: test, contact: test@example.org }
  audience: [customer, agent, partner, service]
  stage: preview
  deprecation: { since: '2026-01-01', sunset: '2031-01-01' }
  stepUp: { acr: gold }
  purpose: [marketing]
paths:
  /moves/{noteId}:
    get:
      operationId: readMove
      summary: See a move
      security: [{ oidc: [notes.read] }]
      x-plinth:
        ownerCheck:
          - { object: note, id: path.noteId, relation: [owner] }
          - { object: note, id: query.from, relation: [owner], deny: 403 }
        cache: { ttl: PT1M, tags: [moves] }
      parameters: [${parameters}]
      responses: { '200': ${answers} }
    post:${operation('makeMove', {
      more: `callbacks:
        moved:
          '{$request.body#/callbackUrl}':
            post: { operationId: onMoved, responses: { '204': { description: Heard. } } }`,
    })}
  /packed/{noteId}:
    post:${operation('packMove', { keys: 'criticality: sheddable' })}
  /forms/{noteId}:
    post:${operation('sendMove', { keys: 'files: stored', media: 'multipart/form-data' })}
  /heard:
    post:
      operationId: hearMove
      summary: Hear of a move
      security: []
      x-plinth:
        effect: write
        stage: stable
        deprecation: null
        stepUp: null
        purpose: null
        idempotency: none
        size: { bodyBytes: 2000 }
        emits: [move.heard]
        webhookIn: { scheme: standard, secretRef: moves, toleranceS: 300 }
      parameters: [{ name: n, in: query, schema: { type: string } }]
      requestBody: { required: true, content: { application/json: { schema: { $ref: '#/components/schemas/Move' } } } }
      responses: { '202': { description: Heard. } }
components:
  securitySchemes:
    oidc: { type: openIdConnect, openIdConnectUrl: /oidc/.well-known/openid-configuration }
  schemas:
    Move:
      type: object
      additionalProperties: false
      required: [text]
      properties:
        text: { type: string }
        noteId: { type: string }
        stars: { type: integer, minimum: 0, maximum: 5 }
        callbackUrl: { type: string }
        file: { type: string, contentMediaType: image/png }
`;

// Every refusal of every stage, for every operation of one rich contract: which there are is asked of the stages
// themselves, each is provoked by one request to an edge of its own, and what nobody can provoke is named with its reason.
// Codes that are no stage's are named with the test that brings them about.

import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { open, read, write, type BoundHandler } from '../capability.ts';
import { reply, type WriteContext } from '../context.ts';
import { movableClock, PortError, type PortFailure, systemClock } from '../kernel/index.ts';
import { Confirmations } from '../security/confirmations.ts';
import { EnumerationGuard, mostDenied } from '../security/enumeration.ts';
import { Leaves } from '../security/leaves.ts';
import { Revocations } from '../security/token-cache.ts';
import { newWebhookSecret, signatureHeaders } from '../security/webhook-signature.ts';
import { openTestDatabase, type TestDatabase } from '../store/test-database.ts';
import { edgeProblems } from './catalogue.ts';
import type { CompiledOperation } from './operation.ts';
import { QuotaBook } from './plans/quota-book.ts';
import { stagesOf, type EdgeParts } from './stages.ts';
import { Documented } from './test-documented.ts';
import { noRows, notesContract, startTestEdge, type TestEdge, type TestEdgeOptions } from './test-edge.ts';

let store: TestDatabase;
let map: TestEdge;
beforeAll(async () => {
  store = await openTestDatabase();
  map = await start({});
});
afterAll(async () => {
  await map.close();
  await store.close();
});

interface Sent {
  method: string;
  path: string;
  headers: Record<string, string | undefined>;
  body: string | undefined;
  claims: Record<string, unknown>;
}

/** One edge, and what is sent to it. The last answer is the one that counts. */
interface Provocation {
  edge?: TestEdgeOptions;
  send(world: TestEdge, good: Sent): Promise<string>;
}

/** The request that is fine, but for … */
function but(change: (good: Sent) => Partial<Sent>, edge: TestEdgeOptions = {}): Provocation {
  return { edge, send: (world, good) => ask(world, { ...good, ...change(good) }) };
}

const header = (name: string, value: string | undefined): Provocation =>
  but((good) => ({ headers: { ...good.headers, [name]: value } }));
const claims = (more: Record<string, unknown>): Provocation => but((good) => ({ claims: { ...good.claims, ...more } }));
const body = (text: string): Provocation => but(() => ({ body: text }));
const failing = (handler: () => Promise<unknown>): Provocation => but(() => ({}), { handlers: everyHandler(handler) });
const repeated = (times: number, change: (good: Sent, n: number) => Partial<Sent>): Provocation => ({
  async send(world, good) {
    let last = '';
    for (let n = 0; n < times; n++) last = await ask(world, { ...good, ...change(good, n) });
    return last;
  },
});

/** Longer than any operation here may take; ends all the same, because it holds a connection to the database. */
const slow = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 1_000));
const foreign = (good: Sent, id: string): Partial<Sent> => ({
  path: good.path.replaceAll('note_ada1', id),
  body: good.body?.replaceAll('note_ada1', id),
});

/** Another application may go on: whether this one may is asked behind authentication. */
function othersLeave(now: string): Provocation {
  const leaves = new Leaves();
  leaves.replace([{ kind: 'extension', applicationId: 'app_2', operation: 'notes.*', untilMs: 8e15 }]);
  const clock = movableClock(Temporal.Instant.from(now));
  return but(() => ({}), { services: { clock }, edge: { leaves } });
}

/** Stage and code, or code alone, to its provocation. */
const provocations: Readonly<Record<string, Provocation>> = {
  retired: but(() => ({}), { services: { clock: movableClock(Temporal.Instant.from('2031-01-02T00:00Z')) } }),
  'brown-out': but(() => ({}), { services: { clock: movableClock(Temporal.Instant.from('2030-12-29T14:30Z')) } }),
  'leave: retired': othersLeave('2031-01-02T00:00Z'),
  'leave: brown-out': othersLeave('2030-12-29T14:30Z'),
  'opt-in-required': claims({ plinth_audience: 'partner', partner_id: 'ptn_1' }),
  overloaded: but(() => ({}), {
    edge: { admission: { signals: { heap: () => 1, poolWaitMs: () => 0, loop: () => 0 } } },
  }),
  'admit: rate-limited': but(() => ({}), { edge: { addressLimit: { quota: 0, isCounted: () => true } } }),
  'quota-exhausted': but(({ claims: own }) => ({ claims: { ...own, client_id: 'app_1' } }), {
    edge: {
      findPlan: async () => ({ quotas: [{ product: 'notes', per: 'day', calls: 0 }] }),
      quotas: new QuotaBook({ database: noRows, clock: systemClock, onError: () => undefined }),
    },
  }),
  draining: {
    send: (world, good) => {
      world.edge.admission.drain();
      return ask(world, good);
    },
  },
  unauthenticated: header('authorization', ''),
  'invalid-token': header('authorization', 'Bearer a.b.c'),
  'partner-suspended': {
    send: (world, good) => {
      world.authenticator.revocations.suspend('app:app_1');
      return ask(world, { ...good, claims: { ...good.claims, client_id: 'app_1' } });
    },
  },
  'cross-site-request': but((good) => ({ headers: { ...good.headers, authorization: '', cookie: 'plinth=s' } }), {
    authenticator: { findSession: () => Promise.resolve(undefined) },
  }),
  'authenticate: too-many-failures': repeated(11, (good) => ({
    headers: { ...good.headers, authorization: 'Bearer a.b.c' },
  })),
  'audience-not-allowed': claims({ plinth_audience: 'device' }),
  'insufficient-scope': claims({ scope: 'other' }),
  'step-up-required': claims({ acr: 'silver' }),
  'consent-required': claims({ customer_id: 'cus_bob', sub: 'bob' }),
  'not-found': but((good) => foreign(good, 'note_nobody')),
  'not-yours': but((good) => foreign(good, 'note_bob1')),
  'too-many-failures': repeated(mostDenied + 1, (good, n) => foreign(good, `note_bob${n}`)),
  'rate-limited': repeated(26, () => ({})),
  'invalid-parameter': but(({ path }) => ({ path: `${path}${path.includes('?') ? '&' : '?'}nobodyKnows=1` })),
  'idempotency-key-missing': header('idempotency-key', undefined),
  'idempotency-key-malformed': header('idempotency-key', 'two words'),
  'precondition-required': header('if-match', undefined),
  'precondition-failed': header('if-match', 'W/"x"'),
  'body-too-large': body(JSON.stringify({ text: 'x'.repeat(2100) })),
  'unsupported-media-type': header('content-type', 'text/plain'),
  'unsupported-encoding': header('content-encoding', 'gzip'),
  'read body: invalid-body': body(''),
  'malformed-json': body('{"text":'),
  'json-not-acceptable': body('{"text":"t","__proto__":{}}'),
  'invalid-body': body('{"text":7}'),
  'signature-invalid': header('webhook-signature', 'v1,AAAA'),
  'receive: dependency-unavailable': but(() => ({}), { edge: { webhookSecrets: () => [] } }),
  'callback-refused': but((good) => ({
    body: good.body?.replace('{', '{"callbackUrl":"https://hooks.test/",'),
  })),
  'confirmation-required': claims({ act: { sub: 'assistant' } }),
  'confirmation-used': {
    async send(world, good) {
      const agent = { ...good, claims: { ...good.claims, act: { sub: 'assistant' } } };
      const { confirmation } = JSON.parse(await text(world, agent)) as {
        confirmation: { id: string; idempotencyKey: string };
      };
      await new Confirmations(store).confirm(confirmation.id, 'cus_ada');
      const confirmed = { ...agent.headers, 'plinth-confirmation': confirmation.id };
      const headers = { ...confirmed, 'idempotency-key': confirmation.idempotencyKey };
      await ask(world, { ...agent, headers });
      return ask(world, { ...agent, headers: { ...headers, 'idempotency-key': 'another' } });
    },
  },
  'idempotency-key-reused': {
    async send(world, good) {
      await ask(world, good);
      return ask(world, { ...good, body: good.body?.replace('{', '{"stars":1,') });
    },
  },
  'idempotency-in-progress': {
    edge: { handlers: everyHandler(slow, open) },
    async send(world, good) {
      // Two calls of one process are one call; another process is told to wait.
      const other = await start({ handlers: everyHandler(slow, open) });
      const first = new AbortController();
      void text(other, good, first.signal).catch(() => undefined);
      let code = '';
      for (let n = 0; n < 200 && code !== 'idempotency-in-progress'; n++) {
        const { rows } = await storeRows();
        if (rows === 0) await new Promise((resolve) => setTimeout(resolve, 10));
        else code = await ask(world, good);
      }
      first.abort();
      other.server.closeAllConnections();
      await other.close();
      return code;
    },
  },
  'not-implemented': but(() => ({}), { handlers: {} }),
  'deadline-exceeded': failing(slow),
  'dependency-unavailable': failing(() => Promise.reject(new PortError('unavailable', 'gone'))),
  internal: failing(() => Promise.reject(new Error('a fault of ours'))),
};

async function storeRows(): Promise<{ rows: number }> {
  return { rows: (await store.rows(`select 1 from runtime.idempotency where state <> 'done'`)).length };
}

/** What the contract rules out, or no request can bring about. */
function reasonAgainst(stage: string, code: string, { operation, writes }: CompiledOperation): string | undefined {
  const { policy } = operation;
  const isKeyed = writes && policy.idempotency.mode !== 'none';
  const rules: Readonly<Record<string, string | false>> = {
    'opt-in-required': policy.stage !== 'preview' && 'the operation is promised to everybody',
    'leave: retired': policy.deprecation === undefined && 'the operation stays',
    'leave: brown-out': policy.deprecation === undefined && 'the operation stays',
    'cross-site-request': !writes && 'a read with a cookie may come from anywhere: other sites cannot see its answer',
    'quota-exhausted': !policy.audience.includes('partner') && 'no application of a partner may call',
    'not-yours': policy.ownerCheck.every(({ deny }) => deny === 404) && 'the contract hides that the object is there',
    'idempotency-key-missing': policy.idempotency.mode !== 'required' && 'no key is needed',
    'idempotency-key-malformed': !isKeyed && 'keys are not looked at',
    'idempotency-key-reused': !isKeyed && 'keys are not looked at',
    'idempotency-in-progress': !isKeyed && 'keys are not looked at',
    'precondition-required': !(writes && policy.precondition === 'required') && 'no version is needed',
    'precondition-failed': !(writes && policy.precondition !== 'none') && 'versions are not looked at',
    'file-too-large': 'none of them takes files (test/ticket-attachments.test.ts)',
    'request-too-slow':
      'whoever stops sending in the middle has gone and sees no answer; a slow one meets the listener',
    'read body: invalid-body': operation.body?.required !== true && 'the body may be left out',
  };
  return (rules[`${stage}: ${code}`] ?? rules[code]) || undefined;
}

/** Asked of the stages: which of them the operation has, and what they may refuse with. */
function refusalsOf(operation: CompiledOperation): [stage: string, code: string][] {
  const parts = { ...({} as EdgeParts), database: store, consents: {} as never, confirmations: {} as never };
  const complete = {
    ...parts,
    receiving: {} as never,
    enumeration: new EnumerationGuard(new Revocations()),
    standardLimits: [{ name: 's', quota: 1 } as never],
  };
  return stagesOf(operation.operation).flatMap(({ name, compile, refuses }) =>
    compile?.({ ...operation, handler: undefined }, complete as EdgeParts) === undefined
      ? []
      : refuses.map((code): [string, string] => [name, code]),
  );
}

/** Whether the caller is known when this stage refuses, so that it is told its limits; who is limited by address, too. */
function isKnown(stage: string, { operation }: CompiledOperation): boolean {
  const names = stagesOf(operation).map(({ name }) => name);
  const isPublic = operation.security?.length === 0;
  return names.indexOf(stage) > names.indexOf(isPublic ? 'owner' : 'authenticate');
}

/** What the last answer says wrongly of limits: they are told to who is known alone, and a wait is no shorter than theirs. */
function wrongOfLimits(stage: string, code: string, operation: CompiledOperation): string[] {
  const [limits, wait] = ['ratelimit', 'retry-after'].map((name) => lastHeaders.get(name) ?? '');
  const told = ['ratelimit-policy', 'ratelimit'].filter((name) => lastHeaders.has(name)).length;
  const wrong = told === (isKnown(stage, operation) ? 2 : 0) ? [] : [`${stage}: ${code} tells ${told} of two fields`];
  const leastS = code === 'rate-limited' ? Number(/;t=(\d+)/.exec(limits ?? '')?.[1] ?? 1) : 1;
  if (edgeProblems.get(code)?.status === 429 && Number(wait) < leastS)
    wrong.push(`${stage}: ${code} after “${wait}” s`);
  return wrong;
}

const operations = [
  'listNotes',
  'createNote',
  'getNote',
  'replaceNote',
  'listAdverts',
  'getMotto',
  'moveNote',
  'hearNote',
];

describe.each(operations)('%s refuses with', (id) => {
  it('everything its stages may refuse with', async () => {
    const operation = map.edge.operations.get(`notes.${id}`) as CompiledOperation;
    const wrong: string[] = [];
    for (const [stage, code] of refusalsOf(operation)) {
      if (reasonAgainst(stage, code, operation) !== undefined) continue;
      const provocation = provocations[`${stage}: ${code}`] ?? provocations[code];
      if (provocation === undefined) wrong.push(`${stage}: ${code} is neither provoked nor ruled out`);
      else {
        const world = await start(provocation.edge ?? {});
        const answer = await provocation.send(world, goodFor(operation));
        wrong.push(...wrongOfLimits(stage, code, operation));
        world.server.closeAllConnections();
        await world.close();
        if (answer !== code) wrong.push(`${stage}: ${answer} instead of ${code}`);
      }
    }
    expect(wrong).toEqual([]);
  });
});

const before = [
  ['malformed-request', 'GET', '/notes/%ff'],
  ['not-found', 'GET', '/nothing'],
  ['method-not-allowed', 'PATCH', '/notes'],
  ['not-acceptable', 'GET', '/notes'],
  ['target-too-long', 'GET', `/notes?q=${'x'.repeat(8192)}`],
] as const;

it.each(before)('before an operation is known the answer is %s', async (code, method, path) => {
  const headers = code === 'not-acceptable' ? { accept: 'text/html, application/*;q=0' } : {};
  expect(await ask(map, { method, path, headers, body: undefined, claims: {} })).toBe(code);
});

it('a reply that breaks its contract is response-breaks-contract', async () => {
  const world = await start({ handlers: { getNote: read(async () => reply(200, { id: 7 })) } });
  expect(await ask(world, goodFor(world.edge.operations.get('notes.getNote') as CompiledOperation))).toBe(
    'response-breaks-contract',
  );
  await world.close();
});

const failures: Readonly<Record<PortFailure, string>> = {
  unavailable: 'dependency-unavailable',
  timeout: 'deadline-exceeded',
  conflict: 'conflicting-state',
  refused: 'upstream-failed',
  full: 'storage-full',
  corrupt: 'internal',
};

it.each(Object.entries(failures))('a port that fails as %s is answered with %s', async (failure, code) => {
  const fail = () => Promise.reject(new PortError(failure as PortFailure, 'disk /dev/vdb1 of db-7.internal'));
  const world = await start({ handlers: { getNote: read(fail) } });
  const answer = await text(world, goodFor(world.edge.operations.get('notes.getNote') as CompiledOperation));
  await world.close();
  const { detail, ...rest } = JSON.parse(answer) as { code: string; status: number; detail: string };
  expect(rest).toMatchObject({ code, status: edgeProblems.get(code)?.status });
  // What the port says is for the log; and no placeholder is left over.
  expect(answer).not.toMatch(/vdb1|db-7/);
  expect(detail).not.toMatch(/[{}]/);
});

/** Codes that no stage answers with, and the test that brings each about. */
const elsewhere: Readonly<Record<string, string>> = {
  'answer-not-kept': 'runtime/src/operations/leased.test.ts',
  'file-too-large': 'test/ticket-attachments.test.ts',
  'headers-too-large': 'test/security/roots.test.ts',
  'mock-cannot-answer': 'contract/src/mock/mock.test.ts',
  'not-cached': 'runtime/src/pipeline/cache/cache.test.ts',
  'outcome-unknown': 'test/upstream-faults/upstream-faults.test.ts',
  'request-too-slow': 'test/security/roots.test.ts',
};

it('every code of the edge is brought about by a test', () => {
  const here = new Set<string>([
    ...Object.keys(provocations).map((name) => name.split(': ').at(-1) ?? ''),
    ...before.map(([code]) => code),
    ...Object.values(failures),
    'response-breaks-contract',
  ]);
  const missing = [...edgeProblems.keys()].filter((code) => !here.has(code));
  expect(missing.toSorted()).toEqual(Object.keys(elsewhere).toSorted());
  for (const [code, file] of Object.entries(elsewhere))
    expect(readFileSync(path.resolve(import.meta.dirname, '../../..', file), 'utf8')).toContain(`'${code}'`);
});

it('nothing was answered that the served document does not tell of', () => {
  expect(documented.looked).toBeGreaterThan(100);
  expect([...documented.missing]).toEqual([]);
});

it('every provocation is used', () => {
  const used = new Set(
    [...map.edge.operations.values()].flatMap((operation) =>
      refusalsOf(operation).flatMap(([stage, code]) =>
        reasonAgainst(stage, code, operation) === undefined
          ? [provocations[`${stage}: ${code}`] === undefined ? code : `${stage}: ${code}`]
          : [],
      ),
    ),
  );
  expect(Object.keys(provocations).filter((name) => !used.has(name))).toEqual([]);
});

function everyHandler(handler: () => Promise<unknown>, kind: typeof write | typeof open = write) {
  const reads = ['listNotes', 'getNote', 'listAdverts', 'getMotto'].map((id) => [id, read(handler)] as const);
  const writes = ['createNote', 'replaceNote', 'moveNote'].map(
    (id) => [id, (kind as (run: never) => BoundHandler)(handler as never)] as const,
  );
  return Object.fromEntries([...reads, ...writes]) as Record<string, BoundHandler>;
}

/** The notes contract with everything an operation can be asked for. */
async function start({ edge, services, ...options }: TestEdgeOptions): Promise<TestEdge> {
  const contract = await notesContract();
  const { operations: all } = contract;
  const byId = new Map(all.map((operation) => [operation.id, operation]));
  const get = (id: string) => byId.get(id) as (typeof all)[0];
  get('listNotes').policy.stage = 'preview';
  get('listAdverts').policy.deprecation = { since: '2026-01-01', sunset: '2031-01-01' };
  get('getNote').policy.ownerCheck = [{ object: 'note', id: 'path.noteId', relation: ['owner'], deny: 403 }];
  get('replaceNote').policy.stepUp = { acr: 'gold' };
  get('createNote').policy.limits = [{ name: 'writes', per: 'principal', quota: 3, windowS: 60 }];
  const move = { ...get('createNote'), id: 'moveNote', path: '/moves' };
  move.policy = {
    ...move.policy,
    ownerCheck: [{ object: 'note', id: 'body#/text', relation: ['owner'], deny: 403 }],
    limits: [{ name: 'moves', per: 'principal', quota: 25, windowS: 60 }],
  };
  all.push(move);
  const hear = { ...get('createNote'), id: 'hearNote', path: '/heard', security: [], callbacks: [] };
  hear.responses = [{ status: 202, summary: '', description: '', headers: [], media: [] }];
  hear.policy = {
    ...hear.policy,
    idempotency: { mode: 'none', retainS: 0 },
    audience: ['service'],
    emits: [{ event: 'note.heard' }],
    webhookIn: { scheme: 'standard', secretRef: 'notes', toleranceS: 300 },
  };
  contract.events.push({ type: 'note.heard', when: '', data: true });
  all.push(hear);
  for (const { policy } of all) Object.assign(policy, { timeoutMs: 300, size: { bodyBytes: 2000 } });
  const note = { id: 'note_ada1', text: 't', version: 1 };
  const done = async (): Promise<unknown> => reply(201, note);
  return startTestEdge({
    contract,
    handlers: { ...everyHandler(async () => reply(200, note)), createNote: write(done), moveNote: write(done) },
    ...options,
    services: {
      database: store,
      consents: { has: (_, who) => Promise.resolve(who === 'cus_ada'), list: async () => [], set: async () => {} },
      beginWrite: (base, tx) => ({
        context: { ...base, db: tx } as unknown as WriteContext,
        flush: () => Promise.resolve(undefined),
      }),
      ...services,
      clock: services?.clock ?? systemClock,
    },
    edge: {
      confirmations: new Confirmations(store),
      webhookSecrets: () => [secret],
      standardLimits: [{ name: 'standard', per: 'principal', quota: 3, windowS: 60 }],
      ...edge,
    },
  });
}

/** Whether the served document tells of what is answered. */
const documented = new Documented();

let keys = 0;
/** Of the last answer. */
let lastHeaders = new Headers();
const secret = newWebhookSecret();

function goodFor({ operation, writes }: CompiledOperation): Sent {
  const hasBody = operation.body !== undefined;
  const body = hasBody ? `{"text":"${operation.id === 'moveNote' ? 'note_ada1' : 't'}"}` : undefined;
  const seconds = Math.floor(Date.now() / 1000);
  const signed = signatureHeaders([secret], { id: `msg_${keys}`, seconds, body: body ?? '' });
  return {
    method: operation.method.toUpperCase(),
    path: operation.path.replace('{noteId}', 'note_ada1'),
    headers: {
      ...(hasBody ? { 'content-type': 'application/json' } : {}),
      ...(operation.policy.webhookIn === undefined ? {} : signed),
      ...(writes ? { 'idempotency-key': `key-${(keys += 1)}`, 'if-match': '"1"' } : {}),
    },
    body,
    claims: { acr: 'gold' },
  };
}

async function text(world: TestEdge, sent: Sent, signal?: AbortSignal): Promise<string> {
  const all = { authorization: `Bearer ${await world.token(sent.claims)}`, ...sent.headers };
  const headers = Object.entries(all).filter((entry): entry is [string, string] => Boolean(entry[1]));
  const response = await fetch(`${world.url}/notes/v1${sent.path}`, {
    method: sent.method,
    headers,
    ...(sent.body === undefined ? {} : { body: sent.body }),
    ...(signal === undefined ? {} : { signal }),
  });
  lastHeaders = response.headers;
  const answer = await response.text();
  documented.note(world.edge, `${sent.method} /notes/v1${sent.path}`, `${response.status} ${answer.slice(0, 200)}`);
  return answer;
}

async function ask(world: TestEdge, sent: Sent): Promise<string> {
  return (JSON.parse(await text(world, sent)) as { code?: string }).code ?? 'none';
}

import { afterAll, beforeAll, expect, it } from 'vitest';
import { write } from '../capability.ts';
import { reply, type WriteContext } from '../context.ts';
import { servicePrincipal } from '../kernel/index.ts';
import { compileStepUp } from '../pipeline/stages/authorize.ts';
import { notesContract, startTestEdge, type TestEdge } from '../pipeline/test-edge.ts';
import { openTestDatabase, type TestDatabase } from '../store/test-database.ts';

const nowS = Math.floor(Date.now() / 1000);
let store: TestDatabase;
let world: TestEdge;
let runs = 0;

beforeAll(async () => {
  store = await openTestDatabase();
  const contract = await notesContract();
  const { policy } = contract.operations.find(({ id }) => id === 'createNote') as (typeof contract.operations)[0];
  policy.stepUp = { acr: 'gold', maxAgeS: 300 };
  world = await startTestEdge({
    contract,
    handlers: { createNote: write(async () => reply(201, { id: `note_ada${(runs += 1)}`, text: 't', version: 1 })) },
    services: {
      database: store,
      beginWrite: (base, tx) => ({
        context: { ...base, db: tx } as unknown as WriteContext,
        flush: () => Promise.resolve(undefined),
      }),
    },
  });
});
afterAll(async () => {
  await world.close();
  await store.close();
});

async function create(key: string, claims: Record<string, unknown>) {
  const response = await fetch(`${world.url}/notes/v1/notes`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${await world.token(claims)}`,
      'content-type': 'application/json',
      'idempotency-key': key,
    },
    body: '{"text":"t"}',
  });
  const body = (await response.json()) as { id?: string; code?: string; stepUp?: unknown };
  return { status: response.status, body, challenge: response.headers.get('www-authenticate') };
}

const challenge = 'Bearer realm="plinth", error="insufficient_user_authentication", acr_values="gold", max_age="300"';

it.each<[string, Record<string, unknown>]>([
  ['of no class', { auth_time: nowS }],
  ['of another class', { acr: 'silver', auth_time: nowS }],
  ['of a class that only begins alike', { acr: 'golden', auth_time: nowS }],
  ['too long ago', { acr: 'gold', auth_time: nowS - 310 }],
  ['at a time that is not said', { acr: 'gold' }],
])('a sign-in %s is challenged as RFC 9470 says', async (_, claims) => {
  const refused = await create('k1', claims);
  expect(refused).toMatchObject({ status: 401, challenge, body: { code: 'step-up-required' } });
  expect(refused.body.stepUp).toEqual({ acr: 'gold', maxAgeS: 300 });
  expect(runs).toBe(0);
});

it('a sign-in is young enough for as many whole seconds as the contract says', () => {
  const operation = { operation: { policy: { stepUp: { maxAgeS: 300 } } }, binding: {}, challenge: () => '' };
  const step = compileStepUp(operation as never, { authenticator: { nowS: () => 1_000 } } as never);
  const problems = { answer: (code: string) => code };
  const judged = (authTime: number) =>
    step?.({ principal: { audience: 'customer', authTime }, operation: { problems } } as never) === undefined;
  expect([judged(700), judged(699)]).toEqual([true, false]);
});

/** What a policy says to a caller: nothing when they pass, else what the challenge asks for. */
function challenged(stepUp: object, principal: object, fixed?: object): unknown {
  const operation = { operation: { policy: { stepUp } }, binding: { principal: fixed }, challenge: JSON.stringify };
  const step = compileStepUp(operation as never, { authenticator: { nowS: () => 1_000 } } as never);
  const problems = {
    answer: (_: string, __: string, { headers }: { headers: string[] }) => JSON.parse(headers[1] ?? ''),
  };
  const outcome: unknown = step?.({
    principal: { audience: 'customer', ...principal },
    operation: { problems },
  } as never);
  return outcome;
}

it('of class and age only what the contract names is asked for', () => {
  const error = 'insufficient_user_authentication';
  expect(challenged({ acr: 'gold' }, { acr: 'gold', authTime: 0 })).toBeUndefined();
  expect(challenged({ acr: 'gold' }, { acr: '', authTime: 1_000 })).toEqual({ error, acr_values: 'gold' });
  expect(challenged({ maxAgeS: 300 }, { acr: '', authTime: 1_000 })).toBeUndefined();
  expect(challenged({ maxAgeS: 300 }, { acr: 'gold', authTime: 0 })).toEqual({ error, max_age: '300' });
});

const passes = (audience: string, fixed?: object): boolean =>
  challenged({ acr: 'gold' }, { audience, acr: '', authTime: 0 }, fixed) === undefined;

it('everybody but services is asked, whom nobody stands behind; so is nobody where one caller is set for all', () => {
  const audiences = ['customer', 'staff', 'agent', 'partner', 'device', 'service'];
  expect(audiences.filter((audience) => passes(audience))).toEqual(['service']);
  expect(audiences.filter((audience) => passes(audience, { audience }))).toEqual(audiences);
});

it('after the new sign-in the same call with the same key resumes, and once', async () => {
  expect((await create('k2', { acr: 'silver', auth_time: nowS })).status).toBe(401);
  const signedIn = { acr: 'gold', auth_time: nowS };
  const resumed = await create('k2', signedIn);
  expect(resumed).toMatchObject({ status: 201, body: { id: 'note_ada1' } });
  expect(await create('k2', { ...signedIn, jti: 'renewed' })).toMatchObject({ status: 201, body: { id: 'note_ada1' } });
  // The answer of a strong sign-in is not given to a weak one, whoever holds the key.
  expect((await create('k2', { acr: 'silver', auth_time: nowS })).status).toBe(401);
  expect(runs).toBe(1);
});

it('another customer with that key gets nothing of it', async () => {
  const other = await create('k2', { acr: 'gold', auth_time: nowS, sub: 'bob', customer_id: 'cus_bob' });
  expect(other).toMatchObject({ status: 201, body: { id: 'note_ada2' } });
});

it('a service, behind whom nobody could sign in, is not asked', async () => {
  const { contract } = world.edge.bindings[0] as (typeof world.edge.bindings)[0];
  contract.operations.find(({ id }) => id === 'createNote')?.policy.audience.push('service');
  world.edge.install(world.edge.bindings);
  const call = { operation: 'notes.createNote', input: { body: { text: 't' } }, idempotencyKey: 'k3' };
  expect(await world.edge.invoke({ ...call, principal: servicePrincipal('billing') })).toMatchObject({ status: 201 });
  const agent = { ...servicePrincipal('assistant', 'cus_ada'), audience: 'agent' as const };
  expect(await world.edge.invoke({ ...call, principal: agent })).toMatchObject({ status: 401 });
});

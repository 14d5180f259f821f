// Who walks through ids, keys or tokens learns nothing from answers or their time, and is stopped.

import { newApiKey, worldId } from '@plinth/runtime';
import { eventually } from '@plinth/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ada, ben, call, openIssuer, type OutsideIssuer, type Said, startWorld, type World } from './world.ts';

let issuer: OutsideIssuer;
let world: World;
let foreign: string[];
const scope = 'orders.read customers.read catalogue.read';
beforeAll(async () => {
  issuer = await openIssuer();
  world = await startWorld({ issuer });
  const page = await call(world, await issuer.customer(ada, scope), '/orders/v1/orders?limit=30');
  foreign = (page.body['items'] as { id: string }[]).map(({ id }) => id);
});
afterAll(async () => {
  await world.close();
  await issuer.close();
});

const missing = (n: number) => worldId('ord', 9000 + n, 'walk');
/** Without what differs in every answer. */
const bytes = ({ status, text }: Said) => `${status} ${text.replace(/[0-9a-f]{32}/, '<trace>')}`;

const target = (id: string) => `/orders/v1/orders/${id}`;
const median = (list: number[]) => list.toSorted((a, b) => a - b)[list.length >> 1] ?? 0;

it('an order of another and one that is not there answer alike, in bytes and in time', async () => {
  expect(foreign.length).toBeGreaterThan(0);
  const tookMs = { foreign: [] as number[], missing: [] as number[] };
  for (let round = 0; round < 60; round++) {
    // Another person each round, so that nobody is stopped.
    const token = await issuer.customer(ben, scope, { sub: `walker ${round >> 2}` });
    const timed = async (kind: 'foreign' | 'missing', id: string) => {
      const startedMs = performance.now();
      const said = await call(world, token, target(id));
      tookMs[kind].push(performance.now() - startedMs);
      return bytes(said);
    };
    const one = await timed('foreign', foreign[round % foreign.length] as string);
    const other = await timed('missing', missing(round));
    expect(one).toBe(other);
    expect(one).toContain('404');
  }
  const difference = Math.abs(median(tookMs.foreign) - median(tookMs.missing));
  process.stdout.write(`foreign and missing orders differ by ${difference.toFixed(2)} ms in the median of 60\n`);
  // The machine is shared; what tells them apart in truth would be a query more or less.
  expect(difference).toBeLessThan(20);
});

it('the twenty-first different id stops the walk, also for what is their own; another person goes on', async () => {
  const token = await issuer.customer(ben, scope, { sub: 'walker' });
  const statuses: number[] = [];
  for (let n = 0; n < 21; n++) statuses.push((await call(world, token, `/orders/v1/orders/${missing(n)}`)).status);
  expect(statuses).toEqual([...Array(20).fill(404), 429]);
  const stopped = await call(world, token, '/customers/v1/customers/me');
  expect([stopped.status, stopped.code]).toEqual([429, 'too-many-failures']);
  expect(Number(stopped.headers.get('retry-after'))).toBeGreaterThan(500);
  const rows = await eventually('the audit says so', 5_000, async () => {
    const found = await world.database.db
      .withSchema('runtime')
      .selectFrom('audit')
      .select('subject')
      .where('operation', '=', 'edge.enumeration-stopped')
      .execute();
    return found.length > 0 ? found : undefined;
  });
  expect(rows).toEqual([{ subject: 'walker' }]);
  const other = await issuer.customer(ben, scope, { sub: 'no walker' });
  expect((await call(world, other, '/customers/v1/customers/me')).status).toBe(200);
});

it('keys and tokens that are tried answer alike, and after ten a minute nothing is verified', async () => {
  const before = await call(world, undefined, '/customers/v1/customers/me');
  expect(before.status).toBe(401);
  const answers: string[] = [];
  const challenges = new Set<string | null>();
  for (let n = 0; n < 14; n++) {
    const credential = n % 2 === 0 ? newApiKey('live', `guess${n}`).text : await issuer.token({ sub: '' });
    const said = await call(world, credential, '/catalogue/v1/offerings');
    answers.push(`${said.status} ${said.code}`);
    challenges.add(said.headers.get('www-authenticate'));
  }
  expect(challenges.size).toBe(2);
  expect(new Set(answers.slice(0, 10))).toEqual(new Set(['401 invalid-token']));
  expect(new Set(answers.slice(11))).toEqual(new Set(['429 too-many-failures']));
});

// Whoever is shut out has no job that begins later: what waits for a worker is cancelled and says so at once, whichever
// process would have taken it, and what is taken is looked at before it acts.

import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { PortError, type Principal } from '../../kernel/index.ts';
import { openTestDatabase, type TestDatabase } from '../../store/test-database.ts';
import { callerOf, type Got, made, startTestJobs, type TestJobs } from './test-jobs.ts';

let store: TestDatabase;
/** Nothing comes into its queue: what is asked of it waits until the test runs it. */
let still: TestJobs;
/** It takes what it is asked for. */
let busy: TestJobs;
let out = new Set<string>();
let ran: string[] = [];
const isRevoked = ({ subject }: Principal): boolean => out.has(subject);

beforeAll(async () => {
  store = await openTestDatabase();
  await store.rows('create table reports (name text not null)');
  still = await startTestJobs(store, { isRevoked, enqueue: async () => undefined });
  busy = await startTestJobs(store, { isRevoked });
  for (const { work } of [still, busy])
    work.makeReport = async (name) => {
      ran.push(name);
      return made(name);
    };
}, 30_000);
afterAll(async () => {
  await still.close();
  await busy.close();
  await store.close();
});
beforeEach(() => {
  out = new Set();
  ran = [];
});

const idOf = ({ body }: Got): string => body.id as string;
const shutOut = (sub: string, world = still): void => {
  out.add(sub);
  world.jobs.lookAgain(({ subject }) => out.has(subject));
};

async function statesOf(ids: readonly string[]): Promise<unknown[]> {
  const rows = await store.rows(`select id, state from runtime.operation_job`);
  const states = new Map(rows.map(({ id, state }) => [id, state]));
  return ids.map((id) => states.get(id));
}

const endsOf = (id: string) =>
  store.rows(`select data ->> 'state' as state from runtime.outbox where type = 'job.ended' and subject = '${id}'`);

it('what waits is cancelled before any worker takes it, and the others’ is not', async () => {
  const [ada, ben] = [await callerOf(still), await callerOf(still)];
  const hers = [await ada.post('reports', 'w1'), await ada.post('collections', 'w2'), await ada.post('seals', 'w3')];
  const his = await ben.post('reports', 'w4');
  const ids = [...hers.map(idOf), idOf(his)];
  expect(await statesOf(ids)).toEqual(['queued', 'queued', 'queued', 'queued']);
  const before = still.counted.length;
  shutOut(ada.sub);
  // Also what may not be cancelled once it is under way: it is not.
  const states = ['cancelled', 'cancelled', 'cancelled', 'queued'];
  await expect.poll(() => statesOf(ids), { timeout: 5000 }).toEqual(states);
  expect(still.counted.slice(before)).toEqual(Array(3).fill('plinth.jobs cancelled'));
  for (const id of ids.slice(0, 3)) expect(await endsOf(id)).toEqual([{ state: 'cancelled' }]);
  const left = await store.rows(`select call, body from runtime.operation_job where id = '${ids[0]}'`);
  expect(left).toEqual([{ call: null, body: null }]);
  for (const id of ids) await still.jobs.run(id);
  expect(ran).toEqual(['w4']);
});

it('what waits to be tried again is cancelled, too', async () => {
  busy.work.makeReport = async () => {
    throw new PortError('unavailable', 'away');
  };
  const ada = await callerOf(busy);
  const id = idOf(await ada.post('reports', 'a1'));
  await expect.poll(() => statesOf([id]), { timeout: 5000 }).toEqual(['waiting']);
  shutOut(ada.sub);
  await expect.poll(() => statesOf([id]), { timeout: 5000 }).toEqual(['cancelled']);
});

it.each(['reports', 'seals'])('what is taken of /%s before that is known is cancelled before it acts', async (path) => {
  const ada = await callerOf(still);
  const id = idOf(await ada.post(path, `t-${path}`));
  out.add(ada.sub);
  await still.jobs.run(id);
  expect([ran, await statesOf([id])]).toEqual([[], ['cancelled']]);
});

it('what may not be cancelled and has begun goes on to its end', async () => {
  const [begun, gate] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  still.work.makeReport = async (name) => {
    begun.resolve();
    await gate.promise;
    return made(name);
  };
  const ada = await callerOf(still);
  const id = idOf(await ada.post('seals', 'b1'));
  const run = still.jobs.run(id);
  await begun.promise;
  shutOut(ada.sub);
  // The look at what waits is over when somebody else's job, younger than this one, is cancelled.
  const eve = await callerOf(still);
  const other = idOf(await eve.post('reports', 'b2'));
  shutOut(eve.sub);
  await expect.poll(() => statesOf([other]), { timeout: 5000 }).toEqual(['cancelled']);
  gate.resolve();
  await run;
  expect(await statesOf([id])).toEqual(['succeeded']);
});

it('a look that did not come through is made again', async () => {
  let looks = 0;
  const world = await startTestJobs(store, {
    enqueue: async () => undefined,
    isRevoked: ({ subject }) => {
      looks += 1;
      if (looks === 1) throw new Error('the platform is being made');
      return out.has(subject);
    },
  });
  const ada = await callerOf(world);
  const id = idOf(await ada.post('reports', 'l1'));
  shutOut(ada.sub, world);
  await expect.poll(() => statesOf([id]), { timeout: 15_000 }).toEqual(['cancelled']);
  await world.close();
}, 30_000);

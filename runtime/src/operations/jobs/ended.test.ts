import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { createLive, type Live } from '../../events/live.ts';
import { createRelay, type Relay } from '../../events/relay.ts';
import { problem, systemClock, type Principal } from '../../kernel/index.ts';
import { openTestDatabase, type TestDatabase } from '../../store/test-database.ts';
import { silent } from '../../test-services.ts';
import { callerOf, insertReport, made, startTestJobs, type TestJobs, type Work } from './test-jobs.ts';

let store: TestDatabase;
let world: TestJobs;
let usual: Work;
let relay: Relay;
let live: Live;
let isRevoked: (principal: Principal) => boolean = () => false;

beforeAll(async () => {
  store = await openTestDatabase();
  await store.rows('create table reports (name text not null)');
  world = await startTestJobs(store, { isRevoked: (principal) => isRevoked(principal) });
  usual = { ...world.work };
  relay = await createRelay({ database: store, log: silent });
  live = createLive({ log: relay, logger: silent, clock: systemClock });
}, 30_000);
afterAll(async () => {
  live.close();
  await relay.close();
  await world.close();
  await store.close();
});
beforeEach(() => void Object.assign(world.work, usual));

const patience = { timeout: 10_000 };

type Caller = Awaited<ReturnType<typeof callerOf>>;

/** Makes a report, waits for the end, and gives the id of the job. */
async function report(caller: Caller, name: string): Promise<string> {
  const { headers } = await caller.post('reports', name);
  const { body } = await caller.end(headers.get('location'));
  return body.id as string;
}

/** Whose job it is, without any scope. */
async function principalOf(job: string): Promise<Principal> {
  const [row] = await store.rows(`select principal from runtime.operation_job where id = '${job}'`);
  return { ...(row?.['principal'] as Principal), scopes: new Set() };
}

interface Told {
  position: string;
  event: Record<string, unknown>;
}

/** A stream that listens; `told` is what it was told so far. */
async function listen(principal: Principal, topics: readonly string[], lastEventId?: string) {
  const lines: string[] = [];
  const sink = { write: (text: string) => void lines.push(text), backlogBytes: () => 0, close: () => undefined };
  const stop = live.open({ principal, topics, lastEventId, sink }) as () => void;
  await expect.poll(() => lines.length, patience).toBeGreaterThan(0);
  const told = (): Told[] =>
    lines.flatMap((line) => {
      const [, position, data] = /^id: (\d+)\ndata: (.*)\n\n$/.exec(line) ?? [];
      return position === undefined || data === undefined ? [] : [{ position, event: JSON.parse(data) as never }];
    });
  return { stop, told, subjects: () => told().map(({ event }) => event['subject']) };
}

it('a stream is told of each end of its principal’s jobs, once; nobody else is, of the same customer either', async () => {
  const ada = await callerOf(world);
  const principal = await principalOf(await report(ada, 'before'));
  await relay.settled();
  const own = await listen(principal, ['jobs']);
  const others = await Promise.all([
    listen({ ...principal, subject: 'another' }, ['jobs']),
    listen({ ...principal, applicationId: 'app_2' }, ['jobs']),
    listen({ ...principal, actor: ['delegate'] }, ['jobs']),
    listen({ ...principal, audience: 'staff', subject: 'mia', scopes: new Set(['*']) }, ['jobs', 'reports']),
    listen({ ...principal, scopes: new Set(['*']) }, ['reports']),
  ]);
  const done = await report(ada, 'done');
  world.work.makeReport = async () => problem('notes.locked' as never, { noteId: 'n1' });
  const failed = await report(ada, 'failed');
  const [begun, gate] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  world.work.makeReport = async (name, ctx) => {
    await insertReport(ctx, name);
    begun.resolve();
    await gate.promise;
    return made(name);
  };
  const cancelled = (await ada.post('reports', 'cancelled')).body.id as string;
  await begun.promise;
  expect((await ada.send('DELETE', `/jobs/${cancelled}`)).status).toBe(202);
  // The worker finds that it was too late: it ends nothing, and says nothing.
  gate.resolve();
  await expect.poll(() => world.jobs.isIdle, patience).toBe(true);
  world.work.makeReport = usual.makeReport;
  isRevoked = ({ subject }) => subject === ada.sub;
  const revoked = await report(ada, 'revoked');
  isRevoked = () => false;
  await relay.settled();
  const ends = [
    [done, 'succeeded'],
    [failed, 'failed'],
    [cancelled, 'cancelled'],
    [revoked, 'cancelled'],
  ];
  expect(own.told().map(({ event }) => event)).toEqual(
    ends.map(([subject, state]) => ({
      id: expect.stringMatching(/^[\da-f-]{36}$/) as string,
      type: 'job.ended',
      source: '/jobs',
      subject,
      time: expect.stringMatching(/^\d{4}-.*Z$/) as string,
      data: { operation: 'reports.makeReport', state },
    })),
  );
  expect(others.map(({ told }) => told())).toEqual([[], [], [], [], []]);
});

it('a stream that comes back is told what ended meanwhile, and nothing twice', async () => {
  const ada = await callerOf(world);
  const first = await report(ada, 'first');
  const principal = await principalOf(first);
  await relay.settled();
  const away = await listen(principal, ['jobs'], '0');
  await expect.poll(away.subjects, patience).toEqual([first]);
  away.stop();
  const eve = await callerOf(world);
  const meanwhile = [await report(ada, 'second'), await report(eve, 'hers'), await report(ada, 'third')];
  await relay.settled();
  expect(away.subjects()).toEqual([first]);
  const back = await listen(principal, ['jobs'], away.told().at(-1)?.position);
  await expect.poll(back.subjects, patience).toEqual([meanwhile[0], meanwhile[2]]);
  back.stop();
  const again = await listen(principal, ['jobs'], back.told().at(-1)?.position);
  const last = await report(ada, 'last');
  await relay.settled();
  await expect.poll(again.subjects, patience).toEqual([last]);
  again.stop();
});

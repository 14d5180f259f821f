import { eventually } from '@plinth/testing';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { openTestDatabase, type TestDatabase } from '../store/test-database.ts';
import { newTrace } from '../telemetry/trace.ts';
import { silent, testServices, type TestServices } from '../test-services.ts';
import { inTransaction, serviceBase } from '../work.ts';
import { type Consumers, createConsumers } from './consumers.ts';
import { sweepEvents } from './log-rows.ts';
import { forgetReaction, listReactions } from './orphans.ts';
import { createRelay, type Relay } from './relay.ts';

let database: TestDatabase;
let services: TestServices;
let relay: Relay;
let running: Consumers[];
let taken: string[];

beforeAll(async () => {
  database = await openTestDatabase();
});
afterAll(() => database.close());
beforeEach(async () => {
  await database.rows(`truncate runtime.outbox, runtime.subject, runtime.inbox, runtime.held_event, runtime.dead_letter,
    runtime.consumer`);
  await database.rows('update runtime.event_log set head = 0');
  services = testServices(database);
  relay = await createRelay({ database, log: silent });
  services.committed = () => relay.poke();
  running = [];
  taken = [];
});
afterEach(async () => {
  await Promise.all(running.map((each) => each.close()));
  await relay.close();
});

/** A process that runs these reactions. */
async function start(names: readonly string[], claimMs?: number): Promise<Consumers> {
  const reactions = names.map((name) => ({
    name,
    on: '*' as const,
    run: async ({ subject }: { subject: string }) => void taken.push(`${name} ${subject}`),
  }));
  const started = await createConsumers({ services, relay, reactions, ...(claimMs === undefined ? {} : { claimMs }) });
  running.push(started);
  return started;
}
async function say(...subjects: string[]): Promise<void> {
  for (const subject of subjects)
    await inTransaction(services, serviceBase(services, { name: 'things.change', trace: newTrace() }), async (ctx) =>
      ctx.emit('thing.changed' as never, { subject, data: {} as never }),
    );
  await relay.settled();
}
/** As if so much time had gone by since a process had it. */
const age = (name: string, by: string) =>
  database.rows(`update runtime.consumer set updated_at = now() - interval '${by}' where name = '${name}'`);
const standing = async (name: string) => (await listReactions(database.db)).find((each) => each.name === name);
/** Facts that are left when all of them are eight days old. */
async function keptFacts(): Promise<number> {
  await database.rows(`update runtime.outbox set published_at = now() - interval '8 days'`);
  await sweepEvents(database.db);
  return Number((await database.rows('select count(*)::int as n from runtime.outbox'))[0]?.['n']);
}

it('one that was taken out holds its facts until it is forgotten, and those of no other', async () => {
  const [before] = [await start(['things.a', 'things.gone'])];
  await say('s1');
  await before?.settled();
  await before?.close();
  const after = await start(['things.a']);
  await say('s2', 's3');
  await after.settled();
  for (const [name, position] of [
    ['things.gone', 2],
    ['things.a', 2],
  ])
    for (const table of ['held_event', 'dead_letter'])
      await database.rows(`
        insert into runtime.${table} (consumer, event_id, subject, position, event, attempt, error)
        values ('${name}', gen_random_uuid(), 's2', ${position}, '{}', 1, 'no')`);
  await age('things.gone', '7 days 1 minute');
  expect(await standing('things.gone')).toMatchObject({ behind: 2, isOrphaned: true });
  expect(await standing('things.a')).toMatchObject({ behind: 0, isOrphaned: false });
  expect(await keptFacts()).toBe(2);
  expect(await forgetReaction(database, 'things.gone')).toEqual({ heldEvents: 1, deadLetters: 1 });
  expect(await forgetReaction(database, 'things.gone')).toBe('unknown');
  expect(await keptFacts()).toBe(0);
  for (const table of ['consumer', 'held_event', 'dead_letter'])
    expect(
      await database.rows(
        `select distinct ${table === 'consumer' ? 'name' : 'consumer as name'} from runtime.${table}`,
      ),
    ).toEqual([{ name: 'things.a' }]);
});

it('one whose process is down for a week is not forgotten, and takes all that came meanwhile', async () => {
  const before = await start(['things.a', 'things.away']);
  await say('s1');
  await before.settled();
  await before.close();
  const other = await start(['things.a']);
  await say('s2', 's3');
  await other.settled();
  await age('things.away', '6 days 23 hours');
  expect(await standing('things.away')).toMatchObject({ behind: 2, isOrphaned: false });
  expect(await forgetReaction(database, 'things.away')).toBe('claimed');
  expect(await keptFacts()).toBe(2);
  // Longer than that: whoever comes back before somebody says otherwise has lost nothing either.
  await age('things.away', '60 days');
  expect(await keptFacts()).toBe(2);
  const back = await start(['things.away']);
  expect(await forgetReaction(database, 'things.away')).toBe('claimed');
  await back.settled();
  expect(taken.filter((each) => each.startsWith('things.away'))).toEqual([
    'things.away s1',
    'things.away s2',
    'things.away s3',
  ]);
});

it('one that waits for nothing is no orphan, however long it heard of nothing', async () => {
  await (await start(['things.a'])).settled();
  await age('things.a', '400 days');
  expect(await standing('things.a')).toMatchObject({ behind: 0, isOrphaned: false });
});

it('a process says which it has when it starts and from time to time, also of those that never move', async () => {
  await (await start(['things.a'])).close();
  await age('things.a', '30 days');
  await start(['things.a'], 50);
  await say('s1');
  await age('things.a', '30 days');
  await eventually('a claim', 10_000, async () => {
    const { claimedAt = '' } = (await standing('things.a')) ?? {};
    return Date.now() - Date.parse(claimedAt) < 60_000 || undefined;
  });
  // Nothing is to be claimed for others.
  await database.rows(`insert into runtime.consumer (name, position, updated_at) values ('other', 0, '2020-01-01Z')`);
  await say('s2');
  await new Promise((resolve) => setTimeout(resolve, 1500));
  expect(await standing('other')).toMatchObject({ claimedAt: '2020-01-01T00:00:00Z', isOrphaned: true });
});

it('a process starts while one of its cursors is at work elsewhere', async () => {
  await (await start(['things.a'])).close();
  await database.transaction(async (tx) => {
    const { sql } = await import('kysely');
    await sql`select 1 from runtime.consumer where name = 'things.a' for update`.execute(tx);
    const started = await Promise.race([
      start(['things.a', 'things.b']).then(() => 'started'),
      new Promise((resolve) => setTimeout(resolve, 3000, 'waits')),
    ]);
    expect(started).toBe('started');
  });
});

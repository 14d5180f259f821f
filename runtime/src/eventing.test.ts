import { fork } from 'node:child_process';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { EventKey } from './context.ts';
import { createEventing, type Eventing, type EventingOptions } from './eventing.ts';
import { openTestDatabase, type TestDatabase } from './store/test-database.ts';
import { newTrace } from './telemetry/trace.ts';
import { testServices } from './test-services.ts';
import { inTransaction, serviceBase } from './work.ts';
import { workflowTables } from './workflows/tables.ts';
import { workflow } from './workflows/workflow.ts';

let database: TestDatabase;
let eventing: Eventing;
const count = async (table: string): Promise<number> => (await database.rows(`select 1 from ${table}`)).length;

const fulfil = workflow('shop.fulfil', 1, async (step, input: { id: string }) => {
  await step.tx('done', async (ctx) => ctx.emit('order.done' as never, { subject: input.id, data: {} as never }));
});
const shop: EventingOptions['capabilities'][number] = {
  workflows: [fulfil],
  reactions: [
    {
      name: 'shop.on-order-placed',
      on: ['order.placed'] as unknown as readonly EventKey[],
      run: async (event, ctx) => ctx.start(fulfil, { key: event.subject, input: { id: event.subject } }),
    },
    {
      name: 'points.on-order-done',
      on: ['order.done'] as unknown as readonly EventKey[],
      run: async (event, ctx) => void (await sql`insert into points values (${event.subject})`.execute(ctx.db)),
    },
  ],
};

beforeAll(async () => {
  database = await openTestDatabase([{ schema: 'shop', migrations: { '1': workflowTables('shop') } }]);
  await database.rows('create table points (subject text)');
  eventing = await createEventing({ ...testServices(database), databaseUrl: undefined, capabilities: [shop] });
});
afterAll(async () => {
  await eventing.close();
  await database.close();
});

test('one fact leads through a reaction, a workflow and another reaction, and then it is quiet', async () => {
  const { services } = eventing;
  await inTransaction(services, serviceBase(services, { name: 'shop.order', trace: newTrace() }), async (ctx) => {
    for (let n = 0; n < 20; n++) ctx.emit('order.placed' as never, { subject: `o${n}`, data: {} as never });
  });
  await eventing.quiet();
  expect(await count('points')).toBe(20);
  expect(await count('runtime.outbox where position is null')).toBe(0);
});

test.each(['relay.before-commit', 'relay.after-commit', 'write.flushed', 'reaction.before-commit:7'])(
  'killed at %s, another process finishes the work exactly once',
  async (place) => {
    await eventing.close();
    await database.rows('truncate points');
    const child = fork(new URL('crash-child.ts', import.meta.url), [database.url, place], { stdio: 'ignore' });
    const signal = await new Promise((resolve) => {
      child.once('exit', (_, by) => resolve(by));
    });
    expect(signal).toBe('SIGKILL');
    const committed = await count(`runtime.outbox where type = 'crash.${place}'`);
    const doubler: EventingOptions['capabilities'][number] = { reactions: [crashReaction(place)] };
    eventing = await createEventing({
      ...testServices(database),
      databaseUrl: undefined,
      capabilities: [shop, doubler],
    });
    await eventing.quiet();
    expect(committed).toBe(place === 'write.flushed' ? 0 : 20);
    expect(await count('points')).toBe(committed);
  },
);

const crashReaction = (place: string) => ({
  name: `points.on-${place}`,
  on: [`crash.${place}` as never],
  run: async (event: { subject: string }, ctx: { db: EventingOptions['database']['db'] }) =>
    void (await sql`insert into points values (${event.subject})`.execute(ctx.db)),
});

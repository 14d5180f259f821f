// W10 for runs that wait: one that sleeps, waits for a signal and asks a person ends the same wherever the process dies.

import { afterAll, beforeAll, expect, it } from 'vitest';
import { createConsumers } from '../events/consumers.ts';
import { createRelay } from '../events/relay.ts';
import { openTestDatabase, type TestDatabase } from '../store/test-database.ts';
import { newTrace } from '../telemetry/trace.ts';
import { testServices, type TestServices } from '../test-services.ts';
import { inTransaction, serviceBase } from '../work.ts';
import { createEngine, type Engine } from './engine.ts';
import { completeTask, listTasks } from './operate.ts';
import type { Checkpoint } from './replay.ts';
import { LeaseLost } from './rows.ts';
import { signalReactions } from './signals.ts';
import { workflowOperations, workflowTables } from './tables.ts';
import { nothing, workflow } from './workflow.ts';

let database: TestDatabase;
let services: TestServices;
/** Keys of the calls that were made. */
let keys: Set<string>;

beforeAll(async () => {
  const migrations = { '1': workflowTables('shop'), '2': workflowOperations('shop') };
  database = await openTestDatabase([{ schema: 'shop', migrations }]);
});
afterAll(() => database.close());

const within = { days: 14 };
const buy = workflow(
  'shop.buy',
  1,
  async (step, { id }: { id: string }) => {
    await step.sleep('cool', { hours: 1 });
    const parcel = await step.signal('shipped', { type: 'parcel.sent', key: id, within });
    const review = await step.humanTask('review', { queue: 'orders', about: { id }, within });
    await step.call('book', 'op.book' as never, {}, { undo: nothing('final') });
    return { parcel, review };
  },
  { signals: ['parcel.sent'] },
);

const emptied = async (): Promise<void> => {
  await database.rows(`truncate shop.workflow_run, shop.workflow_step, shop.workflow_signal, shop.human_task,
    runtime.outbox, runtime.subject cascade`);
  keys = new Set();
  services = testServices(database, async (_operation, _input, key = '') => {
    keys.add(key);
    return {};
  });
};
const open = (checkpoint?: Checkpoint): Engine => {
  const engine = createEngine({ services, workflows: [buy], ...(checkpoint && { checkpoint }) });
  Object.assign(services, { startRuns: engine.startRuns, committed: () => engine.poke() });
  return engine;
};
const base = () => serviceBase(services, { name: 'shop.order', trace: newTrace() });

/** What happens to the run meanwhile: time passes, and whoever is asked agrees. */
async function goOn(): Promise<void> {
  services.clock.advance({ hours: 1 });
  const [task] = await listTasks(database.db, ['shop'], { limit: 10, state: 'open' });
  if (task === undefined) return;
  const deciding = { id: task.id, now: services.clock.now(), by: 'otto', result: { agreed: true } };
  await database.transaction((tx) => completeTask(tx, ['shop'], deciding));
}

/** Lets the process die at the n-th durable write; resolves with the name of the place, or undefined when it ended. */
async function dieAt(n: number): Promise<string | undefined> {
  let arrivals = 0;
  const death: { place?: string } = {};
  const died = Promise.withResolvers<void>();
  const engine = open((name) => {
    arrivals += 1;
    if (arrivals < n) return;
    death.place ??= name;
    died.resolve();
    throw new LeaseLost('killed');
  });
  const relay = await createRelay({ database, log: services.log });
  const consumers = await createConsumers({ services, relay, reactions: signalReactions([buy]) });
  await inTransaction(services, base(), async (ctx) => {
    ctx.start(buy, { key: 'a', input: { id: 'a' } });
    ctx.emit('parcel.sent' as never, { subject: 'a', data: { code: 'P-1' } as never });
  });
  await consumers.settled();
  for (let turn = 0; turn < 8 && death.place === undefined; turn++) {
    await Promise.race([engine.settled(), died.promise]);
    await goOn();
  }
  await engine.close();
  await consumers.close();
  await relay.close();
  return death.place;
}

it('a run that sleeps, waits and asks a person ends the same wherever the process dies', async () => {
  const places: string[] = [];
  for (let n = 1; n < 40; n++) {
    await emptied();
    const place = await dieAt(n);
    await database.rows(`update shop.workflow_run set lease_until = now() - interval '1 second'`);
    const next = open();
    for (let turn = 0; turn < 8; turn++) {
      await next.settled();
      await goOn();
    }
    await next.close();
    expect({
      place,
      runs: await database.rows('select state, result from shop.workflow_run'),
      tasks: await database.rows('select state from shop.human_task'),
      signals: await database.rows(`select name from shop.workflow_signal where consumed_by is not null order by name`),
      calls: keys.size,
    }).toEqual({
      place,
      runs: [{ state: 'completed', result: { parcel: { code: 'P-1' }, review: { agreed: true } } }],
      tasks: [{ state: 'done' }],
      signals: [{ name: 'parcel.sent a' }, { name: expect.stringContaining('review') as string }],
      calls: 1,
    });
    if (place === undefined) break;
    places.push(place);
  }
  expect(places.length).toBeGreaterThan(10);
  expect(places).toContain('workflow.end.after');
}, 60_000);

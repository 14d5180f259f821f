import { afterAll, afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import { anonymous } from '../../kernel/index.ts';
import { openTestDatabase, type TestDatabase } from '../../store/test-database.ts';
import { newTrace } from '../../telemetry/trace.ts';
import { silent } from '../../test-services.ts';
import { Hold, JobLost } from './hold.ts';
import { insertJob, takeJob } from './rows.ts';

let store: TestDatabase;
let hold: Hold;
let shown: number;
const id = 'job_1';

beforeAll(async () => {
  store = await openTestDatabase();
});
afterAll(() => store.close());
beforeEach(async () => {
  await store.rows('truncate runtime.operation_job');
  await store.transaction((tx) =>
    insertJob(tx, {
      id,
      operation: 'reports.makeReport',
      principalHash: Buffer.alloc(32),
      principal: anonymous,
      call: { input: {}, key: 'k' },
      irrevocable: false,
      trace: newTrace(),
      retainS: 60,
      keyRetainS: undefined,
    }),
  );
  shown = 0;
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  const job = await takeJob(store.db, id);
  if (job === undefined) throw new Error('it was not taken');
  hold = new Hold(job, {
    db: store.db,
    log: silent,
    showsProgress: true,
    isRevoked: () => Promise.resolve(false),
    changed: () => (shown += 1),
  });
});
afterEach(() => {
  hold.close();
  vi.useRealTimers();
});

const columns = async (what: string) =>
  (await store.rows(`select ${what} from runtime.operation_job where id = '${id}'`))[0];

const short = async () => (await columns(`lease_until < now() + interval '16 seconds' as short`))?.['short'];

it('is prolonged every five seconds, so that nobody else takes the job of a worker that lives', async () => {
  await store.rows(`update runtime.operation_job set lease_until = now() + interval '1 minute'`);
  expect(await short()).toBe(false);
  vi.advanceTimersByTime(5000);
  await vi.waitUntil(short, { timeout: 10_000 });
});

it('shows the latest progress, with a note of 200 letters at most, and no nonsense', async () => {
  for (const [done, total] of [
    [-1, undefined],
    [3, 2],
  ] as const)
    expect(() => hold.progress(done, total)).toThrow('0 ≤ done ≤ total');
  hold.progress(1, 2);
  hold.progress(2, 2, 'x'.repeat(500));
  await vi.waitUntil(() => shown === 1, { timeout: 10_000 });
  expect((await columns('progress'))?.['progress']).toEqual({ done: 2, total: 2, note: 'x'.repeat(200) });
});

it('of a job that another process cancelled is lost with the next progress that is written', async () => {
  await store.rows(`update runtime.operation_job set state = 'cancelled', fence = fence + 1`);
  hold.progress(1, 2);
  const isLost = (): boolean => {
    try {
      hold.expect(true);
      return false;
    } catch (error) {
      return error instanceof JobLost;
    }
  };
  await vi.waitUntil(isLost, { timeout: 10_000 });
  expect([shown, (await columns('progress'))?.['progress']]).toEqual([0, null]);
});

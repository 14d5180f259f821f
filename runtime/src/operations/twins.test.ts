// Repetitions that meet in one process. What becomes of their rows is looked at with a database (key-table.test.ts).

import { afterEach, expect, it, vi } from 'vitest';
import { elapsedMs } from '../kernel/index.ts';
import type { Answer, Exchange } from '../pipeline/exchange.ts';
import { ProblemBook } from '../pipeline/problems.ts';
import { patienceMs, Twins } from './twins.ts';

const x = { deadlineMs: 0, operation: { problems: new ProblemBook([], '') } } as unknown as Exchange;
const answer = (text: string): Answer => ({ status: 200, headers: [], type: 'text/plain', body: text });
const placeOf = ({ who = 'ada', operation = 'o', key = 'k', wish = 'w' } = {}) => ({
  principalHash: Buffer.from(who),
  operation,
  keyHash: Buffer.from(key),
  fingerprint: Buffer.from(wish),
});

afterEach(() => void vi.useRealTimers());

/** A first call that is held back, and what its repetitions get. */
function held() {
  const twins = new Twins();
  const { promise, resolve } = Promise.withResolvers<Answer>();
  let runs = 0;
  const join = (
    place = placeOf(),
    run = async () => answer('run'),
    replay: () => Promise<Answer | undefined> = async () => answer('replay'),
  ) =>
    twins.join(
      x,
      place,
      () => {
        runs += 1;
        return run();
      },
      replay,
    );
  const first = join(placeOf(), () => promise);
  return { first, join, end: () => resolve(answer('first')), runs: () => runs };
}

it('many wait for the first, none of them runs, and each gets what was stored', async () => {
  const { first, join, end, runs } = held();
  const others = Array.from({ length: 64 }, () => join());
  end();
  expect((await first).body).toBe('first');
  expect(new Set((await Promise.all(others)).map(({ body }) => body))).toEqual(new Set(['replay']));
  expect(runs()).toBe(1);
});

it('what another caller, operation or key has under way is waited for by nobody else', async () => {
  const { first, join, end, runs } = held();
  for (const other of [{ who: 'eve' }, { operation: 'p' }, { key: 'l' }])
    expect((await join(placeOf(other))).body).toBe('run');
  expect(runs()).toBe(4);
  end();
  await first;
});

it('another wish under the same key is refused at once while the first runs, and runs when it has left nothing', async () => {
  const { first, join, end } = held();
  expect((await join(placeOf({ wish: 'v' }))).code).toBe('idempotency-key-reused');
  end();
  await first;
  expect((await join(placeOf({ wish: 'v' }))).body).toBe('run');
});

it('when the first left nothing, one who waited runs', async () => {
  const { first, join, end, runs } = held();
  const second = join(placeOf(), undefined, async () => undefined);
  end();
  await first;
  expect([(await second).body, runs()]).toEqual(['run', 2]);
});

it('the wait is 2 s, and who waited is told to come again in 1 s', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  const { first, join, end } = held();
  let said: Answer | undefined;
  const second = join().then((told) => (said = told));
  await vi.advanceTimersByTimeAsync(1_999);
  expect(said).toBe(undefined);
  await vi.advanceTimersByTimeAsync(1);
  await second;
  expect([said?.code, said?.headers.slice(0, 2)]).toEqual(['idempotency-in-progress', ['Retry-After', '1']]);
  end();
  await first;
});

it('who has less time waits for four fifths of it', () => {
  expect(patienceMs({ deadlineMs: 0 })).toBe(2_000);
  expect(patienceMs({ deadlineMs: elapsedMs() + 60_000 })).toBe(2_000);
  const short = patienceMs({ deadlineMs: elapsedMs() + 1_000 });
  expect(short).toBeGreaterThan(0);
  expect(short).toBeLessThanOrEqual(800);
  expect(patienceMs({ deadlineMs: elapsedMs() - 1 })).toBe(1);
});

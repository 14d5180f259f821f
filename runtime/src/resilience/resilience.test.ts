// The guards on a clock of their own: what opens, what closes, what is counted.

import { describe, expect, it } from 'vitest';
import { type UpstreamAnswer, UpstreamFailure, type UpstreamRequest } from '../ports/index.ts';
import { AdaptiveLimit } from './adaptive-limit.ts';
import { Breaker, type BreakerState } from './breaker.ts';
import { Guard, type GuardedCall, GuardFailure } from './guard.ts';
import { backoffMs, RetryBudget } from './retry-budget.ts';

/** One more failure opens it. */
function opened(): { breaker: Breaker; states: BreakerState[] } {
  const states: BreakerState[] = [];
  const breaker = new Breaker(
    () => 0,
    (state) => states.push(state),
  );
  for (let n = 0; n < 20; n++) breaker.report(n % 2 === 0, 1000 + n);
  return { breaker, states };
}

async function tries(call: Partial<GuardedCall>, outcome: number | UpstreamFailure): Promise<number> {
  const { guard, sent } = guarded(() => outcome);
  await guard.call({ ...read(), ...call }).catch(() => undefined);
  return sent.length;
}

describe('the breaker', () => {
  it('opens at 20 calls of which half failed, not at 19 and not below half', () => {
    const few = new Breaker(() => 0);
    for (let n = 0; n < 19; n++) few.report(true, 1000);
    expect(few.state).toBe('closed');
    const good = new Breaker(() => 0);
    for (let n = 0; n < 100; n++) good.report(n % 3 === 0, 1000);
    expect(good.state).toBe('closed');
    // The twentieth call succeeds; the next failure judges.
    const { breaker } = opened();
    breaker.report(true, 1100);
    expect(breaker.state).toBe('open');
  });

  it('forgets what is older than 10 s', () => {
    const breaker = new Breaker(() => 0);
    for (let n = 0; n < 19; n++) breaker.report(true, 1000);
    breaker.report(true, 12_000);
    expect(breaker.state).toBe('closed');
  });

  it('lets one probe through after 5 s; its failure doubles the pause up to 60 s, its success closes', () => {
    const { breaker, states } = opened();
    breaker.report(true, 2000);
    let nowMs = 2000;
    for (const pauseMs of [5_000, 10_000, 20_000, 40_000, 60_000, 60_000]) {
      expect(breaker.take(nowMs + pauseMs - 1)).toBe(false);
      nowMs += pauseMs;
      expect([breaker.take(nowMs), breaker.take(nowMs)]).toEqual([true, false]);
      breaker.report(true, nowMs);
    }
    nowMs += 60_000;
    expect(breaker.take(nowMs)).toBe(true);
    breaker.report(false, nowMs);
    expect(breaker.state).toBe('closed');
    expect(states.slice(0, 4)).toEqual(['open', 'half-open', 'open', 'half-open']);
  });
});

it('a breaker varies its pause, so that processes do not probe together', () => {
  const pauses = [0, 0.5, 0.999].map((random) => {
    const breaker = new Breaker(() => random);
    for (let n = 0; n < 20; n++) breaker.report(true, 1000);
    return Math.round(breaker.waitMs(1000));
  });
  expect(pauses).toEqual([5_000, 4_500, 4_001]);
});

describe('the retry budget', () => {
  it('allows three, and a tenth of the calls of the last 10 s', () => {
    const budget = new RetryBudget();
    const taken = (nowMs: number): number =>
      Array.from({ length: 100 }, () => budget.take(nowMs)).filter(Boolean).length;
    expect(taken(1000)).toBe(3);
    for (let n = 0; n < 200; n++) budget.note(1500);
    expect(taken(2000)).toBe(17);
    expect(taken(15_000)).toBe(3);
  });

  it('waits between nothing and 50 ms doubled with each attempt, at most 2 s, at least what was asked', () => {
    expect([backoffMs(0, 0), backoffMs(0, 1), backoffMs(1, 1), backoffMs(9, 1)]).toEqual([0, 50, 100, 2000]);
    expect(backoffMs(0, 0.5, 700)).toBe(700);
  });
});

describe('the adaptive limit', () => {
  it('lets 16 go, 16 wait and refuses the 33rd; an end lets the next waiter go', async () => {
    const limit = new AdaptiveLimit();
    const entries = Array.from({ length: 33 }, () => limit.enter());
    expect(entries.filter((each) => each === true)).toHaveLength(16);
    expect(entries[32]).toBe(false);
    limit.exit(0, { trouble: false });
    await entries[16];
    expect([limit.underWay, limit.waiting]).toEqual([16, 15]);
  });

  it('shrinks by a tenth on trouble, once a round trip, to no less than 4', () => {
    const limit = new AdaptiveLimit();
    void limit.enter();
    limit.exit(1, { trouble: true });
    expect(limit.limit).toBe(14);
    for (let n = 0; n < 100; n++) {
      void limit.enter();
      limit.exit(1000 * n, { trouble: true });
    }
    expect(limit.limit).toBe(4);
  });

  it('grows while it is used and quick, to no more than 256, and shrinks when latency doubles', () => {
    const limit = new AdaptiveLimit();
    let nowMs = 0;
    const round = (latencyMs: number): void => {
      const many = limit.limit;
      for (let n = 0; n < many; n++) void limit.enter();
      nowMs += latencyMs;
      for (let n = 0; n < many; n++) limit.exit(nowMs, { trouble: false, latencyMs });
    };
    for (let n = 0; n < 20; n++) round(50);
    expect(limit.limit).toBeGreaterThan(20);
    for (let n = 0; n < 600; n++) round(50);
    expect(limit.limit).toBe(256);
    round(150);
    expect(limit.limit).toBeLessThan(256);
  });
});

describe('a guarded call', () => {
  it('is repeated twice at most, only when it may be, and only after 502, 503 or no connection', async () => {
    const refused = new UpstreamFailure('connect', false);
    expect(await tries({}, 503)).toBe(3);
    expect(await tries({}, 502)).toBe(3);
    expect(await tries({}, refused)).toBe(3);
    expect(await tries({ isRepeatable: false }, 503)).toBe(1);
    expect(await tries({ isRepeatable: false }, refused)).toBe(1);
    for (const once of [500, 504, 404, 429, new UpstreamFailure('timeout', true), new UpstreamFailure('broken', true)])
      expect(await tries({}, once)).toBe(1);
    expect(await tries({ repeats429: true }, 429)).toBe(3);
  });

  it('tells how long it has left and which attempt it is, and says when it was repeated', async () => {
    const { guard, sent } = guarded((n) => (n === 0 ? 503 : 200));
    const { answer, wasRepeated } = await guard.call(read());
    expect([answer.status, wasRepeated]).toEqual([200, true]);
    expect(sent.map(({ headers }) => headers.join(' '))).toEqual([
      'plinth-deadline 1000',
      'plinth-deadline 975 plinth-attempt 2',
    ]);
  });

  it('obeys Retry-After, unless it is too long to wait', async () => {
    const waits: number[] = [];
    const quick = guarded((n) => (n === 0 ? 503 : 200), { retryAfter: '1', waits });
    await quick.guard.call({ ...read(), timeoutMs: 5_000, deadlineMs: 5_000 });
    expect(waits).toEqual([1000]);
    const slow = guarded(() => 503, { retryAfter: '60' });
    await slow.guard.call({ ...read(), timeoutMs: 100_000, deadlineMs: 100_000 });
    expect(slow.sent).toHaveLength(1);
  });

  it('never takes longer than the caller has, nor begins what cannot end in time', async () => {
    const { guard, sent } = guarded(() => 200);
    await guard.call({ ...read(), timeoutMs: 10_000, deadlineMs: 300 });
    expect(sent[0]?.timeoutMs).toBe(300);
    await expect(guard.call({ ...read(), deadlineMs: 0 })).rejects.toMatchObject({ reason: 'no-time', wasSent: false });
    expect(sent).toHaveLength(1);
  });

  it('is not begun when half of the calls take longer than is left, whatever the slowest take', async () => {
    const { guard, sent } = guarded(() => 200, { latencyMs: (n) => (n % 4 === 0 ? 900 : 100) });
    const within = (leftMs: number): Promise<unknown> => {
      const deadlineMs = sent.reduce((sum, _, n) => sum + (n % 4 === 0 ? 900 : 100), 0) + leftMs;
      return guard.call({ ...read(), timeoutMs: 5_000, deadlineMs });
    };
    // Until enough were seen nothing is known.
    for (let n = 0; n < 20; n++) await within(n === 19 ? 5 : 1_000);
    for (let n = 0; n < 200; n++) await within(1_000);
    await expect(within(50)).rejects.toMatchObject({ reason: 'no-time', wasSent: false });
    expect(sent).toHaveLength(220);
    await within(200);
    expect(sent).toHaveLength(221);
  });

  it.each([
    [404, 40, 'closed'],
    [409, 40, 'closed'],
    [429, 20, 'open'],
    [500, 20, 'open'],
  ])('answered %i, %i times, leaves the breaker %3$s', async (status, many, state) => {
    const { guard } = guarded(() => status);
    for (let n = 0; n < many; n++) await guard.call(read());
    expect(guard.breaker.state).toBe(state);
  });

  it('is not made while the breaker is open, and the failure says when to come back', async () => {
    const { guard, sent } = guarded(() => 500);
    for (let n = 0; n < 20; n++) await guard.call(read());
    const failure: unknown = await guard.call(read()).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(GuardFailure);
    expect(failure).toMatchObject({ reason: 'breaker-open', retryAfterS: 5 });
    expect(sent).toHaveLength(20);
    expect(guard.limit.underWay).toBe(0);
  });

  it('that finds no room is refused at once', async () => {
    const { guard } = guarded(() => new Promise<number>(() => undefined));
    const calls = Array.from({ length: 33 }, () => guard.call(read()));
    await expect(calls[32]).rejects.toMatchObject({ reason: 'no-room' });
    for (const call of calls) call.catch(() => undefined);
  });
});

function read(): GuardedCall {
  return {
    method: 'GET',
    target: '/',
    headers: [],
    timeoutMs: 1_000,
    deadlineMs: 1_000,
    isRepeatable: true,
    repeats429: false,
  };
}

type Outcome = number | UpstreamFailure | Promise<number>;

/** A guard on a clock that only waits move. `outcomes` by number of the request. */
function guarded(
  outcomes: (n: number) => Outcome,
  {
    retryAfter,
    waits = [],
    latencyMs = () => 0,
  }: { retryAfter?: string; waits?: number[]; latencyMs?: (n: number) => number } = {},
): { guard: Guard; sent: UpstreamRequest[] } {
  const sent: UpstreamRequest[] = [];
  let nowMs = 0;
  const guard = new Guard({
    upstream: {
      async send(request): Promise<UpstreamAnswer> {
        sent.push(request);
        const outcome = await outcomes(sent.length - 1);
        nowMs += latencyMs(sent.length - 1);
        if (outcome instanceof UpstreamFailure) throw outcome;
        return {
          status: outcome,
          headers: retryAfter === undefined ? {} : { 'retry-after': retryAfter },
          body: Buffer.alloc(0),
        };
      },
      close: () => Promise.resolve(),
    },
    budget: new RetryBudget(),
    random: () => 0.5,
    now: () => nowMs,
    wait: (ms) => {
      waits.push(ms);
      nowMs += ms;
      return Promise.resolve();
    },
  });
  return { guard, sent };
}

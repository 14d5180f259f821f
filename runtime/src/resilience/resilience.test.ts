// The guards on a clock of their own: what opens, what closes, what is counted.

import { describe, expect, it } from 'vitest';
import { type UpstreamAnswer, UpstreamFailure, type UpstreamRequest } from '../ports/index.ts';
import { AdaptiveLimit } from './adaptive-limit.ts';
import { Breaker, type BreakerState } from './breaker.ts';
import { Guard, type GuardedCall, GuardFailure, retryAfterMs } from './guard.ts';
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
    const half = new Breaker(() => 0);
    for (let n = 0; n < 20; n++) half.report(n >= 10, 1000);
    expect(half.state).toBe('open');
    // The twentieth call succeeds; the next failure judges.
    const { breaker } = opened();
    breaker.report(true, 1100);
    expect(breaker.state).toBe('open');
  });

  it('is closed or opened anew by its probe, not by the answer of a call that went before', () => {
    const { breaker, states } = opened();
    breaker.report(true, 2000);
    expect(breaker.take(7000)).toBe(true);
    breaker.report(true, 7100, 1500);
    breaker.report(false, 7100, 1500);
    expect(breaker.state).toBe('half-open');
    breaker.report(false, 7200, 7000);
    // Nor do they fill the count of the next time.
    for (let n = 0; n < 40; n++) breaker.report(true, 7300, 1500);
    expect(states).toEqual(['open', 'half-open', 'closed']);
  });

  it('forgets what is older than 10 s', () => {
    const breaker = new Breaker(() => 0);
    for (let n = 0; n < 19; n++) breaker.report(true, 1000);
    breaker.report(true, 11_000);
    expect(breaker.state).toBe('closed');
  });

  it('hears nothing of calls that went before it opened', () => {
    const { breaker, states } = opened();
    breaker.report(true, 2000);
    for (let n = 0; n < 40; n++) breaker.report(true, 2500);
    expect([breaker.take(7000), states]).toEqual([true, ['open', 'half-open']]);
  });

  it('begins anew when it has closed: with no failures, and with the first pause', () => {
    const { breaker } = opened();
    breaker.report(true, 2000);
    for (const nowMs of [7000, 17_000]) {
      expect(breaker.take(nowMs)).toBe(true);
      breaker.report(nowMs === 7000, nowMs);
    }
    expect(breaker.state).toBe('closed');
    breaker.report(true, 17_000);
    expect(breaker.state).toBe('closed');
    for (let n = 0; n < 19; n++) breaker.report(true, 17_000);
    expect([breaker.state, breaker.waitMs(17_000)]).toEqual(['open', 5_000]);
  });

  it('that opens again soon counts anew: the failures that opened it are over', () => {
    const { breaker } = opened();
    breaker.report(true, 2000);
    expect(breaker.take(7000)).toBe(true);
    breaker.report(false, 7000);
    for (let n = 0; n < 19; n++) breaker.report(true, 7000);
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

/** A limit of which one call is made at a time; the first ones take `usualMs`. */
function alone(
  usualMs: number,
  calls = 20,
): { limit: AdaptiveLimit; after: (latencyMs: number, trouble?: boolean) => number } {
  const limit = new AdaptiveLimit();
  let nowMs = 0;
  const after = (latencyMs: number, trouble = false): number => {
    void limit.enter();
    nowMs += 100_000;
    limit.exit(nowMs, { trouble, latencyMs });
    return limit.limit;
  };
  for (let n = 0; n < calls; n++) after(usualMs);
  return { limit, after };
}

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

  it('that has grown meanwhile lets two go at the end of one', () => {
    const limit = new AdaptiveLimit();
    for (let n = 0; n < 32; n++) void limit.enter();
    for (let n = 0; n < 17; n++) limit.exit(n, { trouble: false, latencyMs: 5 });
    expect([limit.limit, limit.underWay]).toEqual([17, 15]);
    for (let n = 0; n < 20; n++) void limit.enter();
    expect([limit.underWay, limit.waiting]).toEqual([17, 17]);
    while (limit.limit === 17) {
      void limit.enter();
      limit.exit(100, { trouble: false, latencyMs: 5 });
    }
    expect(limit.underWay).toBe(limit.limit);
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

  it('does not grow for who leaves it half empty', () => {
    expect(alone(50, 500).limit.limit).toBe(16);
  });

  it('shrinks above twice the usual time, and only where that is 10 ms more', () => {
    expect([alone(50).after(100), alone(50).after(101)]).toEqual([16, 14]);
    expect([alone(1).after(11), alone(1).after(12)]).toEqual([16, 14]);
  });

  it('judges nothing by the first twenty calls', () => {
    expect([alone(10, 19).after(1_000), alone(10, 20).after(1_000)]).toEqual([16, 14]);
  });

  it('takes neither a few slow calls nor what got no answer for usual', () => {
    const slow = alone(50);
    expect([150, 150, 150].map((latencyMs) => slow.after(latencyMs))).toEqual([14, 12, 11]);
    const silent = alone(50);
    for (let n = 0; n < 3; n++) silent.after(10_000, true);
    expect([silent.limit.limit, silent.after(150)]).toEqual([11, 10]);
  });

  it('shrinks once for calls that went out together', () => {
    const { limit } = alone(50);
    for (let n = 0; n < 10; n++) void limit.enter();
    for (let n = 0; n < 10; n++) limit.exit(9_000_000 + n, { trouble: true });
    expect(limit.limit).toBe(14);
    void limit.enter();
    limit.exit(9_000_051, { trouble: true });
    expect(limit.limit).toBe(12);
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
    // Nor is it waited for when there is no time left then.
    const late = guarded(() => 503, { retryAfter: '1' });
    const { answer, wasRepeated } = await late.guard.call({ ...read(), timeoutMs: 1_000 });
    expect([answer.status, wasRepeated, late.sent.length]).toEqual([503, false, 1]);
  });

  it.each([
    ['12', 12_000],
    ['0', 0],
    ['999999', 999_999_000],
    ['1000000', undefined],
    ['1.5', undefined],
    ['-1', undefined],
    ['2 s', undefined],
    ['Wed, 21 Oct 2026 07:28:00 GMT', undefined],
    [['1', '2'], undefined],
  ])('takes a Retry-After of %j for %s ms', (text, ms) => {
    expect(retryAfterMs({ status: 503, headers: { 'retry-after': text }, body: Buffer.alloc(0) })).toBe(ms);
  });

  it('is repeated as far as the budget of its upstream goes', async () => {
    const few = guarded(() => 503);
    for (let n = 0; n < 10; n++) await few.guard.call(call(few));
    expect(few.sent).toHaveLength(10 + 3);
    const many = guarded((n) => (n < 100 ? 200 : 503));
    for (let n = 0; n < 110; n++) await many.guard.call(call(many));
    expect(many.sent).toHaveLength(110 + 11);
  });

  it.each([
    ['503', 503],
    ['silence', new UpstreamFailure('timeout', true)],
  ])('leaves less room after %s', async (_, outcome) => {
    const { guard } = guarded(() => outcome);
    await guard.call({ ...read(), isRepeatable: false }).catch(() => undefined);
    expect(guard.limit.limit).toBe(14);
  });

  it('that gets no connection is a failure to the breaker, and told as any other', async () => {
    const observed: string[] = [];
    const { guard } = guarded(() => new UpstreamFailure('connect', false), { observed });
    for (let n = 0; n < 20; n++) await guard.call({ ...read(), isRepeatable: false }).catch(() => undefined);
    expect(guard.breaker.state).toBe('open');
    expect(observed).toEqual(Array.from({ length: 20 }, () => 'connect'));
  });

  it('that was repeated says so when it fails in the end, also because the breaker has opened', async () => {
    const silent = guarded((n) => (n === 0 ? 503 : new UpstreamFailure('timeout', true)));
    await expect(silent.guard.call(read())).rejects.toMatchObject({
      reason: 'timeout',
      wasSent: true,
      wasRepeated: true,
    });
    const failing = guarded((n) => (n < 19 ? 500 : 503));
    for (let n = 0; n < 19; n++) await failing.guard.call(read());
    await expect(failing.guard.call(read())).rejects.toMatchObject({ reason: 'breaker-open', wasRepeated: true });
  });

  it('that gets room when its time is over is not made, and gives the room back', async () => {
    const held = Promise.withResolvers<number>();
    const world = guarded(() => held.promise);
    const calls = Array.from({ length: 17 }, () => world.guard.call(read()));
    world.pass(2_000);
    held.resolve(200);
    await expect(calls[16]).rejects.toMatchObject({ reason: 'no-time', wasSent: false });
    await Promise.all(calls.slice(0, 16));
    expect([world.sent.length, world.guard.limit.underWay]).toEqual([16, 0]);
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

  it('is not made while a probe finds out, and the failure says to come back in a second', async () => {
    const probe = Promise.withResolvers<number>();
    const world = guarded((n) => (n < 20 ? 500 : probe.promise));
    for (let n = 0; n < 20; n++) await world.guard.call(read());
    world.pass(5_000);
    const probing = world.guard.call(call(world));
    await expect(world.guard.call(call(world))).rejects.toMatchObject({ reason: 'breaker-open', retryAfterS: 1 });
    probe.resolve(200);
    expect(await probing).toMatchObject({ answer: { status: 200 } });
  });

  it('that fails in a way nobody knows may have been acted on', async () => {
    const { guard } = guarded(() => Promise.reject(new TypeError('odd')));
    await expect(guard.call(read())).rejects.toMatchObject({ reason: 'broken', wasSent: true });
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

/** The same for a caller who comes now. */
function call({ now }: Guarded): GuardedCall {
  return { ...read(), deadlineMs: now() + 1_000 };
}

type Outcome = number | UpstreamFailure | Promise<number>;

interface Guarded {
  guard: Guard;
  sent: UpstreamRequest[];
  now: () => number;
  /** Time goes by. */
  pass: (ms: number) => void;
}

/** A guard on a clock that only waits move. `outcomes` by number of the request. */
function guarded(
  outcomes: (n: number) => Outcome,
  {
    retryAfter,
    waits = [],
    observed = [],
    latencyMs = () => 0,
  }: { retryAfter?: string; waits?: number[]; observed?: string[]; latencyMs?: (n: number) => number } = {},
): Guarded {
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
    observe: (result) => observed.push(result),
    now: () => nowMs,
    wait: (ms) => {
      waits.push(ms);
      nowMs += ms;
      return Promise.resolve();
    },
  });
  return { guard, sent, now: () => nowMs, pass: (ms) => (nowMs += ms) };
}

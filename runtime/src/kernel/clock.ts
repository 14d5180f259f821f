// Time as an argument. Business code never reads the machine's clock, so tests can move it.

/** Business time. `now()` never runs backwards within one clock. */
export interface Clock {
  now(): Temporal.Instant;
}

/** The machine's clock. */
export const systemClock: Clock = { now: () => Temporal.Now.instant() };

/** A clock that stands still until moved; for tests and `plinth dev --clock`. */
export interface MovableClock extends Clock {
  advance(by: Temporal.DurationLike): void;
  set(to: Temporal.Instant): void;
}

/** Starts at `at`; runs on with the machine when `running`, else stands still. */
export function movableClock(at: Temporal.Instant, running = false): MovableClock {
  let base = at;
  let started = performance.now();
  const now = (): Temporal.Instant =>
    running ? base.add({ milliseconds: Math.floor(performance.now() - started) }) : base;
  return {
    now,
    advance(by) {
      base = now().add(by);
      started = performance.now();
    },
    set(to) {
      base = to;
      started = performance.now();
    },
  };
}

/** Milliseconds that only measure durations (never business time). Fractions are kept. */
export function elapsedMs(): number {
  return performance.now();
}

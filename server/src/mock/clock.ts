// The mock's clock: the machine's, or one that stands still, or one that is moved over `/__plinth/clock`.

import { type Clock, movableClock, type MovableClock, systemClock } from '@plinth/runtime/kernel';

export const clockModes = ['real', 'fixed', 'manual'] as const;
export type ClockMode = (typeof clockModes)[number];

export interface MockClock extends Clock {
  readonly mode: ClockMode;
  /** Moves forward by, or to. Throws a RangeError when the clock is fixed. */
  advance(by: Temporal.DurationLike): void;
  set(to: Temporal.Instant): void;
  /** Back to where it began; a real clock without a start goes on with the machine. */
  reset(): void;
}

/** `real` runs on from `at` (now, by default); `fixed` and `manual` stand at it, and only `manual` and `real` are moved. */
export function mockClock(mode: ClockMode, at: Temporal.Instant | undefined): MockClock {
  const start = (): MovableClock => movableClock(at ?? systemClock.now(), mode === 'real');
  const machine = byMilliseconds();
  let clock: Clock | MovableClock = at === undefined && mode === 'real' ? machine : start();
  const movable = (): MovableClock => {
    if (mode === 'fixed') throw new RangeError('The clock is fixed. Start the mock with --clock-mode manual.');
    if (!('advance' in clock)) clock = start();
    return clock as MovableClock;
  };
  return {
    mode,
    now: () => clock.now(),
    advance: (by) => movable().advance(by),
    set: (to) => movable().set(to),
    reset: () => {
      clock = at === undefined && mode === 'real' ? machine : start();
    },
  };
}

/** The machine's clock, read once in a millisecond: many calls come in one. */
function byMilliseconds(): Clock {
  let lastMs = Number.NaN;
  let last = systemClock.now();
  return {
    now: () => {
      const nowMs = Date.now();
      if (nowMs !== lastMs) {
        lastMs = nowMs;
        last = Temporal.Instant.fromEpochMilliseconds(nowMs);
      }
      return last;
    },
  };
}

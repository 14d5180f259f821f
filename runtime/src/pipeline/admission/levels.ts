// The overload level of each class, 0 to 1, from what the process can feel: waiting requests, heap, the database pool, and
// the event loop. A handler that awaits the database leaves the loop idle, so the pool has a say of its own.

import { getHeapStatistics } from 'node:v8';
import type { Criticality } from '@plinth/contract';
import type { Delays } from './class-queue.ts';

/** Most important first. */
export const classes: readonly Criticality[] = ['critical-plus', 'critical', 'sheddable-plus', 'sheddable'];

/** Level from which a class is refused more and more, in the order of `classes`; 0.2 further on it is refused wholly. */
export const thresholds: readonly number[] = [0.95, 0.7, 0.4, 0.2];
const widthOfRefusing = 0.2;

/** A saturated process always reads an event loop in full use: it sheds the sheddable, and must not refuse everything. */
const mostByLoop = 0.4;

/** What is felt from outside the queues. Each is asked every 100 ms at most. */
export interface LoadSignals {
  /** Part of the heap's limit in use, 0 to 1. */
  heap(): number;
  /** Age of the oldest request for a connection of the database pool. */
  poolWaitMs(): number;
  /** Part of the time since the last call in which the event loop was busy, 0 to 1. */
  loop(): number;
}

export interface Levels {
  /** In the order of `classes`: rising, since a class waits behind those above it. */
  readonly byClass: readonly number[];
  /** The same for callers who are unproven: they wait in a line of their own. */
  readonly unproven: readonly number[];
  readonly heap: number;
}

/** `delays` in the order of `classes`. */
export function levelsOf(delays: readonly Delays[], signals: LoadSignals): Levels {
  const heap = signals.heap();
  let level = Math.max(
    ramp(heap, 0.85, 0.95),
    ramp(signals.poolWaitMs(), 50, 500),
    Math.min(mostByLoop, ramp(signals.loop(), 0.9, 1)),
  );
  const byClass: number[] = [];
  const unproven: number[] = [];
  for (const delay of delays) {
    const own = Math.max(level, ramp(delay.proven, 10, 200));
    const theirs = Math.max(level, ramp(delay.unproven, 10, 200));
    byClass.push(own);
    unproven.push(theirs);
    level = Math.max(own, theirs);
  }
  return { byClass, unproven, heap };
}

/** Chance that a request of the class is refused at its level. */
export function refusedShare(level: number, threshold: number): number {
  return Math.min(1, Math.max(0, (level - threshold) / widthOfRefusing));
}

function ramp(value: number, from: number, to: number): number {
  return Math.min(1, Math.max(0, (value - from) / (to - from)));
}

/** This process. */
export function processSignals(poolWaitMs: () => number): LoadSignals {
  let last = performance.eventLoopUtilization();
  return {
    heap() {
      const { used_heap_size: used, heap_size_limit: limit } = getHeapStatistics();
      return used / limit;
    },
    poolWaitMs,
    loop() {
      const now = performance.eventLoopUtilization();
      const { utilization } = performance.eventLoopUtilization(now, last);
      last = now;
      return utilization;
    },
  };
}

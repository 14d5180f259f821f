// Services of tests in this package: a clock that stands still, calls answered by a function, no log output.

import type { Call, Log } from './context.ts';
import { movableClock, newIds, seededRandom, type MovableClock } from './kernel/index.ts';
import type { Database } from './ports/index.ts';
import { consents } from './store/consents.ts';
import type { WorkServices } from './work.ts';

export const silent: Log = { info: () => undefined, warn: () => undefined, error: () => undefined };

export interface TestServices extends WorkServices {
  clock: MovableClock;
}

/** `answer` plays all called operations. */
export function testServices(
  database: Database,
  answer: (operation: string, input: unknown, key: string | undefined) => unknown = () => ({}),
): TestServices {
  const clock = movableClock(Temporal.Instant.from('2030-01-01T09:00:00Z'));
  const call = async (operation: string, input: unknown, options?: { key?: string }): Promise<unknown> =>
    answer(operation, input, options?.key);
  return {
    database,
    clock,
    ids: newIds(clock),
    random: seededRandom(1),
    log: silent,
    consents,
    callFor: () => call as Call,
    committed: () => undefined,
  };
}

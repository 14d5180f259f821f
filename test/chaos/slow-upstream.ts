// F8: the core bank becomes slow, answers too late, or one direction of the line to it is a black hole.

import type { ChaosSuite, LineFaults } from '@plinth/testing';
import { bankTimeoutMs } from '../faults/core-bank.ts';
import { type Phase, upstreamRun } from '../faults/upstream-run.ts';

const phase = (name: string, faults: LineFaults): Phase => ({
  name,
  begin: ({ line }) => line.be(faults),
  end: ({ line }) => line.be({}),
});

/** Too late counts both ways: requests arrive in time and their answers do not. */
const phases: readonly Phase[] = [
  phase('it never hears of us', { swallow: 'there' }),
  phase('it acts, and we never hear of it', { swallow: 'back' }),
  phase('it answers too late', { delayMs: bankTimeoutMs * 0.6, jitterMs: bankTimeoutMs * 0.3 }),
  phase('it is slow', { delayMs: bankTimeoutMs * 0.15, jitterMs: bankTimeoutMs * 0.2 }),
];

export const suite: ChaosSuite = {
  name: 'slow-upstream',
  about:
    'the core bank is slow, too late or silent one way; each transfer once or not at all, and others do not notice',
  run: (context) => upstreamRun(context, phases),
};

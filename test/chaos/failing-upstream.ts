// F9: the core bank refuses, cuts its answers in the middle, resets connections, and dies by `kill -9`.

import type { ChaosSuite } from '@plinth/testing';
import type { CoreBank } from '../faults/core-bank.ts';
import { type Phase, upstreamRun } from '../faults/upstream-run.ts';

const resetEveryMs = 60;
/** Within the head of an answer: the bank has acted by then. */
const cutAfterBytes = 30;

function resets(): Phase {
  let timer: NodeJS.Timeout | undefined;
  return {
    name: 'connections are reset',
    begin({ line }) {
      timer = setInterval(() => line.cut(), resetEveryMs);
    },
    end: () => clearInterval(timer),
  };
}

const phases: readonly Phase[] = [
  {
    name: 'its answers end in the middle',
    begin: ({ line }) => line.be({ cutAfterBytes }),
    end: ({ line }) => line.be({}),
  },
  resets(),
  { name: 'it dies', begin: (bank: CoreBank) => bank.kill(), end: (bank: CoreBank) => bank.start() },
  { name: 'it takes no connection', begin: ({ line }) => line.stop(), end: ({ line }) => line.start() },
];

export const suite: ChaosSuite = {
  name: 'failing-upstream',
  about:
    'the core bank refuses, cuts answers, resets and dies; each transfer once or not at all, and others do not notice',
  run: (context) => upstreamRun(context, phases),
};

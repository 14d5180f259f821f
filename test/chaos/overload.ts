// F12, the short form: more reads than can be done, with some critical calls among them. Only counts are judged, since
// times mean little on a machine that does other things; `npm run bench -- overload` has the ratios.

import type { ChaosSuite } from '@plinth/testing';
import { measure } from '../../bench/overload/measure.ts';
import { openDatabaseServer } from '../faults/deployment.ts';

const multiple = 8;
const criticalShare = 0.2;

export const suite: ChaosSuite = {
  name: 'overload',
  about:
    'eight times too much: reads are refused, no critical call is, each refusal is the prebuilt one, then all is well',
  async run({ log, seconds }) {
    const place = await openDatabaseServer();
    try {
      const options = { databaseUrl: place.url, multiples: [multiple], seconds, criticalShare };
      const { phases } = await measure({ ...options, say: (line) => log(line) });
      const [phase] = phases;
      if (phase === undefined) throw new Error('nothing was measured');
      const { critical, burn } = phase.load.tallies;
      const { after, plainAfter } = phase;
      const figures = {
        criticalOffered: critical.offered,
        criticalRefused: critical.refused,
        readsOffered: burn.offered,
        readsRefused: burn.refused + burn.heldBack,
        strange: phase.load.strange,
        failed: critical.other + burn.other,
        criticalRefusedAfter: after.tallies.critical.refused,
        askedAfter: plainAfter.asked,
        refusedAfter: plainAfter.refused,
      };
      const isShed = figures.readsRefused > 0 && figures.criticalRefused === 0 && figures.criticalRefusedAfter === 0;
      const ok =
        isShed && figures.strange === 0 && figures.failed === 0 && plainAfter.asked > 0 && plainAfter.refused === 0;
      return { ok, figures };
    } finally {
      await place.close();
    }
  },
};

// F1 by name: the process dies at every crash point of the sources, each at a real write under load, and starts again.
// Then the same for single flows, at each passing of each point.

import { seededRandom } from '@plinth/runtime';
import { type ChaosOutcome, type ChaosSuite } from '@plinth/testing';
import { auditedRun, makeTemplate } from '../faults/audited-run.ts';
import { crashPointNames, passedAtStart, sweptElsewhere } from '../faults/crash-points.ts';
import { makeDatabase, makeServer, openDatabaseServer } from '../faults/deployment.ts';
import { sweepFlows } from '../faults/flow-sweep.ts';

/** Under load each point is passed many times a second; undoing waits for a refused order. */
const reachedWithinMs = 20_000;
/** The short form looks at a few points, other ones with each seed. */
const shortPoints = 2;
const shortPointsOfFlow = 1;
const shortSeconds = 10;

export const suite: ChaosSuite = {
  name: 'crash-points',
  about:
    'the server dies at every named crash point under load; each one is reached, and the money audit finds nothing',
  async run({ log, seconds, seed }): Promise<ChaosOutcome> {
    const random = seededRandom(seed);
    const all = crashPointNames().filter((name) => !sweptElsewhere.includes(name) && !passedAtStart.includes(name));
    const isShort = seconds < shortSeconds;
    const names = isShort ? Array.from({ length: shortPoints }, () => random.pick(all)) : all;
    const unreached: string[] = [];
    const server = await openDatabaseServer();
    const atStart = await dieAtStart(server.url, log);
    const template = await makeTemplate(server.url);
    try {
      const flows = await sweepFlows({
        log,
        databaseUrl: server.url,
        template: template.name,
        names: all,
        sample: isShort ? { points: shortPointsOfFlow, random } : undefined,
      });
      const outcome = await auditedRun({
        log,
        seconds: isShort ? 60 : 600,
        seed,
        databaseUrl: server.url,
        template: template.name,
        endWithFaults: true,
        parallel: 4,
        async faults({ server: process_, firstSuccess }) {
          for (const name of names) {
            await process_.kill();
            const place = `${name}:${1 + random.int(3)}`;
            await process_.start({ crashAt: place });
            const reached = await process_.ended(reachedWithinMs);
            log(`${reached ? 'died at' : '✗ never came to'} ${place}`);
            if (!reached) unreached.push(name);
          }
          await process_.kill();
          await process_.start();
          await firstSuccess();
        },
      });
      return {
        ok:
          outcome.findings.length === 0 &&
          unreached.length === 0 &&
          atStart &&
          flows.findings.length === 0 &&
          flows.missed.length === 0,
        figures: {
          points: names.length - unreached.length,
          unreached: unreached.length,
          acts: outcome.acts.length,
          ...outcome.figures,
          findings: outcome.findings.length,
          flowPoints: flows.points,
          flowDeaths: flows.deaths,
          flowLost: flows.figures.lost,
          flowDuplicated: flows.figures.duplicated,
          flowMoneyDelta: flows.figures.moneyDelta,
          flowFindings: flows.findings.length,
        },
      };
    } finally {
      await template.close();
      await server.close();
    }
  },
};

/** A migration that dies half way leaves nothing; the next start finishes the work. */
async function dieAtStart(databaseUrl: string, log: (line: string) => void): Promise<boolean> {
  const place = await makeDatabase(databaseUrl);
  const server = await makeServer({ databaseUrl: place.url });
  try {
    for (const name of passedAtStart) {
      const survived = await server.start({ crashAtStart: `${name}:3` }).then(
        () => true,
        () => false,
      );
      if (survived) {
        log(`✗ never came to ${name}`);
        return false;
      }
      log(`died at ${name}`);
    }
    await server.start();
    return true;
  } finally {
    await server.close();
    await place.close();
  }
}

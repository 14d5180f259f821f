// F1 by name: the process dies at every crash point of the sources, each at a real write under load, and starts again.
// Then the same for single flows, at each passing of each point.

import { type Random, seededRandom } from '@plinth/runtime';
import { type ChaosOutcome, type ChaosSuite } from '@plinth/testing';
import { auditedRun, makeTemplate } from '../faults/audited-run.ts';
import { passedAtStart, sweptHere } from '../faults/crash-points.ts';
import { makeDatabase, makeServer, openDatabaseServer } from '../faults/deployment.ts';
import { sweepFlows } from '../faults/flow-sweep.ts';
import { flowNames } from '../faults/flows.ts';

/** Under load each point is passed many times a second; undoing waits for a refused order. */
const reachedWithinMs = 20_000;
/** The short form looks at a few points, other ones with each seed. */
const shortPoints = 2;
const shortPointsOfFlow = 1;
const shortSeconds = 10;

/** Starting, all of it under load, and each flow by itself. */
const parts = ['start', 'load', ...flowNames] as const;

export const suite: ChaosSuite = {
  name: 'crash-points',
  about:
    'the server dies at every named crash point under load and in each flow; each one is reached, and the money audit finds nothing',
  parts,
  async run({ log, seconds, seed, part, within = '' }): Promise<ChaosOutcome> {
    const random = seededRandom(seed);
    const names = sweptHere();
    const isShort = seconds < shortSeconds;
    const isWanted = (name: string): boolean => part === undefined || part === name;
    const server = await openDatabaseServer();
    const atStart = !isWanted('start') || (await dieAtStart(server.url, log));
    const outcomes: ChaosOutcome[] = [{ ok: atStart, figures: {} }];
    if (part === 'start') return { ok: atStart, figures: { points: passedAtStart.length } };
    const template = await makeTemplate(server.url);
    const place = { log, databaseUrl: server.url, template: template.name };
    try {
      if (part !== 'load') {
        const sample = isShort ? { points: shortPointsOfFlow, random } : undefined;
        const flow = flowNames.find((name) => name === part);
        const points = names.filter((name) => name.startsWith(within));
        const swept = await sweepFlows({ ...place, names: points, flow, sample });
        outcomes.push({
          ok: swept.findings.length === 0 && swept.missed.length === 0,
          figures: {
            flowPoints: swept.points,
            flowDeaths: swept.deaths,
            flowLost: swept.figures.lost,
            flowDuplicated: swept.figures.duplicated,
            flowMoneyDelta: swept.figures.moneyDelta,
            flowFindings: swept.findings.length,
          },
        });
      }
      if (isWanted('load')) {
        const points = isShort ? Array.from({ length: shortPoints }, () => random.pick(names)) : names;
        outcomes.push(await dieUnderLoad({ ...place, points, seed, random, seconds: isShort ? 60 : 600 }));
      }
    } finally {
      await template.close();
      await server.close();
    }
    const figures: Record<string, number> = {};
    for (const outcome of outcomes) Object.assign(figures, outcome.figures);
    return { ok: outcomes.every(({ ok }) => ok), figures };
  },
};

interface UnderLoad {
  log: (line: string) => void;
  databaseUrl: string;
  template: string;
  points: readonly string[];
  seconds: number;
  seed: number;
  random: Random;
}

async function dieUnderLoad({ points, random, ...options }: UnderLoad): Promise<ChaosOutcome> {
  const unreached: string[] = [];
  const outcome = await auditedRun({
    ...options,
    endWithFaults: true,
    parallel: 4,
    async faults({ server: process_, firstSuccess }) {
      for (const name of points) {
        await process_.kill();
        const place = `${name}:${1 + random.int(3)}`;
        await process_.start({ crashAt: place });
        const reached = await process_.ended(reachedWithinMs);
        options.log(`${reached ? 'died at' : '✗ never came to'} ${place}`);
        if (!reached) unreached.push(name);
      }
      await process_.kill();
      await process_.start();
      await firstSuccess();
    },
  });
  return {
    ok: outcome.findings.length === 0 && unreached.length === 0,
    figures: {
      points: points.length - unreached.length,
      unreached: unreached.length,
      acts: outcome.acts.length,
      ...outcome.figures,
      findings: outcome.findings.length,
    },
  };
}

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

// Requests made from our own contracts, round after round with other values: valid ones, ones with exactly one fault, and
// chains that make, change, move and remove things. Every answer is one that its contract describes.

import { failureText } from '@plinth/contract';
import type { ChaosSuite } from '@plinth/testing';
import { openOwnContracts } from '../faults/own-contracts.ts';

const mostRequests = 100_000;
/** The long form: so many random requests for each operation and phase of a round; the short form sends some of all kinds. */
const cases = { long: 25, short: 1 };
const longSeconds = 30;
const workers = 4;

export const suite: ChaosSuite = {
  name: 'fuzz',
  about:
    'Requests made from every contract, valid, with one fault, and in chains: no 5xx, no answer that is not described, valid ones taken, others refused.',
  async run({ log, seconds, seed }) {
    const own = await openOwnContracts();
    const figures = { requests: 0, rounds: 0, failures: 0, broken: 0 };
    const signal = AbortSignal.timeout(seconds * 1000);
    const isOver = (): boolean => signal.aborted || figures.requests >= mostRequests;
    try {
      for (let round = seed; !isOver(); round++) {
        for (const contract of own.contracts) {
          if (isOver()) break;
          const asked = { seed: round, cases: seconds >= longSeconds ? cases.long : cases.short, workers, signal };
          const report = await own.test(contract, asked);
          figures.requests += report.requests;
          figures.failures += report.failures.length;
          for (const failure of report.failures)
            log(`✗ ${contract.id}, seed ${round}\n${failureText(failure, { baseUrl: own.baseUrlOf(contract) })}`);
        }
        figures.rounds += 1;
        log(`${figures.requests} requests, ${figures.failures} failures`);
      }
      const broken = await own.broken();
      broken.forEach((invariant) => log(`✗ ${JSON.stringify(invariant)}`));
      figures.broken = broken.length;
    } finally {
      await own.close();
    }
    return { ok: figures.requests > 0 && figures.failures + figures.broken === 0, figures };
  },
};

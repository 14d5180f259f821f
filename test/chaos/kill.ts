// F1: the server process dies by `kill -9` under load, again and again, and is started again.

import { seededRandom } from '@plinth/runtime';
import type { ChaosOutcome, ChaosSuite } from '@plinth/testing';
import { auditedRun, makeTemplate } from '../faults/audited-run.ts';
import { openDatabaseServer } from '../faults/deployment.ts';

const quantile = (values: readonly number[], part: number): number =>
  values.toSorted((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * part))] ?? 0;

/** From here on there are enough deaths for a hundredth of them to say something. */
const longSeconds = 60;
const mostBackMs = 2_000;

export const suite: ChaosSuite = {
  name: 'kill',
  about:
    'the server dies by kill -9 under load; nothing acknowledged is lost, nothing happens twice, money is exact; at length: p99 of the first success ≤ 2 s',
  async run({ log, seconds, seed }): Promise<ChaosOutcome> {
    const server = await openDatabaseServer();
    const template = await makeTemplate(server.url);
    try {
      const random = seededRandom(seed);
      const backMs: number[] = [];
      const outcome = await auditedRun({
        log,
        seconds,
        seed,
        databaseUrl: server.url,
        template: template.name,
        async faults({ server: process_, leftMs, firstSuccess }) {
          while (leftMs() > 1000) {
            await new Promise((resolve) => setTimeout(resolve, 200 + random.int(2800)));
            await process_.kill();
            const started = performance.now();
            await process_.start();
            await firstSuccess();
            backMs.push(performance.now() - started);
          }
          log(`${backMs.length} kills; first success p50 ${Math.round(quantile(backMs, 0.5))} ms`);
        },
      });
      const { acked, refused, unknown, effects, facts, lost, duplicated, moneyDelta } = outcome.figures;
      const backP99Ms = quantile(backMs, 0.99);
      const isBackInTime = seconds < longSeconds || backP99Ms <= mostBackMs;
      if (!isBackInTime) log(`✗ first success p99 ${Math.round(backP99Ms)} ms, more than ${mostBackMs} ms`);
      return {
        ok: outcome.findings.length === 0 && backMs.length > 0 && isBackInTime,
        figures: {
          kills: backMs.length,
          acts: outcome.acts.length,
          acked,
          refused,
          unknown,
          effects,
          facts,
          replayed: outcome.replayed,
          webhooks: outcome.webhooks,
          lost,
          duplicated,
          moneyDelta,
          findings: outcome.findings.length,
          backP50Ms: quantile(backMs, 0.5),
          backP99Ms,
        },
      };
    } finally {
      await template.close();
      await server.close();
    }
  },
};

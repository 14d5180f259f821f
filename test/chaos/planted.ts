// The positive control: mistakes are planted into the server, and the money audit must notice each of them.

import type { PlantedFault } from '@plinth/runtime';
import type { ChaosOutcome, ChaosSuite } from '@plinth/testing';
import { sql } from 'kysely';
import { type AuditedOptions, auditedRun, makeTemplate } from '../faults/audited-run.ts';
import { type DatabasePlace, openDatabaseServer } from '../faults/deployment.ts';
import { sinkTable } from '../faults/sink.ts';

/** What the audit says of each; `fence.skipped` is noticed by workflows/laws.test.ts and operations/leased.test.ts. */
const noticed: Readonly<Record<Exclude<PlantedFault, 'fence.skipped'>, string>> = {
  'inbox.skipped': 'an effect without an inbox row',
  'delivery.twice': 'an event that had its effect twice',
  'fact.dropped': 'an effect without its event',
  'audit.skipped': 'an event without exactly one audit row',
  'answer.changed': 'a repeated key was answered with other bytes',
  'effect.outside': 'an event that had its effect twice',
  'answer.early': 'acknowledged without effect',
  'key.kept': 'a key without its answer',
  'seal.wrong': 'the audit is not as it was sealed',
};

type Planted = keyof typeof noticed;

/** Seen without any fault from outside. */
const always: readonly Planted[] = [
  'inbox.skipped',
  'delivery.twice',
  'fact.dropped',
  'audit.skipped',
  'answer.changed',
  'key.kept',
  'seal.wrong',
];
/** Seen when the process dies at the wrong moment. */
const whenKilled: readonly Planted[] = ['effect.outside', 'answer.early'];

/** Several reactions share the place where it dies: it dies until the sink was met. */
const mostDeaths = 20;
/** Each leaves one answer at least that had no commit; several, because a dying socket may keep its last bytes. */
const earlyDeaths = 3;
/** The client ends with the deaths; so long they take on a machine that does much else. */
const secondsKilled = 120;

export const suite: ChaosSuite = {
  name: 'planted',
  about:
    'planted mistakes (facts dropped, effects outside their transaction, early answers, …) are all noticed by the audit',
  async run({ log, seconds, seed }): Promise<ChaosOutcome> {
    const server = await openDatabaseServer();
    const template = await makeTemplate(server.url);
    const common = {
      log: (line: string) => log(line.replace('✗', '·')),
      seed,
      databaseUrl: server.url,
      template: template.name,
      mostReplays: 40,
    };
    const missed = async (
      names: readonly Planted[],
      run: Pick<AuditedOptions, 'seconds' | 'faults' | 'planted' | 'endWithFaults'>,
    ): Promise<Planted[]> => {
      const { findings } = await auditedRun({ ...common, ...run, restWithinMs: 10_000 });
      const checks = new Set(findings.map(({ check }) => check));
      return names.filter((name) => !checks.has(noticed[name]));
    };
    try {
      const unseen = [
        ...(await missed(always, { seconds, planted: always, faults: () => Promise.resolve() })),
        ...(await missed(whenKilled, {
          seconds: secondsKilled,
          endWithFaults: true,
          async faults({ server: process_, database, firstSuccess }) {
            await process_.kill();
            for (let death = 1; death <= earlyDeaths; death++) {
              await process_.start({ planted: whenKilled, crashAt: `write.told-early:${5 * death}` });
              await firstSuccess();
              log(`told early ${death}: ${(await process_.ended(15_000)) ? 'died' : 'lived'}`);
              await process_.kill();
            }
            for (let death = 1; death <= mostDeaths && !(await metSink(database)); death++) {
              await process_.start({ planted: whenKilled, crashAt: `reaction.before-commit:${3 * death}` });
              const died = await process_.ended(5000);
              log(`death ${death}: ${died ? 'died' : 'lived'}`);
              await process_.kill();
            }
            await process_.start({ planted: [] });
          },
        })),
      ];
      for (const name of unseen) log(`✗ not noticed: ${name}`);
      const planted = always.length + whenKilled.length;
      return { ok: unseen.length === 0, figures: { planted, noticed: planted - unseen.length } };
    } finally {
      await template.close();
      await server.close();
    }
  },
};

/** An event has written two rows: it was told again after a death between the row and what says that it was told. */
async function metSink({ database }: DatabasePlace): Promise<boolean> {
  const { rows } = await sql`
    select 1 from ${sql.raw(sinkTable)} group by event_id having count(*) > 1 limit 1`.execute(database.db);
  return rows.length > 0;
}

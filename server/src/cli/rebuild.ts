// `plinth rebuild NAME`: folds a projection again from the event log, beside a running platform or without one.

import { rebuildProjection } from '@plinth/runtime';
import type { AddCommand } from './commands.ts';
import { CliFailure, exit } from './failure.ts';
import { note, out, outJson, styled } from './printer.ts';
import { idleServices, storedCapabilities, withDatabase } from './with-database.ts';

interface RebuildFlags {
  data?: string;
  json?: boolean;
}

export const addRebuild: AddCommand = (program, done) => {
  program
    .command('rebuild')
    .description('fold a projection again from the event log; without a name, list them')
    .argument('[name]', 'name of the projection: customers.project-timeline, or all')
    .option('--data <folder>', 'data folder (.plinth)')
    .option('--json', 'machine-readable output')
    .action((name: string | undefined, flags: RebuildFlags) => done(rebuild(name, flags)));
};

async function rebuild(name: string | undefined, flags: RebuildFlags): Promise<number> {
  const projections = storedCapabilities()
    .flatMap(({ reactions = [] }) => reactions)
    .filter(({ projection }) => projection !== undefined);
  if (name === undefined) {
    for (const each of projections) out(`${each.name}  ${each.projection?.table ?? ''}`);
    return exit.done;
  }
  const chosen = projections.filter((each) => name === 'all' || each.name === name);
  if (chosen.length === 0)
    throw new CliFailure(`No projection is called ${name}`, {
      why: `There are ${projections.map((each) => each.name).join(', ')}.`,
      advice: 'plinth rebuild all',
      code: exit.usage,
    });
  return withDatabase(
    flags.data,
    async (opened) => {
      for (const reaction of chosen) {
        const started = performance.now();
        const { events, before, after, isSame } = await rebuildProjection(idleServices(opened), reaction);
        if (flags.json) outJson({ name: reaction.name, events, before, after, isSame });
        else
          out(
            `${styled('green', '✓', process.stdout)} ${reaction.name}  ${events} events, ${after} rows, ${isSame ? 'as before' : `other than the ${before} before`}`,
          );
        note(`${((performance.now() - started) / 1000).toFixed(2)} s`);
      }
      return exit.done;
    },
    { beside: true },
  );
}

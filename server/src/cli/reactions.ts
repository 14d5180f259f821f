// `plinth reactions`: how far each reaction is, and who has none to run it; `forget` ends the waiting for one of those.

import { forgetReaction, listReactions } from '@plinth/runtime';
import type { AddCommand } from './commands.ts';
import { CliFailure, exit } from './failure.ts';
import { knownReactions } from './known-reactions.ts';
import { note, out, outJson } from './printer.ts';
import { withDatabase } from './with-database.ts';

interface ReactionFlags {
  data?: string;
  json?: boolean;
}

export const addReactions: AddCommand = (program, done) => {
  const command = program
    .command('reactions')
    .description('list reactions, how far behind they are, and those that no process has any more')
    .option('--data <folder>', 'data folder (.plinth)')
    .option('--json', 'machine-readable output')
    .action((flags: ReactionFlags) => done(list(flags)));
  command
    .command('forget')
    .description('keep no more facts for one that was taken out or renamed')
    .argument('<name>', 'its name: orders.on-captured')
    .action((name: string, _flags: ReactionFlags, self: typeof command) => done(forget(name, self.optsWithGlobals())));
};

function list({ data, json }: ReactionFlags): Promise<number> {
  return withDatabase(
    data,
    async ({ database }) => {
      const known = knownReactions();
      const reactions = (await listReactions(database.db)).map((each) => ({
        ...each,
        isOrphaned: each.isOrphaned && !known.has(each.name),
      }));
      for (const each of reactions) {
        const orphaned = each.isOrphaned ? '  no process has it' : '';
        if (json) outJson(each);
        else out(`${each.name}  ${each.behind} behind  claimed ${each.claimedAt}${orphaned}`);
      }
      const orphans = reactions.filter(({ isOrphaned }) => isOrphaned).length;
      note(`${reactions.length} reactions, ${orphans} that no process has`);
      return orphans > 0 ? exit.findings : exit.done;
    },
    { beside: true },
  );
}

function forget(name: string, { data }: ReactionFlags): Promise<number> {
  // A platform that was down for long has claimed none of its own.
  if (knownReactions().has(name)) refuse(`${name} is a reaction of this version`, 'start a platform: it goes on');
  return withDatabase(
    data,
    async ({ database }) => {
      const forgotten = await forgetReaction(database, name);
      if (forgotten === 'unknown') return refuse(`There is no reaction ${name}`, 'plinth reactions lists them');
      if (forgotten === 'claimed')
        return refuse(
          `A process had ${name} within the last seven days`,
          'stop every process that has it, and wait: what it has not come to would be lost',
        );
      note(
        `${name} is forgotten, with ${forgotten.heldEvents} held events and ${forgotten.deadLetters} dead letters; what was kept for it alone goes within ten minutes`,
      );
      return exit.done;
    },
    { beside: true },
  );
}

function refuse(message: string, advice: string): never {
  throw new CliFailure(message, { why: 'Nothing was changed.', advice, code: exit.usage });
}

// `plinth dead-letters`: events that reactions gave up on; `--replay` has them tried again.

import { listDeadLetters, replayDeadLetters } from '@plinth/runtime';
import type { AddCommand } from './commands.ts';
import { CliFailure, exit } from './failure.ts';
import { note, out, outJson } from './printer.ts';
import { withDatabase } from './with-database.ts';

interface DeadLetterFlags {
  data?: string;
  consumer?: string;
  event?: string;
  replay?: boolean;
  json?: boolean;
}

export const addDeadLetters: AddCommand = (program, done) => {
  program
    .command('dead-letters')
    .description('list events that reactions gave up on, or have them tried again')
    .option('--data <folder>', 'data folder (.plinth)')
    .option('--consumer <name>', 'only those of this reaction')
    .option('--event <id>', 'only this event')
    .option('--replay', 'have them tried again')
    .option('--json', 'machine-readable output')
    .action((flags: DeadLetterFlags) => done(look(flags)));
};

function look(flags: DeadLetterFlags): Promise<number> {
  const { consumer, event } = flags;
  if (event !== undefined && !/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(event))
    throw new CliFailure(`${event} is no id of an event`, {
      why: 'Ids of events are UUIDs.',
      advice: 'plinth dead-letters lists them',
      code: exit.usage,
    });
  return withDatabase(
    flags.data,
    async ({ database }) => {
      const filter = { consumer, eventId: event };
      if (flags.replay) {
        const replayed = await replayDeadLetters(database, filter);
        note(`${replayed} events are tried again`);
        return exit.done;
      }
      const letters = await listDeadLetters(database.db, filter);
      for (const letter of letters) {
        if (flags.json) outJson(letter);
        else
          out(
            `${letter.diedAt}  ${letter.consumer}  ${letter.eventId}  ${letter.type} ${letter.subject}  ${letter.error}`,
          );
      }
      note(`${letters.length} dead letters`);
      return letters.length > 0 ? exit.findings : exit.done;
    },
    { beside: true },
  );
}

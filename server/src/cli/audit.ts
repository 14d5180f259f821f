// `plinth audit`: every invariant of every capability.

import { audit } from '../world.ts';
import type { AddCommand } from './commands.ts';
import { exit } from './failure.ts';
import { note, out, outJson, styled } from './printer.ts';
import { storedCapabilities, withDatabase } from './with-database.ts';

interface AuditFlags {
  data?: string;
  json?: boolean;
}

export const addAudit: AddCommand = (program, done) => {
  program
    .command('audit')
    .description('check every invariant')
    .option('--data <folder>', 'data folder (.plinth)')
    .option('--json', 'machine-readable output')
    .action((flags: AuditFlags) => done(checkInvariants(flags)));
};

function checkInvariants(flags: AuditFlags): Promise<number> {
  return withDatabase(
    flags.data,
    async ({ database }) => {
      const { checked, broken } = await audit(database, storedCapabilities());
      if (flags.json) outJson({ checked, broken });
      else
        for (const { name, rows } of broken)
          out(
            `${styled('red', '✗', process.stdout)} ${name}  ${JSON.stringify(rows[0], (_key, value: unknown) => (typeof value === 'bigint' ? value.toString() : value))}`,
          );
      note(`${checked} invariants, ${broken.length} broken`);
      return broken.length > 0 ? exit.findings : exit.done;
    },
    { beside: true },
  );
}

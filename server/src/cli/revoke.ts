// `plinth revoke WHAT`: shuts out a token, session, person, application or key in every running process, within a second.

import { restore, revoke } from '@plinth/runtime/pipeline';
import type { AddCommand } from './commands.ts';
import { CliFailure, exit } from './failure.ts';
import { note } from './printer.ts';
import { withDatabase } from './with-database.ts';

interface RevokeFlags {
  data?: string;
  restore?: boolean;
}

/** Tells one person of an issuer: `sub:https://id.example|ada`. */
const shape = /^(jti|sid|app|ptn|key):[\x21-\x7e]{1,255}$|^sub:[^|\s]{1,255}\|[\x21-\x7e]{1,255}$/;

export const addRevoke: AddCommand = (program, done) => {
  program
    .command('revoke')
    .description('shut out a token, session, person, application or key everywhere, within a second')
    .argument('<what>', 'jti:…, sid:…, sub:ISSUER|SUBJECT, app:…, ptn:… or key:…')
    .option('--restore', 'let it in again')
    .option('--data <folder>', 'data folder (.plinth)')
    .action((what: string, flags: RevokeFlags) => done(run(what, flags)));
};

function run(what: string, flags: RevokeFlags): Promise<number> {
  if (!shape.test(what))
    throw new CliFailure(`${what} names nothing that can be shut out`, {
      why: 'It must say of which kind it is.',
      advice: 'write jti:TOKEN-ID, sid:SESSION, "sub:ISSUER|SUBJECT", app:APPLICATION, ptn:PARTNER or key:KEY',
      code: exit.usage,
    });
  return withDatabase(
    flags.data,
    async ({ database: { db } }) => {
      await (flags.restore === true ? restore(db, what) : revoke(db, what));
      note(flags.restore === true ? `${what} is let in again` : `${what} is shut out for a day`);
      return exit.done;
    },
    { beside: true },
  );
}

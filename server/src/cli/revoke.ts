// `plinth revoke WHAT`: shuts out a token, session, person, customer, application, partner or key in every running process,
// within a second. A token or session ends within a day by itself; all others are shut out until they are let in again.

import { restore, revoke, suspend } from '@plinth/runtime/pipeline';
import type { AddCommand } from './commands.ts';
import { CliFailure, exit } from './failure.ts';
import { note } from './printer.ts';
import { withDatabase } from './with-database.ts';

const endsByItself = /^(jti|sid|ids):/;

interface RevokeFlags {
  data?: string;
  restore?: boolean;
}

/** Tells one person of an issuer: `sub:https://id.example|ada`; `ids:` is who tried too many ids, and ends by itself. */
const shape = /^(jti|sid|cus|app|ptn|key):[\x21-\x7e]{1,255}$|^(sub|ids):[^|\s]{1,255}\|[\x21-\x7e]{1,255}$/;

export const addRevoke: AddCommand = (program, done) => {
  program
    .command('revoke')
    .description('shut out a token, session, person, customer, application, partner or key everywhere, within a second')
    .argument(
      '<what>',
      'jti:…, sid:…, sub:ISSUER|SUBJECT, cus:…, app:…, ptn:… or key:…; ids:ISSUER|SUBJECT for who tried too many ids',
    )
    .option('--restore', 'let it in again')
    .option('--data <folder>', 'data folder (.plinth)')
    .action((what: string, flags: RevokeFlags) => done(run(what, flags)));
};

function run(what: string, flags: RevokeFlags): Promise<number> {
  if (!shape.test(what))
    throw new CliFailure(`${what} names nothing that can be shut out`, {
      why: 'It must say of which kind it is.',
      advice:
        'write jti:TOKEN-ID, sid:SESSION, "sub:ISSUER|SUBJECT", cus:CUSTOMER, app:APPLICATION, ptn:PARTNER or key:KEY',
      code: exit.usage,
    });
  return withDatabase(
    flags.data,
    async ({ database: { db } }) => {
      if (flags.restore === true) {
        await restore(db, what);
        note(`${what} is let in again`);
      } else if (endsByItself.test(what)) {
        await revoke(db, what);
        note(`${what} is shut out for a day`);
      } else {
        await suspend(db, what);
        note(`${what} is shut out until you let it in (--restore)`);
      }
      return exit.done;
    },
    { beside: true },
  );
}

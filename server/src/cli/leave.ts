// `plinth leave KIND APPLICATION OPERATION`: what one application may beyond the contract, until a day.

import { giveLeave, type LeaveKind } from '@plinth/runtime/pipeline';
import type { AddCommand } from './commands.ts';
import { CliFailure, exit } from './failure.ts';
import { note } from './printer.ts';
import { withDatabase } from './with-database.ts';

interface LeaveFlags {
  until: string;
  data?: string;
}

export const addLeave: AddCommand = (program, done) => {
  program
    .command('leave')
    .description('let one application go on after a sunset, or use what is not promised yet')
    .argument('<kind>', 'extension or preview')
    .argument('<application>', 'id of the application: app_…')
    .argument('<operation>', 'orders.getOrder; orders@1.getOrder of an earlier major; orders.* for all of a contract')
    .requiredOption('--until <day>', 'last day, like 2027-03-31')
    .option('--data <folder>', 'data folder (.plinth)')
    .action((kind: string, applicationId: string, operation: string, flags: LeaveFlags) =>
      done(run({ kind: kind as LeaveKind, applicationId, operation }, flags)),
    );
};

function run(leave: { kind: LeaveKind; applicationId: string; operation: string }, flags: LeaveFlags): Promise<number> {
  if (!['extension', 'preview'].includes(leave.kind))
    refuse(`There is no leave "${leave.kind}"`, 'use extension or preview');
  if (!/^[a-z][a-z0-9-]*(@\d+)?\.(\*|[A-Za-z]\w*)$/.test(leave.operation))
    refuse(
      `"${leave.operation}" is no operation`,
      'write capability.operationId, as docs/reference/operations.md does',
    );
  return withDatabase(
    flags.data,
    async ({ database: { db } }) => {
      await giveLeave(db, { ...leave, until: endOf(flags.until) });
      note(`${leave.applicationId} may use ${leave.operation} (${leave.kind}) until the end of ${flags.until}`);
      return exit.done;
    },
    { beside: true },
  );
}

function refuse(message: string, advice: string): never {
  throw new CliFailure(message, { why: 'Nothing was changed.', advice, code: exit.usage });
}

/** Midnight UTC after the day. */
function endOf(day: string): Temporal.Instant {
  try {
    return Temporal.PlainDate.from(day).add({ days: 1 }).toZonedDateTime('UTC').toInstant();
  } catch {
    return refuse(`"${day}" is no day`, 'write it like 2027-03-31');
  }
}

// All commands. Each stands in a file of its own, with its options and its work, and registers itself here.

import { Command, CommanderError } from 'commander';
import { addAudit } from './audit.ts';
import { addConfig } from './config.ts';
import { addDocs } from './docs.ts';
import { addDoctor } from './doctor.ts';
import { exit } from './failure.ts';
import { addGenerate } from './generate.ts';
import { addLint } from './lint.ts';
import { addMigrate } from './migrate.ts';
import { addMock } from './mock.ts';
import { printFailure } from './printer.ts';
import { addStart } from './start.ts';

/** Adds a command. Its action hands its work to `done`; the work gives the exit code or throws a CliFailure. */
export type AddCommand = (program: Command, done: (work: Promise<number>) => Promise<void>) => void;

const commands: readonly AddCommand[] = [
  addStart,
  addLint,
  addMock,
  addGenerate,
  addDocs,
  addMigrate,
  addAudit,
  addConfig,
  addDoctor,
];

/** Runs one command line; gives the exit code. */
export async function run(args: readonly string[]): Promise<number> {
  let code: number = exit.done;
  const program = new Command('plinth')
    .description('One contract, every touchpoint.')
    .version('0.1.0')
    .option('--verbose', 'print stack traces of defects')
    .showHelpAfterError('Run `npm run plinth -- --help` for all commands.')
    .addHelpText(
      'before',
      'Examples\n  npm run plinth -- dev\n  npm run plinth -- lint capabilities/orders/contract.yaml\n  npm run plinth -- mock openapi.yaml --port 4010\n',
    )
    .exitOverride()
    .configureOutput({ writeErr: (text) => process.stderr.write(text) });
  for (const add of commands)
    add(program, async (work) => {
      code = await work;
    });
  try {
    await program.parseAsync([...args], { from: 'user' });
    return code;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? exit.done : exit.usage;
    return printFailure(error, args.includes('--verbose'));
  }
}

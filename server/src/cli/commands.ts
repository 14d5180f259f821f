// All commands with their options; each one's work stands in a file of its own.

import { Command, CommanderError } from 'commander';
import { configCommand } from './config.ts';
import { exit } from './failure.ts';
import { lintCommand } from './lint.ts';
import { auditCommand, doctorCommand, migrateCommand } from './maintain.ts';
import { mockCommand } from './mock.ts';
import { printFailure } from './printer.ts';
import { start } from './start.ts';

interface StartFlags {
  port?: string;
  host?: string;
  data?: string;
  ephemeral?: boolean;
}

/** Runs one command line; gives the exit code. */
export async function run(args: readonly string[]): Promise<number> {
  let code: number = exit.done;
  const done = async (work: Promise<number>): Promise<void> => {
    code = await work;
  };
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
  for (const [name, demo, words] of [
    ['dev', true, 'run the whole platform with the seeded demo world'],
    ['serve', false, 'run the platform without demo accounts and seeds'],
  ] as const) {
    program
      .command(name)
      .description(words)
      .option('--port <port>', 'port to listen on (4000)')
      .option('--host <address>', 'address to listen on (127.0.0.1)')
      .option('--data <folder>', 'data folder (.plinth)')
      .option('--ephemeral', 'keep everything in a temporary folder that is removed at the end')
      .action((flags: StartFlags) => done(start({ ...flags, demo })));
  }
  program
    .command('lint <file...>')
    .description('check contracts')
    .option('--json', 'one object per finding')
    .option('--fail-on <severity>', 'error, warn or info', 'error')
    .action((files: string[], flags: { json?: boolean; failOn: string }) => done(lintCommand(files, flags)));
  program
    .command('mock <file>')
    .description('serve a stateful mock of a contract')
    .option('--port <port>', 'port to listen on', '4010')
    .option('--host <address>', 'address to listen on', '127.0.0.1')
    .option('--seed <n>', 'same seed, same answers', '1')
    .option('--check', 'call every operation once and end')
    .option('--explain', 'show how each operation was understood and end')
    .option('--json', 'machine-readable output')
    .action((file: string, flags: Record<string, string | boolean>) => done(mockCommand(file, flags)));
  program
    .command('migrate')
    .description('bring the database to this version')
    .option('--data <folder>', 'data folder (.plinth)')
    .option('--status', 'only say what is missing')
    .option('--json', 'machine-readable output')
    .action((flags: { data?: string; status?: boolean; json?: boolean }) => done(migrateCommand(flags)));
  program
    .command('audit')
    .description('check every invariant')
    .option('--data <folder>', 'data folder (.plinth)')
    .option('--json', 'machine-readable output')
    .action((flags: { data?: string; json?: boolean }) => done(auditCommand(flags)));
  program
    .command('config')
    .description('print the effective configuration')
    .option('--json', 'machine-readable output')
    .action((flags: { json?: boolean }) => done(configCommand(flags)));
  program
    .command('doctor')
    .description('say what is missing on this machine')
    .option('--json', 'machine-readable output')
    .action((flags: { json?: boolean }) => done(doctorCommand(flags)));
  try {
    await program.parseAsync([...args], { from: 'user' });
    return code;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? exit.done : exit.usage;
    return printFailure(error, args.includes('--verbose'));
  }
}

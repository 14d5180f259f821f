// All commands. Each stands in a file of its own, with its options and its work. Only the file of the command that was
// asked for is loaded: checking a contract does not pay for a database driver and an identity provider.

import { Command, CommanderError } from 'commander';
import { exit } from './failure.ts';
import { printBy, printFailure } from './printer.ts';

/** Adds a command. Its action hands its work to `done`; the work gives the exit code or throws a CliFailure. */
export type AddCommand = (program: Command, done: (work: Promise<number>) => Promise<void>) => void;

const start = async (): Promise<AddCommand> => (await import('./start.ts')).addStart;

/** In the order of the help page. */
const commands: Readonly<Record<string, () => Promise<AddCommand>>> = {
  dev: start,
  serve: start,
  lint: async () => (await import('./lint.ts')).addLint,
  diff: async () => (await import('./diff.ts')).addDiff,
  mock: async () => (await import('./mock.ts')).addMock,
  test: async () => (await import('./test.ts')).addTest,
  generate: async () => (await import('./generate.ts')).addGenerate,
  docs: async () => (await import('./docs.ts')).addDocs,
  import: async () => (await import('./import.ts')).addImport,
  bundle: async () => (await import('./bundle.ts')).addBundle,
  validate: async () => (await import('./validate.ts')).addValidate,
  migrate: async () => (await import('./migrate.ts')).addMigrate,
  audit: async () => (await import('./audit.ts')).addAudit,
  reactions: async () => (await import('./reactions.ts')).addReactions,
  'dead-letters': async () => (await import('./dead-letters.ts')).addDeadLetters,
  doubts: async () => (await import('./doubts.ts')).addDoubts,
  rebuild: async () => (await import('./rebuild.ts')).addRebuild,
  usage: async () => (await import('./usage.ts')).addUsage,
  revoke: async () => (await import('./revoke.ts')).addRevoke,
  leave: async () => (await import('./leave.ts')).addLeave,
  drain: async () => (await import('./drain.ts')).addDrain,
  config: async () => (await import('./config.ts')).addConfig,
  doctor: async () => (await import('./doctor.ts')).addDoctor,
};

/** Runs one command line; gives the exit code. */
export async function run(args: readonly string[]): Promise<number> {
  let code: number = exit.done;
  const program = new Command('plinth')
    .description('One contract, every touchpoint.')
    .version('0.1.0')
    .option('--verbose', 'print stack traces of defects')
    .option('--quiet', 'no progress and no remarks, only data and failures')
    .option('--no-color', 'plain text, also in a terminal')
    .showHelpAfterError('Run `npm run plinth -- --help` for all commands.')
    .addHelpText(
      'before',
      'Examples\n  npm run plinth -- dev\n  npm run plinth -- lint capabilities/orders/contract.yaml\n  npm run plinth -- mock openapi.yaml --port 4010\n',
    )
    .hook('preAction', (_, command) => {
      const { quiet, color, output } = command.optsWithGlobals<{ quiet?: boolean; color: boolean; output?: string }>();
      printBy({ quiet, color, file: output });
    })
    .exitOverride()
    .configureOutput({ writeErr: (text) => process.stderr.write(text) });
  try {
    for (const add of await wanted(args))
      add(program, async (work) => {
        code = await work;
      });
    nameOwnPages(program);
    await program.parseAsync([...args], { from: 'user' });
    return code;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? exit.done : exit.usage;
    return printFailure(error, args.includes('--verbose'));
  } finally {
    printBy({});
  }
}

/** After a slip each command names its own page. */
function nameOwnPages(command: Command, path = ''): void {
  for (const each of command.commands) {
    const words = `${path} ${each.name()}`;
    each.showHelpAfterError(`Run \`npm run plinth --${words} --help\` to see how it is used.`);
    nameOwnPages(each, words);
  }
}

/** The command that was named; all of them for the help page and for a name that nobody has. */
async function wanted(args: readonly string[]): Promise<ReadonlySet<AddCommand>> {
  const name = args.find((word) => !word.startsWith('-')) ?? '';
  const loads = Object.hasOwn(commands, name) ? [commands[name] ?? start] : Object.values(commands);
  return new Set(await Promise.all(loads.map((load) => load())));
}

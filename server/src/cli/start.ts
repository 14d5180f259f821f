// `plinth dev` and `plinth serve`: the whole platform in this process.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { openFileMail, openSmtpMail } from '@plinth/adapters/mail';
import { armCrash, type Clock, movableClock, systemClock } from '@plinth/runtime';
import { ContractRefused } from '@plinth/runtime/pipeline';
import type { Command } from 'commander';
import { type AdminListening, listenAdmin } from '../admin.ts';
import { chosen } from '../capabilities.ts';
import { type Config, readConfig, ConfigError } from '../config.ts';
import { watchDropped } from '../contracts/dropped.ts';
import type { Front } from '../contracts/upstream/passing.ts';
import { openEmbedded, type OpenDatabase } from '../database.ts';
import { listen, readiness } from '../http.ts';
import { createPlatform, type Platform, type PlatformOptions } from '../platform.ts';
import { buildChannels, channelsDist } from '../web/build.ts';
import { StaticSite } from '../web/static.ts';
import type { AddCommand } from './commands.ts';
import { addContractOptions, type ContractFlags } from './contract-file.ts';
import { CliFailure, exit } from './failure.ts';
import { readFronts } from './fronts.ts';
import { sayLastWord } from './last-word.ts';
import { note, step, styled } from './printer.ts';
import { untilSignal } from './until-signal.ts';
import { storedCapabilities } from './with-database.ts';

interface StartFlags extends ContractFlags {
  port?: string;
  host?: string;
  data?: string;
  ephemeral?: boolean;
  clock?: string;
  upstream?: string;
  only?: string;
}

interface StartWish extends StartFlags {
  demo: boolean;
  /** Contracts of a service that is there already. */
  files: readonly string[];
}

export const addStart: AddCommand = (program, done) => {
  withPlace(program.command('dev'))
    .description('run the whole platform with the seeded demo world')
    .option('--clock <time>', 'business time begins then (RFC 3339) and runs on; for a data folder of its own')
    .action((flags: StartFlags) => done(start({ ...flags, demo: true, files: [] })));
  withPlace(addContractOptions(program.command('serve [contract...]')))
    .description('run the platform without demo accounts and seeds, or its edge before a service of yours')
    .option('--upstream <url>', 'the service that the contracts describe: every call goes there')
    .option('--only <names>', 'run these capabilities alone, separated by commas')
    .action((files: string[], flags: StartFlags) => done(start({ ...flags, demo: false, files })));
};

function withPlace(command: Command): Command {
  return command
    .option('--port <port>', 'port to listen on (4000)')
    .option('--host <address>', 'address to listen on (127.0.0.1)')
    .option('--data <folder>', 'data folder (.plinth)')
    .option('--ephemeral', 'keep everything in a temporary folder that is removed at the end');
}

/** Runs until a signal; returns the exit code. */
async function start(wish: StartWish): Promise<number> {
  const clock = clockFrom(wish.clock);
  const config = configOf(wish);
  try {
    const only = wish.only?.split(',').map((name) => name.trim());
    if (only !== undefined && wish.files.length > 0)
      throw new CliFailure('--only chooses among our own capabilities', {
        why: 'With contracts of a service none of these run.',
        advice: 'leave out --only; what the service should not be asked for is taken out by an --overlay',
        code: exit.usage,
      });
    if (only !== undefined) chosen(storedCapabilities(), only);
    const fronts = await readFronts(wish.files, wish.upstream, wish);
    sayLastWord();
    armCrash(config.crashAt);
    return await run(config, { clock, only, fronts });
  } finally {
    if (config.ephemeral) rmSync(config.dataFolder, { recursive: true, force: true });
  }
}

async function run(config: Config, parts: Required<Pick<PlatformOptions, 'clock' | 'fronts'>> & Only): Promise<number> {
  const { clock, fronts } = parts;
  introduce(config, clock);
  const database = await step(
    (opened: OpenDatabase) => (opened.created ? 'database made and started' : 'database ready'),
    () => openEmbedded(config),
  );
  let platform: Platform | undefined;
  let admin: AdminListening | undefined;
  try {
    const mail = config.smtpUrl ? openSmtpMail(config.smtpUrl) : openFileMail(path.join(config.dataFolder, 'mail'));
    const running = await step(
      (made: Platform) => countsOf(made, fronts.length > 0),
      () =>
        createPlatform({ config, database: database.database, databaseUrl: database.url, mail, ...parts }).catch(
          (error: unknown) => {
            throw refused(error);
          },
        ),
    );
    platform = running;
    const site = new StaticSite();
    // Whoever has a service of their own has pages of their own, and changes contracts by a restart.
    if (fronts.length === 0) {
      await loadPages(site);
      await reload(running);
    }
    const listening = await listen(running, site).catch((error: unknown) => {
      throw portFailure(error, config);
    });
    const drained = Promise.withResolvers<string>();
    admin = await listenAdmin({
      port: config.adminPort,
      drain: () => drained.resolve('drain'),
      metrics: running.metrics,
      database: database.database,
      readiness: () => readiness(running, listening.isDraining()),
    }).catch((error: unknown) => {
      throw adminFailure(error, config);
    });
    const stopWatching =
      fronts.length === 0 ? watchDropped(config.contractsFolder, () => void reload(running)) : () => undefined;
    if (fronts.length === 0) printAddresses(config, listening.port);
    else printFronts(fronts, baseOf(config, listening.port));
    const wish = await Promise.race([untilSignal(), drained.promise]);
    note(`\n${wish}: finishing what is under way`);
    stopWatching();
    await listening.close();
    return exit.done;
  } finally {
    await platform?.close();
    await database.close();
    // Who waits for the end looks here: nothing is left to be done behind it.
    await admin?.close();
  }
}

/** `12 capabilities, 140 operations, world seeded`. */
function countsOf(made: Platform, isFront: boolean): string {
  const contracts = made.contracts();
  const operations = contracts.reduce((sum, contract) => sum + contract.operations.length, 0);
  const named = isFront
    ? plural(contracts.length, 'contract', 'contracts')
    : plural(contracts.length, 'capability', 'capabilities');
  return `${named}, ${plural(operations, 'operation', 'operations')}${made.seeded > 0 ? ', world seeded' : ''}`;
}

function plural(count: number, one: string, many: string): string {
  return `${count} ${count === 1 ? one : many}`;
}

type Only = { only: readonly string[] | undefined };

function introduce(config: Config, clock: Clock): void {
  const shape = config.databaseUrl ? 'on a given PostgreSQL' : 'embedded';
  const place = config.ephemeral
    ? `data in ${config.dataFolder}, removed at the end`
    : `data in ${path.relative(process.cwd(), config.dataFolder) || '.'}`;
  note(`${styled('bold', 'Plinth 0.1.0')}  ${shape}${config.demo ? ', seeded demo' : ''}, ${place}`);
  if (clock !== systemClock) note(`Business time begins at ${clock.now().toString({ smallestUnit: 'second' })}`);
  note('');
}

/** The machine's, or one that begins at a wished time and runs on with it. Throws CliFailure. */
function clockFrom(time: string | undefined): Clock {
  if (time === undefined) return systemClock;
  try {
    return movableClock(Temporal.Instant.from(time), true);
  } catch {
    throw new CliFailure(`--clock ${time} is no time`, {
      why: 'It is an instant with its zone (RFC 3339).',
      advice: 'for example --clock 2026-11-24T12:00:00Z',
      code: exit.usage,
    });
  }
}

/** What a contract leaves open or claims for itself, in the words of the edge. */
function refused(error: unknown): unknown {
  if (!(error instanceof ContractRefused)) return error;
  return new CliFailure('A contract cannot run', {
    why: error.message,
    advice: error.findings[0]?.fix ?? 'mend it, or change it by an --overlay, and run it again',
    code: exit.input,
  });
}

/** Builds the pages when they changed and loads them. Without them the API still runs. */
async function loadPages(site: StaticSite): Promise<void> {
  try {
    await step(
      (built: boolean) => (built ? 'pages built' : 'pages ready'),
      async () => (await buildChannels({ log: (text) => note(`  ${styled('dim', text)}`) })).built,
    );
  } catch (error) {
    const [first = ''] = (error as Error).message.split('\n').filter((line) => line.includes('rror'));
    note(`${styled('red', '✗')} The pages could not be built: ${first}`);
  }
  const files = await site.load(channelsDist);
  if (files === 0) note(`${styled('yellow', '!')} There are no pages to serve; the API runs without them.`);
}

/** Everything of an ephemeral platform stands in one folder, which is new. Throws CliFailure. */
function configOf(wish: StartWish): Config {
  const { ephemeral = false, data } = wish;
  if (ephemeral && data !== undefined)
    throw new CliFailure(`--data ${data} and --ephemeral contradict each other`, {
      why: 'One names a folder that is kept, the other one that is removed.',
      advice: 'leave one of them out',
      code: exit.usage,
    });
  try {
    const config = readConfig(wish);
    if (!ephemeral) return config;
    if (config.databaseUrl !== undefined)
      throw new ConfigError(
        'DATABASE_URL',
        'DATABASE_URL names a PostgreSQL that is kept, and --ephemeral keeps nothing',
        'Leave one of them out.',
      );
    return readConfig({ ...wish, data: mkdtempSync(path.join(tmpdir(), 'plinth-')) });
  } catch (error) {
    if (error instanceof ConfigError)
      throw new CliFailure(error.message, { why: '', advice: error.advice, code: exit.usage });
    throw error;
  }
}

/** Says what the watched folder brought, in one line each. */
async function reload(platform: Platform): Promise<void> {
  const { running, upstreams, refused } = await platform.reload();
  for (const name of running)
    note(
      `${styled('green', '✓')} ${name}: running from ${path.relative(process.cwd(), platform.config.contractsFolder)}`,
    );
  for (const { contract, upstream, operations } of upstreams)
    note(
      `${styled('green', '✓')} ${contract}: ${operations} operations at ${upstream || 'nobody: its manifest cannot be read'}`,
    );
  for (const { file, message } of refused)
    note(`${styled('red', '✗')} ${path.relative(process.cwd(), file)}: ${message}`);
}

function portFailure(error: unknown, config: Config): unknown {
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'EADDRINUSE')
    return new CliFailure(`Port ${config.port} is in use`, {
      why: 'Another process listens there.',
      advice: `end that process, or use another port: --port ${config.port + 1}`,
      code: exit.unreachable,
    });
  if (code === 'EACCES')
    return new CliFailure(`Port ${config.port} may not be opened`, {
      why: 'Ports below 1024 need special permission.',
      advice: 'use a higher port: --port 4000',
      code: exit.unreachable,
    });
  return error;
}

function adminFailure(error: unknown, config: Config): unknown {
  if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') return error;
  return new CliFailure(`Port ${config.adminPort} is in use`, {
    why: 'Figures and health are served there, on loopback.',
    advice: 'use another: PLINTH_ADMIN_PORT=<port>, or 0 for any',
    code: exit.unreachable,
  });
}

function baseOf(config: Config, port: number): string {
  return port === config.port ? config.baseUrl : `http://localhost:${port}`;
}

/** Where each contract is answered, and by whom. */
function printFronts(fronts: readonly Front[], base: string): void {
  note('');
  for (const { contract, manifest } of fronts)
    note(`  ${contract.title}: ${styled('cyan', base + contract.basePath)} → ${manifest.baseUrl}`);
  note(`  Documents: ${styled('cyan', `${base}/openapi.json`)}`);
  note('  Stop with Ctrl+C');
}

function printAddresses(config: Config, port: number): void {
  const base = baseOf(config, port);
  const row = (name: string, place: string, people = ''): string =>
    `  ${name.padEnd(12)}${styled('cyan', `${base}${place}`.padEnd(40))}${styled('dim', people)}`;
  note('');
  note(row('Portal', '/portal/', config.demo ? 'ada / demo, ben / demo, cleo / demo' : ''));
  note(row('Desk', '/desk/', config.demo ? 'mia / demo' : ''));
  note(row('Studio', '/studio/', config.demo ? 'noor / demo' : ''));
  note(row('Kiosk', '/kiosk/', config.demo ? 'enrolled by mia / demo' : ''));
  note(row('Developers', '/developers/', config.demo ? 'petra / demo' : ''));
  note(row('API', '/openapi.json'));
  note(row('Agents', '/mcp'));
  note('');
  note(
    `  Drop a contract into ${styled('bold', path.relative(process.cwd(), config.contractsFolder) || config.contractsFolder)} and it runs.`,
  );
  if (config.demo) note(`${styled('yellow', '!')} Demo mode: fixed passwords. Not for production.`);
  note('  Stop with Ctrl+C');
}

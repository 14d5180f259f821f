// `plinth dev` and `plinth serve`: the whole platform in this process.

import path from 'node:path';
import { openFileMail, openSmtpMail } from '@plinth/adapters/mail';
import { armCrash, systemClock } from '@plinth/runtime';
import { type AdminListening, listenAdmin } from '../admin.ts';
import { type Config, readConfig, type ConfigArguments, ConfigError } from '../config.ts';
import { watchDropped } from '../contracts/dropped.ts';
import { openEmbedded, type OpenDatabase } from '../database.ts';
import { listen, readiness } from '../http.ts';
import { createPlatform, type Platform } from '../platform.ts';
import { buildChannels, channelsDist } from '../web/build.ts';
import { StaticSite } from '../web/static.ts';
import type { AddCommand } from './commands.ts';
import { CliFailure, exit } from './failure.ts';
import { sayLastWord } from './last-word.ts';
import { note, step, styled } from './printer.ts';
import { untilSignal } from './until-signal.ts';

interface StartFlags {
  port?: string;
  host?: string;
  data?: string;
  ephemeral?: boolean;
}

export const addStart: AddCommand = (program, done) => {
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
};

/** Runs until a signal; returns the exit code. */
async function start(args: ConfigArguments): Promise<number> {
  const config = configOf(args);
  sayLastWord();
  armCrash(config.crashAt);
  const shape = config.databaseUrl ? 'on a given PostgreSQL' : 'embedded';
  note(
    `${styled('bold', 'Plinth 0.1.0')}  ${shape}${config.demo ? ', seeded demo' : ''}, data in ${path.relative(process.cwd(), config.dataFolder) || '.'}\n`,
  );
  const database = await step(
    (opened: OpenDatabase) => (opened.created ? 'database made and started' : 'database ready'),
    () => openEmbedded(config),
  );
  let platform: Platform | undefined;
  let admin: AdminListening | undefined;
  try {
    const mail = config.smtpUrl ? openSmtpMail(config.smtpUrl) : openFileMail(path.join(config.dataFolder, 'mail'));
    const running = await step(
      (made: Platform) =>
        `${made.contracts().length} capabilities, ${made.contracts().reduce((sum, contract) => sum + contract.operations.length, 0)} operations${made.seeded > 0 ? ', world seeded' : ''}`,
      () =>
        createPlatform({ config, database: database.database, databaseUrl: database.url, mail, clock: systemClock }),
    );
    platform = running;
    const site = new StaticSite();
    await loadPages(site);
    await reload(running);
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
    const stopWatching = watchDropped(config.contractsFolder, () => void reload(running));
    printAddresses(config, listening.port);
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

function configOf(args: ConfigArguments): Config {
  try {
    return readConfig(args);
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

function printAddresses(config: Config, port: number): void {
  const base = port === config.port ? config.baseUrl : `http://localhost:${port}`;
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

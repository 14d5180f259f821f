// Plinth's own private PostgreSQL: binaries from npm, data in one folder, a Unix socket and nothing else.
// The server never outlives us unnoticed: a watchdog whose stdin closes with us stops it.

import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chownSync,
  closeSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { Client } from 'pg';
import { type Binaries, prepareBinaries } from './binaries.ts';
import { claimFolder, type FolderClaim } from './claim.ts';
import { isAlive, stopServer, waitForExit } from './processes.ts';

export { DataFolderInUse } from './claim.ts';
export { PlatformMissing, prepareBinaries } from './binaries.ts';

export interface EmbeddedOptions {
  /** Folder of this deployment; the cluster stands in it, or under /var/lib/plinth when we are root. */
  dataFolder: string;
  /** The folder is removed at `stop()`, and when this process dies. It is empty; without a name it is made. */
  ephemeral?: boolean;
}

export interface EmbeddedPostgres {
  /** Connection string of database `plinth`. */
  url: string;
  /** Where the cluster really is. */
  clusterFolder: string;
  pid: number;
  /** True when the cluster was made by this start. */
  created: boolean;
  stop(): Promise<void>;
}

const readyWithinMs = 30_000;

/**
 * Makes the cluster if there is none, starts it, and resolves when it accepts connections.
 * Throws DataFolderInUse when another Plinth owns the folder, PlatformMissing without binaries for this machine.
 */
export async function startEmbeddedPostgres(options: EmbeddedOptions): Promise<EmbeddedPostgres> {
  const binaries = prepareBinaries();
  const { ephemeral = false } = options;
  const dataFolder =
    ephemeral && options.dataFolder === ''
      ? mkdtempSync(path.join(os.tmpdir(), 'plinth-'))
      : path.resolve(options.dataFolder);
  mkdirSync(dataFolder, { recursive: true });
  if (ephemeral && readdirSync(dataFolder).length > 0)
    throw new Error(`${dataFolder} holds something, so it is not removed at the end`);
  const claim = claimFolder(dataFolder);
  try {
    return await startCluster(binaries, dataFolder, claim, ephemeral);
  } catch (error) {
    claim.release();
    throw error;
  }
}

/** Connection string of the server that another Plinth runs for this folder; it may have gone meanwhile. */
export function runningPostgresUrl(dataFolder: string): string {
  const binaries = prepareBinaries();
  return urlOf('plinth', socketFolderOf(binaries.homeFor(path.resolve(dataFolder)), binaries));
}

function urlOf(database: string, socketFolder: string): string {
  return `postgres://plinth@localhost/${database}?host=${encodeURIComponent(socketFolder)}`;
}

async function startCluster(
  binaries: Binaries,
  dataFolder: string,
  claim: FolderClaim,
  ephemeral: boolean,
): Promise<EmbeddedPostgres> {
  const home = binaries.homeFor(dataFolder);
  const clusterFolder = path.join(home, 'cluster');
  makeOwned(home, binaries);
  await stopLeftOver(clusterFolder);
  const created = !existsSync(path.join(clusterFolder, 'PG_VERSION'));
  if (!created) refuseOtherMajor(binaries, clusterFolder);
  if (created) await initialize(binaries, clusterFolder, ephemeral);
  const socketFolder = socketFolderOf(home, binaries);
  const server = launch(binaries, { clusterFolder, socketFolder, log: path.join(home, 'postgres.log'), ephemeral });
  const pid = server.pid;
  if (!pid) throw new Error('the private PostgreSQL could not be started');
  const watchdog = startWatchdog(pid, ephemeral ? [home, dataFolder] : []);
  try {
    await ready(clusterFolder, server, path.join(home, 'postgres.log'));
    if (created) await createDatabase(urlOf('postgres', socketFolder));
    let stopping: Promise<void> | undefined;
    const stop = async (): Promise<void> => {
      await stopServer(pid);
      watchdog.kill('SIGKILL');
      claim.release();
      if (ephemeral) for (const folder of [home, dataFolder]) rmSync(folder, { recursive: true, force: true });
    };
    return { url: urlOf('plinth', socketFolder), clusterFolder, pid, created, stop: () => (stopping ??= stop()) };
  } catch (error) {
    await stopServer(pid);
    watchdog.kill('SIGKILL');
    throw error;
  }
}

function makeOwned(folder: string, binaries: Binaries): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  if (binaries.identity) chownSync(folder, binaries.identity.uid, binaries.identity.gid);
}

/** A socket path may have 107 bytes; a deep checkout gets a short one in the temporary folder. */
function socketFolderOf(home: string, binaries: Binaries): string {
  const inHome = path.join(home, 'socket');
  const short = createHash('sha256').update(home).digest('hex').slice(0, 16);
  const folder = Buffer.byteLength(inHome) < 80 ? inHome : path.join(os.tmpdir(), `plinth-${short}`);
  makeOwned(folder, binaries);
  const owner = binaries.identity?.uid ?? process.getuid?.();
  const stat = lstatSync(folder);
  // Anybody may make names in the temporary folder.
  if (!stat.isDirectory() || (owner !== undefined && stat.uid !== owner))
    throw new Error(`${folder} belongs to another user; remove it, or use a data folder with a shorter path`);
  return folder;
}

/** A server of an earlier Plinth that died: its folder is ours now (we hold the claim), so it is stopped. */
async function stopLeftOver(clusterFolder: string): Promise<void> {
  const file = path.join(clusterFolder, 'postmaster.pid');
  if (!existsSync(file)) return;
  const pid = Number(readFileSync(file, 'utf8').split('\n', 1)[0]);
  if (pid > 0 && isAlive(pid) && servesFolder(pid, clusterFolder)) await stopServer(pid);
  rmSync(file, { force: true });
}

/** Its command line names the folder: the pid may meanwhile be anybody's, another PostgreSQL included. */
function servesFolder(pid: number, clusterFolder: string): boolean {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').includes(clusterFolder);
  } catch {
    // No /proc here: the pid file is all we know.
    return !existsSync('/proc');
  }
}

function refuseOtherMajor(binaries: Binaries, clusterFolder: string): void {
  const made = readFileSync(path.join(clusterFolder, 'PG_VERSION'), 'utf8').trim();
  const own = binaries.version.split('.', 1)[0];
  if (made !== own)
    throw new Error(
      `${clusterFolder} was made by PostgreSQL ${made}, and this Plinth brings PostgreSQL ${own}. ` +
        'Dump it with the earlier Plinth and load it into a new data folder, or start that version.',
    );
}

async function initialize(binaries: Binaries, clusterFolder: string, ephemeral: boolean): Promise<void> {
  const args = [
    '-D',
    clusterFolder,
    '-U',
    'plinth',
    '--auth=trust',
    '--encoding=UTF8',
    '--locale-provider=builtin',
    '--builtin-locale=C.UTF-8',
    '--locale=C',
    '--no-instructions',
    ...(ephemeral ? ['--no-sync'] : []),
  ];
  const child = spawn(path.join(binaries.bin, 'initdb'), args, {
    ...identityOf(binaries),
    stdio: ['ignore', 'ignore', 'pipe'],
    cwd: '/',
  });
  let message = '';
  child.stderr?.on('data', (chunk: Buffer) => (message += chunk.toString()));
  const code = await waitForExit(child);
  if (code !== 0) throw new Error(`the private database could not be made in ${clusterFolder}: ${message.trim()}`);
}

interface Launch {
  clusterFolder: string;
  socketFolder: string;
  log: string;
  ephemeral: boolean;
}

function launch(binaries: Binaries, { clusterFolder, socketFolder, log, ephemeral }: Launch): ChildProcess {
  const settings: Record<string, string> = {
    listen_addresses: '',
    unix_socket_directories: socketFolder,
    unix_socket_permissions: '0700',
    shared_buffers: '64MB',
    max_connections: '60',
    fsync: ephemeral ? 'off' : 'on',
    wal_level: 'minimal',
    max_wal_senders: '0',
    jit: 'off',
    huge_pages: 'off',
    // Errors of statements are told to their callers; the file keeps what happens to the server, so it stays small.
    log_min_messages: 'log',
    log_checkpoints: 'off',
    timezone: 'UTC',
  };
  const args = [
    '-D',
    clusterFolder,
    ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
  ];
  const output = openSync(log, 'a');
  const child = spawn(path.join(binaries.bin, 'postgres'), args, {
    ...identityOf(binaries),
    stdio: ['ignore', output, output],
    detached: true,
    cwd: '/',
  });
  closeSync(output);
  child.unref();
  return child;
}

function identityOf(binaries: Binaries): { uid?: number; gid?: number; env: Record<string, string> } {
  return { ...binaries.identity, env: { LC_ALL: 'C', PATH: '/usr/bin:/bin' } };
}

/** A process of its own that notices our end however it comes. */
function startWatchdog(pid: number, folders: readonly string[]): ChildProcess {
  const child = spawn(process.execPath, [path.join(import.meta.dirname, 'watchdog.ts'), String(pid), ...folders], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
    cwd: '/',
    env: {},
  });
  child.unref();
  (child.stdin as unknown as { unref?: () => void } | null)?.unref?.();
  return child;
}

/** The server writes `ready` into its pid file. */
async function ready(clusterFolder: string, server: ChildProcess, log: string): Promise<void> {
  let ended = false;
  server.on('exit', () => (ended = true));
  const file = path.join(clusterFolder, 'postmaster.pid');
  const deadline = performance.now() + readyWithinMs;
  while (performance.now() < deadline) {
    if (ended) throw new Error(`the private PostgreSQL ended at once; its log is ${log}`);
    if (existsSync(file) && /^ready\s*$/m.test(readFileSync(file, 'utf8'))) return;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  throw new Error(`the private PostgreSQL was not ready within ${readyWithinMs / 1000} s; its log is ${log}`);
}

async function createDatabase(url: string): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  await client.query('create database plinth');
  await client.end();
}

// A platform as somebody starts it: a process of its own, its own database or its own private PostgreSQL.

import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';

const root = path.resolve(import.meta.dirname, '../..');
const main = path.join(root, 'server/src/main.ts');

export interface StartOptions {
  /** Connection string of an empty or used database; without it the private PostgreSQL in `folder`. */
  databaseUrl?: string;
  /** Data folder of an earlier start; a new temporary one when absent. */
  folder?: string;
  port?: number;
  /** More settings. */
  env?: Readonly<Record<string, string>>;
}

export interface RunningPlatform {
  /** `http://localhost:41234` */
  base: string;
  port: number;
  folder: string;
  /** Contracts dropped in here run. */
  contracts: string;
  child: ChildProcess;
  /** What it printed so far. */
  output: () => string;
  /** Ends it as Ctrl+C does, and removes the folder unless told to keep it. */
  stop: (keep?: boolean) => Promise<void>;
}

/** Starts `plinth dev` and waits until it is ready; rejects with its output when it ends before. */
export async function startPlatform(options: StartOptions = {}): Promise<RunningPlatform> {
  const folder = options.folder ?? mkdtempSync(path.join(tmpdir(), 'plinth-journey-'));
  const contracts = path.join(folder, 'contracts');
  mkdirSync(contracts, { recursive: true });
  const port = options.port ?? (await freePort());
  const child = spawn(process.execPath, [main, 'dev', '--port', String(port), '--data', folder], {
    cwd: root,
    env: environment({ ...(options.databaseUrl ? { DATABASE_URL: options.databaseUrl } : {}), ...options.env }),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (part: Buffer) => (text += part.toString()));
  // A test that is given up leaves no server behind.
  const end = (): boolean => child.kill('SIGKILL');
  process.once('exit', end);
  child.once('exit', () => process.off('exit', end));
  const base = `http://localhost:${port}`;
  const deadline = performance.now() + 60_000;
  while (!(await isReady(base))) {
    if (child.exitCode !== null || child.signalCode !== null || performance.now() > deadline) {
      child.kill('SIGKILL');
      throw new Error(`the platform did not start:\n${text}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return {
    base,
    port,
    folder,
    contracts,
    child,
    output: () => text,
    async stop(keep = false) {
      if (child.exitCode === null && child.signalCode === null) {
        child.kill('SIGINT');
        await once(child, 'exit');
      }
      if (!keep) rmSync(folder, { recursive: true, force: true });
    },
  };
}

export interface CommandResult {
  code: number;
  stdout: string;
  stderr: string;
}

/** Runs `plinth …` to its end. */
export async function plinth(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<CommandResult> {
  return new Promise((resolve) => {
    execFile(process.execPath, [main, ...args], { cwd: root, env: environment(env) }, (error, stdout, stderr) => {
      resolve({ code: error ? Number(error.code ?? 1) : 0, stdout, stderr });
    });
  });
}

/** The test run's own settings are not those of the platform. */
export function environment(more: Readonly<Record<string, string>>): NodeJS.ProcessEnv {
  const env = { ...process.env };
  for (const name of Object.keys(env))
    if (/^(PLINTH_|VITEST)|^(DATABASE_URL|NODE_OPTIONS|NODE_ENV|TEST|MODE|DEV|PROD)$/.test(name)) delete env[name];
  return { ...env, LOG_LEVEL: 'error', NO_COLOR: '1', PLINTH_ADMIN_PORT: '0', ...more };
}

async function isReady(base: string): Promise<boolean> {
  try {
    return (await fetch(`${base}/readyz`)).ok;
  } catch {
    return false;
  }
}

export async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

// A deployment of one suite: a database made from a seeded template, and a server process on it that is started, killed
// and started again on one port. Everything it makes is gone when it is closed.

import { type ChildProcess, spawn } from 'node:child_process';
import type { KeyObject } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { startEmbeddedPostgres } from '@plinth/adapters/embedded-postgres';
import { openPostgres } from '@plinth/adapters/postgres';
import { type Database, newAuditKey, readAuditKey } from '@plinth/runtime';
import { dropLeftDatabases, service } from '@plinth/testing';
import { sql } from 'kysely';
import type { ServerSettings } from './server.ts';

const readyWithinMs = 60_000;

let compiled: string | undefined;

/** What the sources of a server were compiled to: the next one starts in half the time. */
function compiledFolder(): string {
  if (compiled !== undefined) return compiled;
  const folder = mkdtempSync(path.join(os.tmpdir(), 'plinth-compiled-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  return (compiled = folder);
}

export interface DatabasePlace {
  url: string;
  database: Database;
  close(): Promise<void>;
}

/** A server for databases: the machine's, or a private one that is removed at the end. */
export async function openDatabaseServer(): Promise<{ url: string; close(): Promise<void> }> {
  const found = await service('postgres');
  if (found.there) {
    const admin = await openPostgres({ url: found.url, poolSize: 1 });
    try {
      await dropLeftDatabases(admin, found.url);
    } finally {
      await admin.close();
    }
    return { url: found.url, close: async () => undefined };
  }
  const own = await startEmbeddedPostgres({ dataFolder: '', ephemeral: true });
  return { url: own.url, close: () => own.stop() };
}

let made = 0;

/** A new database, or a copy of `template` (which nobody may be connected to). */
export async function makeDatabase(serverUrl: string, template?: string): Promise<DatabasePlace & { name: string }> {
  const name = `plinth_chaos_${process.pid}_${++made}`;
  await administer(serverUrl, `create database ${name}${template ? ` template ${template}` : ''}`);
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  const database = await openPostgres({ url: url.href, poolSize: 3 });
  return {
    name,
    url: url.href,
    database,
    async close() {
      await database.close();
      await administer(serverUrl, `drop database if exists ${name} with (force)`);
    },
  };
}

async function administer(serverUrl: string, text: string): Promise<void> {
  const admin = await openPostgres({ url: serverUrl, poolSize: 1 });
  try {
    await sql.raw(text).execute(admin.db);
  } finally {
    await admin.close();
  }
}

/** A port nobody listens on now. */
export async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address ? address.port : 0;
}

/** Signs the audit of every deployment of this process: databases outlive the folders of their servers. */
const auditKey = newAuditKey();

/** What checkpoints are signed with. */
export function auditKeys(): ReadonlyMap<string, KeyObject> {
  const { id, publicKey } = readAuditKey(auditKey);
  return new Map([[id, publicKey]]);
}

export interface ServerProcess {
  readonly port: number;
  readonly pid: number;
  /** Given to it; what is laid there before `start` is found. */
  readonly dataFolder: string;
  /** Resolves when it listens. Rejects when it ended before. */
  start(change?: Partial<ServerSettings>): Promise<void>;
  /** `kill -9`; resolves when the process is gone. */
  kill(): Promise<void>;
  /** Resolves when the process ended by itself (a crash point), or after `mostMs`: false. */
  ended(mostMs: number): Promise<boolean>;
  /** Arms `name:n` in place of what was armed; resolves when it is. */
  arm(place: string): Promise<void>;
  send(signal: NodeJS.Signals): void;
  /** Its figures as Prometheus text; of this process, from its start on. */
  metrics(): Promise<string>;
  /** Ends it in order and forgets its folder. */
  close(): Promise<void>;
}

export async function makeServer(settings: Omit<ServerSettings, 'port' | 'dataFolder'>): Promise<ServerProcess> {
  const dataFolder = mkdtempSync(path.join(os.tmpdir(), 'plinth-chaos-'));
  const port = await freePort();
  let child: ChildProcess | undefined;
  let adminPort = '';
  return {
    port,
    dataFolder,
    get pid() {
      return child?.pid ?? 0;
    },
    async start(change = {}) {
      const env = { PLINTH_AUDIT_KEY: auditKey, ...settings.env };
      const all: ServerSettings = { ...settings, env, ...change, port, dataFolder };
      // No settings of ours are the server's.
      const { PATH, HOME, CHAOS_LOG, NODE_COMPILE_CACHE = compiledFolder() } = process.env;
      const started = spawn(process.execPath, [path.join(import.meta.dirname, 'server.ts'), JSON.stringify(all)], {
        // Its end of the first one tells the server that we are gone, however we went.
        stdio: ['pipe', 'pipe', 'pipe'],
        env: { PATH, HOME, CHAOS_LOG, NODE_COMPILE_CACHE },
      });
      child = started;
      let said = '';
      started.stderr?.on('data', (chunk: Buffer) => (said = `${said}${chunk.toString()}`.slice(-4000)));
      if (process.env['CHAOS_LOG']) started.stderr?.pipe(process.stderr);
      await new Promise<void>((resolve, reject) => {
        const timer = setTimeout(() => reject(new Error(`the server is not ready: ${said}`)), readyWithinMs);
        started.stdout?.once('data', (chunk: Buffer) => {
          adminPort = chunk.toString().split(' ')[1]?.trim() ?? '';
          clearTimeout(timer);
          resolve();
        });
        if (process.env['CHAOS_LOG']) started.stdout?.pipe(process.stderr);
        started.once('exit', (code, signal) => {
          clearTimeout(timer);
          reject(new Error(`the server ended (${signal ?? code}) before it listened: ${said}`));
        });
      });
      started.stdout?.resume();
    },
    async kill() {
      if (!child) return;
      child.kill('SIGKILL');
      await gone(child);
    },
    async ended(mostMs) {
      if (!child || isGone(child)) return true;
      const waiting = child;
      return Promise.race([
        gone(waiting).then(() => true),
        new Promise<boolean>((resolve) => setTimeout(() => resolve(false), mostMs).unref()),
      ]);
    },
    async arm(place) {
      if (!child?.stdin || !child.stdout) throw new Error('the server is not there');
      const armed = once(child.stdout, 'data');
      child.stdin.write(place);
      await Promise.race([armed, gone(child)]);
    },
    send(signal) {
      child?.kill(signal);
    },
    metrics: async () => (await fetch(`http://127.0.0.1:${adminPort}/metrics`)).text(),
    async close() {
      if (child && !isGone(child)) {
        child.kill('SIGTERM');
        const timer = setTimeout(() => child?.kill('SIGKILL'), 5000);
        await gone(child);
        clearTimeout(timer);
      }
      rmSync(dataFolder, { recursive: true, force: true });
    },
  };
}

function isGone(one: ChildProcess): boolean {
  return one.exitCode !== null || one.signalCode !== null;
}

const ends = new WeakMap<ChildProcess, Promise<unknown>>();

/** However often it is asked, one listener waits. */
async function gone(one: ChildProcess): Promise<void> {
  if (isGone(one)) return;
  const end = ends.get(one) ?? once(one, 'exit');
  ends.set(one, end);
  await end;
}

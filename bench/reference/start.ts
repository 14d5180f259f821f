// Starts the reference platform on a database of its own, and asks it what it costs.

import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { openPostgres } from '@plinth/adapters/postgres';
import { sql } from 'kysely';

/** What a process says of itself. */
export interface Cost {
  /** Processor time since its start. */
  cpuMicros: number;
  rssBytes: number;
  /** Longest stretch of work without a turn of its event loop since it was last asked, in processor time. */
  stallMs: number;
  /** Overload level now. */
  level: number;
}

export interface ReferenceServer {
  port: number;
  child: ChildProcess;
  databaseUrl: string;
  cost(): Promise<Cost>;
  /** Memory it holds (RSS): what is garbage is collected before. */
  heldBytes(): Promise<number>;
  close(): Promise<void>;
}

let made = 0;

export interface ReferenceOptions {
  /** The one processor it may use. */
  pin?: number | undefined;
  /** Database of an earlier one, which drops it. */
  on?: string;
}

/** @param url a PostgreSQL server whose user may create databases. */
export async function startReference(url: string, { pin, on }: ReferenceOptions = {}): Promise<ReferenceServer> {
  const admin = await openPostgres({ url, poolSize: 1 });
  const name = `plinth_reference_${process.pid}_${++made}`;
  if (on === undefined) await sql`create database ${sql.id(name)}`.execute(admin.db);
  const own = new URL(on ?? url);
  if (on === undefined) own.pathname = `/${name}`;
  const serve = path.join(import.meta.dirname, 'serve.ts');
  const child = fork(serve, [own.href], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    ...(pin === undefined ? {} : pinned(pin)),
  });
  const close = async (): Promise<void> => {
    if (child.exitCode === null && child.signalCode === null) {
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
    if (on === undefined) await sql`drop database if exists ${sql.id(name)} with (force)`.execute(admin.db);
    await admin.close();
  };
  try {
    const port = await new Promise<number>((resolve, reject) => {
      child.once('message', (message) => resolve((message as { port: number }).port));
      child.once('exit', (code) => reject(new Error(`the reference platform ended with ${code}`)));
    });
    return {
      port,
      child,
      databaseUrl: own.href,
      cost: () => asked<Cost>(child, 'cost'),
      heldBytes: () => asked<number>(child, 'held'),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** One question at a time. */
function asked<Answer>(child: ChildProcess, question: string): Promise<Answer> {
  return new Promise((resolve, reject) => {
    child.once('message', (message) => resolve(message as Answer));
    child.send(question, (error) => {
      if (error !== null) reject(error);
    });
  });
}

/** A process that may use one processor only; `taskset` belongs to util-linux. */
export function pinned(processor: number): { execPath: string; execArgv: string[] } {
  return { execPath: 'taskset', execArgv: ['-c', String(processor), process.execPath] };
}

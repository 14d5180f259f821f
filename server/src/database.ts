// The database of this deployment: a given PostgreSQL, or Plinth's own private one.

import {
  DataFolderInUse,
  PlatformMissing,
  runningPostgresUrl,
  startEmbeddedPostgres,
} from '@plinth/adapters/embedded-postgres';
import { openPostgres } from '@plinth/adapters/postgres';
import { type Database, PortError } from '@plinth/runtime';
import { CliFailure, exit } from './cli/failure.ts';
import type { Config } from './config.ts';
import { makeFolder } from './make-folder.ts';

export interface OpenDatabase {
  database: Database;
  url: string;
  /** True when the private cluster was made now. */
  created: boolean;
  /** Closes the pool, and stops the private server. */
  close(): Promise<void>;
}

/**
 * Opens it. Throws CliFailure in words when it cannot. `beside`: also while a running Plinth owns the data folder, over
 * that one's server; for commands that only look.
 */
export async function openEmbedded(config: Config, { beside = false } = {}): Promise<OpenDatabase> {
  if (config.databaseUrl) return openGiven(config.databaseUrl);
  makeFolder(config.dataFolder);
  const server = await startEmbeddedPostgres({ dataFolder: config.dataFolder, ephemeral: config.ephemeral }).catch(
    (error: unknown) => {
      if (beside && error instanceof DataFolderInUse) return undefined;
      throw inWords(error);
    },
  );
  if (server === undefined) return openGiven(runningPostgresUrl(config.dataFolder));
  const database = await openPostgres({ url: server.url });
  return {
    database,
    url: server.url,
    created: server.created,
    async close() {
      await database.close();
      await server.stop();
    },
  };
}

async function openGiven(url: string): Promise<OpenDatabase> {
  const database = await openPostgres({ url }).catch((error: unknown) => {
    throw unreachable(error);
  });
  return { database, url, created: false, close: () => database.close() };
}

function unreachable(error: unknown): unknown {
  if (!(error instanceof PortError)) return error;
  return new CliFailure('The given PostgreSQL does not answer', {
    why: error.message,
    advice: 'check DATABASE_URL and that the server runs; without DATABASE_URL Plinth starts a private one',
    code: exit.unreachable,
  });
}

function inWords(error: unknown): unknown {
  if (error instanceof DataFolderInUse) {
    return new CliFailure(`Another process is using ${error.folder}  (pid ${error.pid}, since ${error.since})`, {
      why: 'One Plinth owns a data folder, so this one stops.',
      advice: `stop pid ${error.pid}, or set DATABASE_URL, or use --data <other folder>`,
      code: exit.usage,
    });
  }
  if (error instanceof PlatformMissing) {
    return new CliFailure('There is no private PostgreSQL for this machine', {
      why: `${error.message}.`,
      advice: 'set DATABASE_URL to a PostgreSQL 15 to 18',
      code: exit.usage,
    });
  }
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS') {
    return new CliFailure('The data folder cannot be written', {
      why: (error as Error).message,
      advice: 'use a folder of yours: --data <folder>',
      code: exit.usage,
    });
  }
  return error;
}

// pg's pool as Kysely sees it: parameters serialised, failures of the database as PortError wherever they happen.

import { elapsedMs } from '@plinth/runtime';
import type { PostgresPool, PostgresPoolClient, PostgresQueryResult } from 'kysely';
import { Client, Pool, type PoolClient } from 'pg';
import { Commits } from './commits.ts';
import { toPortError } from './errors.ts';
import { Silence } from './silence.ts';
import { toParameter, types } from './values.ts';

export interface PoolOptions {
  url: string;
  size: number;
  onIdleError: (error: Error) => void;
}

/** Longest wait for a connection: also for a free one of the pool (a burst ends as 503, not as a pile). */
export const connectWithinMs = 1000;

export interface OpenPool {
  pool: PostgresPool;
  /** Asks after connections of this process that give no answer. */
  silence: Silence;
  /** Milliseconds that whoever waits longest for a connection has waited; 0 when nobody does. */
  waitMs(): number;
}

export function openPool({ url, size, onIdleError }: PoolOptions): OpenPool {
  const pool = new Pool({
    connectionString: url,
    max: size,
    connectionTimeoutMillis: connectWithinMs,
    idleTimeoutMillis: 60_000,
    keepAlive: true,
    // A process that hangs inside a transaction must not hold its locks for ever.
    idle_in_transaction_session_timeout: 60_000,
    types,
  });
  pool.on('error', onIdleError);
  // A connection that dies in use fails its query; its event as well would end the process if nobody listened.
  pool.on('connect', (client) => client.on('error', () => undefined));
  const silence = new Silence(url);
  const wrapped = new WeakMap<PoolClient, PostgresPoolClient>();
  /** Who waits, oldest first. */
  const waiting = new Set<{ sinceMs: number }>();
  const waitMs = (): number => {
    const oldest = waiting.values().next();
    return oldest.done === true ? 0 : elapsedMs() - oldest.value.sinceMs;
  };
  const face: PostgresPool = {
    Client,
    options: pool.options,
    async connect() {
      const entry = { sinceMs: elapsedMs() };
      waiting.add(entry);
      const client = await pool
        .connect()
        .catch((error: unknown) => {
          throw toPortError(error);
        })
        .finally(() => waiting.delete(entry));
      let face = wrapped.get(client);
      if (!face) wrapped.set(client, (face = faceOf(client, { url, silence })));
      return face;
    },
    end: () => pool.end(),
  };
  return { pool: face, silence, waitMs };
}

function faceOf(client: PoolClient, { url, silence }: { url: string; silence: Silence }): PostgresPoolClient {
  const send = <Answer>(answer: Promise<Answer>): Promise<Answer> => silence.during(client, answer);
  const commits = new Commits(url, (text) => send(client.query(text)));
  const query = async <Row>(text: string, values: readonly unknown[]): Promise<PostgresQueryResult<Row>> => {
    try {
      return (await (commits.send(text) ??
        send(client.query(text, values.map(toParameter))))) as PostgresQueryResult<Row>;
    } catch (error) {
      throw toPortError(error);
    }
  };
  const { processID } = client as unknown as { processID?: number };
  return {
    ...(processID === undefined ? {} : { processID }),
    query: query as PostgresPoolClient['query'],
    release: (destroy) => client.release(destroy),
  };
}

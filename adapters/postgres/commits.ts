// A connection that is lost while COMMIT is under way has not said whether the transaction took effect. The server knows:
// each transaction notes its id when it begins, and a lost one is asked about on a new connection.

import { elapsedMs, pause, PortError } from '@plinth/runtime';
import type { PostgresQueryResult } from 'kysely';
import { Client } from 'pg';
import { toPortError } from './errors.ts';

/** Longest wait for the truth: a server that restarts needs some seconds, and the caller's time is 10 s. */
const askForMs = 5000;
const askAgainMs = 100;
const connectWithinMs = 1000;

type Result = PostgresQueryResult<unknown>;

/** Sends a text on the connection that is looked after. */
type Query = (text: string) => Promise<unknown>;

interface Begun {
  xid: string;
  /**
   * Since when the server counts its work: another value after a crash, which may forget ids that it gave and give them
   * again. A connection never outlives a crash.
   */
  era: string;
}

/** Sends what Kysely sends, but knows how a transaction ended whose connection was lost at its commit. */
export class Commits {
  readonly #url: string;
  readonly #query: Query;
  #era: string | undefined;
  #begun: Begun | undefined;
  #isLost = false;

  constructor(url: string, query: Query) {
    this.#url = url;
    this.#query = query;
  }

  /** The result of a statement that begins or ends a transaction; undefined for every other. */
  send(text: string): Promise<Result> | undefined {
    if (text === 'begin') return this.#begin();
    if (text === 'commit' && this.#begun !== undefined) return this.#commit(this.#begun);
    // There is no connection left to roll back on, and nothing to roll back.
    if (text === 'rollback' && this.#isLost) return Promise.resolve(ended('ROLLBACK'));
    return undefined;
  }

  /** One exchange: an id of its own costs the transaction no further one. */
  async #begin(): Promise<Result> {
    this.#begun = undefined;
    const era = this.#era === undefined ? `, ${eraColumn}` : '';
    const results = (await this.#query(`begin; select pg_current_xact_id()::text as xid${era}`)) as readonly [
      Result,
      { rows: { xid: string; era?: string }[] },
    ];
    const [result, { rows }] = results;
    this.#era ??= rows[0]?.era ?? '';
    this.#begun = { xid: rows[0]?.xid ?? '', era: this.#era };
    return result;
  }

  async #commit(begun: Begun): Promise<Result> {
    this.#begun = undefined;
    try {
      return (await this.#query('commit')) as Result;
    } catch (error) {
      const failure = toPortError(error);
      if (!(failure instanceof PortError) || failure.failure !== 'unavailable') throw error;
      this.#isLost = true;
      const outcome = await outcomeOf(this.#url, begun);
      if (outcome === 'committed') return ended('COMMIT');
      const what = outcome === 'aborted' ? 'the transaction was undone' : 'it is not known whether it took effect';
      throw new PortError('unavailable', `database: connection lost at commit; ${what}`, error);
    }
  }
}

/** Counters are kept over an orderly stop and begin anew after a crash. */
const eraColumn = "(select coalesce(stats_reset::text, '') from pg_stat_bgwriter) as era";

/** How a transaction ended; asks until it is known or 5 s are over. */
async function outcomeOf(url: string, begun: Begun): Promise<'committed' | 'aborted' | 'unknown'> {
  for (const until = elapsedMs() + askForMs; elapsedMs() < until; await pause(askAgainMs)) {
    // Not there (yet): asked again.
    const answer = await ask(url, begun.xid).catch(() => undefined);
    if (answer === undefined || (answer.status === 'in progress' && answer.era === begun.era)) continue;
    if (answer.era !== begun.era) return 'unknown';
    return answer.status === 'committed' || answer.status === 'aborted' ? answer.status : 'unknown';
  }
  return 'unknown';
}

async function ask(url: string, xid: string): Promise<{ status: string | null; era: string } | undefined> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: connectWithinMs, query_timeout: 1000 });
  client.on('error', () => undefined);
  try {
    await client.connect();
    const { rows } = await client.query<{ status: string | null; era: string }>(
      `select pg_xact_status($1::text::xid8) as status, ${eraColumn}`,
      [xid],
    );
    return rows[0];
  } finally {
    await client.end().catch(() => undefined);
  }
}

function ended(command: 'COMMIT' | 'ROLLBACK'): Result {
  return { command, rowCount: 0, rows: [] };
}

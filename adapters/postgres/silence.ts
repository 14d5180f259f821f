// A connection whose other end went without a word, or whose answer was lost on its way, is silent for as long as TCP
// pleases: a quarter of an hour, or for ever. A limit for every statement would end long ones that are well, so whoever is
// silent is asked after: another connection looks whether the server is at work on it.

import type { Socket } from 'node:net';
import { elapsedMs, repeat } from '@plinth/runtime';
import { Client, type PoolClient } from 'pg';

/** A statement without an answer for so long is asked after, and one that is at work again after as long. */
const silentMs = 1500;
const everyMs = 500;
const connectWithinMs = 1000;
const answerWithinMs = 1000;

type Session = Client | PoolClient;

interface Statement {
  readonly client: Session;
  /** When it is asked after. */
  dueMs: number;
  /** What was seen the last time, while the server was not at work on it. */
  sign: string | undefined;
  /** Looks in a row that nobody answered. */
  misses: number;
}

interface Seen {
  pid: number;
  /** When this session began; '' = there is none. */
  began: string;
  /** When its state last changed. */
  changed: string;
  isAtWork: boolean;
}

/**
 * Ends the connection of a statement that the server is not at work on, or whose server is not there: two looks in a row
 * must say so, half a second apart, so that an answer on its way arrives. That takes 2 to 4 s; what the session held on
 * the server is freed too. What the server is at work on may take as long as it takes.
 */
export class Silence {
  readonly #url: string;
  readonly #open = new Set<Statement>();
  /** When the server last answered anything to this process. */
  #heardMs = 0;
  #isLooking = false;
  #stop: (() => void) | undefined;

  constructor(url: string) {
    this.#url = url;
  }

  /** The outcome of `answer`, a statement sent on `client`. */
  async during<T>(client: Session, answer: Promise<T>): Promise<T> {
    const statement: Statement = { client, dueMs: elapsedMs() + silentMs, sign: undefined, misses: 0 };
    this.#open.add(statement);
    this.#stop ??= repeat(everyMs, () => void this.#look());
    try {
      const result = await answer;
      this.#heardMs = elapsedMs();
      return result;
    } finally {
      this.#open.delete(statement);
    }
  }

  async #look(): Promise<void> {
    if (this.#open.size === 0) {
      this.#stop?.();
      this.#stop = undefined;
      return;
    }
    const nowMs = elapsedMs();
    const silent = [...this.#open].filter(({ dueMs }) => dueMs <= nowMs);
    if (silent.length === 0 || this.#isLooking) return;
    this.#isLooking = true;
    try {
      await this.#lookAt(silent);
    } finally {
      this.#isLooking = false;
    }
  }

  async #lookAt(silent: readonly Statement[]): Promise<void> {
    const looker = new Client({
      connectionString: this.#url,
      connectionTimeoutMillis: connectWithinMs,
      query_timeout: answerWithinMs,
    });
    looker.on('error', () => undefined);
    const beganMs = elapsedMs();
    try {
      await looker.connect();
      const seen = await look(looker, silent);
      const lost = lostOf(silent, seen).filter(({ statement }) => this.#open.has(statement));
      if (lost.length > 0) await endSessions(looker, lost).catch(() => undefined);
      for (const { statement } of lost) this.#giveUp(statement);
    } catch (error) {
      const isThere = isAnswer(error) || this.#heardMs > beganMs;
      for (const statement of silent) {
        statement.misses = isThere ? 0 : statement.misses + 1;
        if (statement.misses >= 2) this.#giveUp(statement);
      }
    } finally {
      // It says good-bye, and does not wait for the answer.
      looker.end().catch(() => undefined);
    }
  }

  /** Whoever waits for the answer is told that the connection was lost. */
  #giveUp(statement: Statement): void {
    if (this.#open.has(statement)) socketOf(statement.client).destroy();
  }
}

/** A server that refuses to let us look is there. SQLSTATE has a digit, the system's codes (EPIPE) have none. */
function isAnswer(error: unknown): boolean {
  return /^(?=.*\d)[0-9A-Z]{5}$/.test((error as { code?: string }).code ?? '');
}

/** What each session is at; nothing, if something between us and the server gives sessions other numbers. */
async function look(looker: Client, silent: readonly Statement[]): Promise<readonly Seen[]> {
  const { rows } = await looker.query<Seen>(
    `select asked.pid, coalesce(backend_start::text, '') as began, coalesce(state_change::text, '') as changed,
      activity.pid is not null and not coalesce(state like 'idle%' or wait_event = 'ClientWrite', false) as "isAtWork"
    from unnest($1::int[]) as asked(pid) left join pg_stat_activity as activity using (pid)
    where pg_backend_pid() = $2`,
    [silent.map(({ client }) => numberOf(client)), numberOf(looker)],
  );
  return rows;
}

/** Statements of which two looks saw the same: nobody at work, and nothing that moved in between. */
function lostOf(silent: readonly Statement[], seen: readonly Seen[]): { statement: Statement; seen: Seen }[] {
  return silent.flatMap((statement) => {
    const of = seen.find(({ pid }) => pid === numberOf(statement.client));
    statement.misses = 0;
    if (of === undefined || of.isAtWork) {
      statement.sign = undefined;
      statement.dueMs = elapsedMs() + silentMs;
      return [];
    }
    const sign = `${of.began} ${of.changed} ${socketOf(statement.client).bytesRead}`;
    const isLost = statement.sign === sign;
    statement.sign = sign;
    return isLost ? [{ statement, seen: of }] : [];
  });
}

/** A session that nobody can speak to any more would keep its locks, and leave open how its transaction ends. */
async function endSessions(looker: Client, lost: readonly { seen: Seen }[]): Promise<void> {
  await looker.query(
    `select pg_terminate_backend(pid) from pg_stat_activity
    where (pid, backend_start::text, state_change::text) in (select * from unnest($1::int[], $2::text[], $3::text[]))`,
    [lost.map(({ seen }) => seen.pid), lost.map(({ seen }) => seen.began), lost.map(({ seen }) => seen.changed)],
  );
}

/** The server's number of a session. */
function numberOf(client: Session): number {
  return (client as unknown as { processID: number | null }).processID ?? 0;
}

function socketOf(client: Session): Socket {
  return (client as unknown as { connection: { stream: Socket } }).connection.stream;
}

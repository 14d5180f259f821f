// Who is let in no more, known to every process of a database: rows that each process follows. A notification makes it
// quick, the sweep every second forgives a lost one, so a kill switch acts within about a second everywhere. A withdrawn
// credential ends by itself, and its row with it; who is suspended is so until somebody says otherwise, whatever fresh
// tokens an issuer gives them meanwhile.

import { type RawBuilder, sql } from 'kysely';
import { repeat } from '../kernel/index.ts';
import type { Database, Db, Tx } from '../ports/index.ts';
import type { Revocations } from './token-cache.ts';

const channel = 'plinth_revoked';
const sweepMs = 1000;
/** Rows written so long ago are looked at again: a transaction may commit later than one that began after it. */
const lookBackS = 300;
/** A credential never lives longer (issuers.ts), so neither does its revocation. */
const keptS = 86_400;
const mostRows = 100_000;
/** Applications, partners and people that are suspended at the same time: about 200 bytes each in every process. */
const mostSuspended = 1_000_000;
/** Of whoever is suspended. Not `infinity`: earlier versions reckon with it, and PostgreSQL before 17 refuses that. */
const never = sql.lit('9999-12-31 00:00:00+00');

export interface RevocationBookOptions {
  database: Database;
  revocations: Revocations;
  /** Seconds since the epoch by which credentials are judged. */
  nowS: () => number;
  /** Something was withdrawn, here or elsewhere: who is let in by a long connection must be looked at. Must not block. */
  changed?: () => void;
  /** The rows could not be read; the next sweep tries again. */
  onError: (error: unknown) => void;
}

export class RevocationBook {
  readonly #options: RevocationBookOptions;
  #stop: (() => void) | undefined;
  #unlisten: (() => Promise<void>) | undefined;
  #reading: Promise<void> | undefined;
  #again = false;
  /** A read failed: what changed since may be no more among the latest rows. */
  #isBehind = false;

  constructor(options: RevocationBookOptions) {
    this.#options = options;
  }

  /**
   * Takes over what is withdrawn now and follows from there until `close`. Rejects when the database does not answer, and
   * for more than 1,000,000 that are suspended: some of them would be let in.
   */
  async open(): Promise<void> {
    await this.#readAll();
    this.#unlisten = await this.#options.database.listen(channel, () => this.#follow());
    this.#stop = repeat(sweepMs, () => this.#follow());
  }

  /** Withdraws a credential at once here, and within about a second everywhere. `what`: see `Revocations`. */
  async revoke(what: string): Promise<void> {
    const { database, revocations, nowS } = this.#options;
    await revoke(database.db, what);
    revocations.revoke(what, nowS());
    this.#options.changed?.();
  }

  async close(): Promise<void> {
    this.#stop?.();
    await this.#unlisten?.();
    await this.#reading;
  }

  #follow(): void {
    if (this.#reading !== undefined) {
      this.#again = true;
      return;
    }
    this.#again = false;
    this.#reading = (this.#isBehind ? this.#readAll() : this.#read(lookBackS))
      .catch((error: unknown) => {
        this.#isBehind = true;
        this.#options.onError(error);
      })
      .finally(() => {
        this.#reading = undefined;
        if (this.#again) this.#follow();
      });
  }

  async #readAll(): Promise<void> {
    const { database, revocations } = this.#options;
    const { rows } = await sql<{ what: string }>`
      select what from runtime.revocation where until >= ${never} limit ${mostSuspended + 1}`.execute(database.db);
    if (rows.length > mostSuspended)
      throw new Error(
        `more than ${mostSuspended} are suspended; let in (plinth revoke --restore) what its issuer knows no more`,
      );
    const suspended = new Set(rows.map(({ what }) => what));
    for (const what of revocations.suspended) if (!suspended.has(what)) revocations.restore(what);
    for (const what of suspended) revocations.suspend(what);
    await this.#read(keptS);
    this.#isBehind = false;
    this.#options.changed?.();
  }

  async #read(sinceS: number): Promise<void> {
    const { database, revocations, nowS } = this.#options;
    const { rows } = await sql<{ what: string; leftS: number; isSuspended: boolean }>`
      select what, extract(epoch from until - clock_timestamp())::float8 as "leftS", until >= ${never} as "isSuspended"
      from runtime.revocation
      where at > clock_timestamp() - make_interval(secs => ${sinceS}) order by at desc limit ${mostRows}`.execute(
      database.db,
    );
    const isNew = rows.some(({ what, leftS }) => leftS > 0 && !revocations.knows(what));
    for (const { what, leftS, isSuspended } of rows) {
      if (isSuspended) revocations.suspend(what);
      else if (leftS > 0) revocations.revoke(what, nowS(), leftS);
      else revocations.restore(what);
    }
    if (isNew) this.#options.changed?.();
  }
}

/** Withdraws a credential as part of a transaction: `jti:…`, `sid:…`, `key:…`; or for some seconds. Who is suspended stays so. */
export async function revoke(db: Db | Tx, what: string, seconds = keptS): Promise<void> {
  await write(db, what, sql`clock_timestamp() + make_interval(secs => ${seconds})`);
}

/** Shuts out until `restore`, whatever tokens come: `sub:<issuer>|<subject>`, `cus:…`, `app:…`, `ptn:…`, `key:…`. */
export async function suspend(db: Db | Tx, what: string): Promise<void> {
  await write(db, what, sql`${never}::timestamptz`);
}

/** Lets in again. */
export async function restore(db: Db | Tx, what: string): Promise<void> {
  await write(db, what, sql`clock_timestamp()`, sql`excluded.until`);
}

async function write(
  db: Db | Tx,
  what: string,
  until: RawBuilder<unknown>,
  known: RawBuilder<unknown> = sql`greatest(r.until, excluded.until)`,
): Promise<void> {
  await sql`
    with written as (
      insert into runtime.revocation as r (what, at, until) values (${what}, clock_timestamp(), ${until})
      on conflict (what) do update set at = excluded.at, until = ${known})
    select pg_notify(${channel}, '')`.execute(db);
}

/** Deletes at most `most` of what has ended; the platform's cleaning runs it. */
export function deleteRevocations(most: number): RawBuilder<unknown> {
  return sql`
    delete from runtime.revocation where what in (
      select what from runtime.revocation
      where until < clock_timestamp() - make_interval(secs => ${lookBackS}) limit ${most})`;
}

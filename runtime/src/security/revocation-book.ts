// Withdrawn credentials, known to every process of a database: rows that each process follows. A notification makes it
// quick, the sweep every second forgives a lost one, so a kill switch acts within about a second everywhere.

import { sql } from 'kysely';
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

  constructor(options: RevocationBookOptions) {
    this.#options = options;
  }

  /** Takes over what is withdrawn now and follows from there until `close`. Rejects when the database does not answer. */
  async open(): Promise<void> {
    await this.#read(keptS);
    this.#unlisten = await this.#options.database.listen(channel, () => this.#follow());
    this.#stop = repeat(sweepMs, () => this.#follow());
  }

  /** Withdraws at once here, and within about a second everywhere. `what`: see `Revocations`. */
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
    this.#reading = this.#read(lookBackS)
      .catch((error: unknown) => this.#options.onError(error))
      .finally(() => {
        this.#reading = undefined;
        if (this.#again) this.#follow();
      });
  }

  async #read(sinceS: number): Promise<void> {
    const { database, revocations, nowS } = this.#options;
    const { rows } = await sql<{ what: string; leftS: number }>`
      select what, extract(epoch from until - clock_timestamp())::float8 as "leftS" from runtime.revocation
      where at > clock_timestamp() - make_interval(secs => ${sinceS}) order by at desc limit ${mostRows}`.execute(
      database.db,
    );
    const isNew = rows.some(({ what, leftS }) => leftS > 0 && !revocations.knows(what));
    for (const { what, leftS } of rows) {
      if (leftS > 0) revocations.revoke(what, nowS(), leftS);
      else revocations.restore(what);
    }
    if (isNew) this.#options.changed?.();
  }
}

/** Withdraws as part of a transaction: `jti:…`, `sid:…`, `sub:<issuer>|<subject>`, `app:…`, `ptn:…`, `key:…`. */
export async function revoke(db: Db | Tx, what: string): Promise<void> {
  await write(db, what, keptS);
}

/** Lets an application in again. */
export async function restore(db: Db | Tx, what: string): Promise<void> {
  await write(db, what, 0);
}

async function write(db: Db | Tx, what: string, seconds: number): Promise<void> {
  await sql`
    with written as (
      insert into runtime.revocation (what, at, until)
      values (${what}, clock_timestamp(), clock_timestamp() + make_interval(secs => ${seconds}))
      on conflict (what) do update set at = excluded.at, until = excluded.until)
    select pg_notify(${channel}, '')`.execute(db);
}

/** Deletes what has ended; a job runs it. */
export async function sweepRevocations(db: Db): Promise<void> {
  await sql`
    delete from runtime.revocation where what in (
      select what from runtime.revocation
      where greatest(at, until) < clock_timestamp() - make_interval(secs => ${lookBackS}) limit 1000)`.execute(db);
}

// Publishes the outbox: gives facts their position, in order, and hands them to the subscribers of this process.
// Positions are given under one lock in publish order, so whoever reads by position never skips a transaction that
// committed late. A poke after commit makes it quick; NOTIFY carries it to other processes; the sweep forgives both.

import { sql } from 'kysely';
import type { Log } from '../context.ts';
import { crashPoint, repeat } from '../kernel/index.ts';
import type { Database, EventLog, PlinthEvent } from '../ports/index.ts';
import { eventColumns, type EventRow, headOf, readEvents, toEvent } from './log-rows.ts';

/** Facts published in one transaction. */
const batch = 500;
/** Transactions at the end, when nobody waits for more. */
const lastBatches = 20;
const sweepMs = 1000;
const channel = 'plinth_events';

export interface RelayOptions {
  database: Database;
  log: Log;
}

export interface Relay extends EventLog {
  /** Something was committed: publish now. Cheap; pokes during a run fold into one more run. */
  readonly poke: () => void;
  /** Resolves when everything committed before the call has been handed to the subscribers of this process. */
  settled(): Promise<void>;
  close(): Promise<void>;
}

/** Starts publishing and following the log from its present head. */
export async function createRelay(options: RelayOptions): Promise<Relay> {
  const relay = new OutboxRelay(options);
  await relay.open();
  return relay;
}

class OutboxRelay implements Relay {
  readonly #database: Database;
  readonly #log: Log;
  readonly #listeners = new Set<(events: readonly PlinthEvent[]) => void>();
  /** Position up to which subscribers of this process were told. */
  #seen = 0;
  #running: Promise<void> | undefined;
  #again = false;
  #closed = false;
  #stopSweep: (() => void) | undefined;
  #unlisten: (() => Promise<void>) | undefined;

  constructor({ database, log }: RelayOptions) {
    this.#database = database;
    this.#log = log;
  }

  async open(): Promise<void> {
    this.#seen = await this.head();
    this.#unlisten = await this.#database.listen(channel, () => this.#wake(() => this.#follow()));
    this.#stopSweep = repeat(sweepMs, () => this.#wake(() => this.#sweep()));
    this.poke();
  }

  head(): Promise<number> {
    return headOf(this.#database.db);
  }

  read(after: number, limit: number): Promise<PlinthEvent[]> {
    return readEvents(this.#database.db, after, limit);
  }

  subscribe(listener: (events: readonly PlinthEvent[]) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  readonly poke = (): void => this.#wake(() => this.#publishAll());

  async settled(): Promise<void> {
    // Whatever runs now may have begun before the last commit; the next run has not.
    await this.#running;
    this.poke();
    while (this.#running) await this.#running;
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#stopSweep?.();
    await this.#unlisten?.();
    await this.#running;
    // What the last transactions said is told now: nobody else may be there until the next start.
    await this.#run(() => this.#publishRest());
    this.#listeners.clear();
  }

  /** One thing at a time, so that subscribers are told in order. A wake-up during a run is not lost. */
  #wake(work: () => Promise<void>): void {
    if (this.#closed) return;
    if (this.#running) {
      this.#again = true;
      return;
    }
    this.#running = this.#run(work).finally(() => {
      this.#running = undefined;
    });
  }

  async #run(work: () => Promise<void>): Promise<void> {
    try {
      this.#again = false;
      await work();
      while (this.#again && !this.#closed) {
        this.#again = false;
        await this.#publishAll();
        await this.#follow();
      }
    } catch (error) {
      // The facts are safe in the table; the next sweep tries again.
      if (!this.#closed) this.#log.warn('relay paused', { error: String(error) });
    }
  }

  async #sweep(): Promise<void> {
    const found = await sql<{ head: string; waiting: boolean }>`
      select head::text as head, exists (select 1 from runtime.outbox where position is null) as waiting
      from runtime.event_log`.execute(this.#database.db);
    const state = found.rows[0];
    if (state?.waiting) await this.#publishAll();
    else if (Number(state?.head ?? 0) > this.#seen) await this.#follow();
  }

  async #publishAll(): Promise<void> {
    let published = batch;
    while (published === batch && !this.#closed) published = await this.#publish();
  }

  async #publishRest(): Promise<void> {
    let published = batch;
    for (let count = 0; published === batch && count < lastBatches; count++) published = await this.#publish();
  }

  async #publish(): Promise<number> {
    const events = await this.#database.transaction(async (tx) => {
      // A statement of its own: the next one sees what the holder before us committed.
      const head = await sql<{ head: string }>`
        select head::text as head from runtime.event_log for update`.execute(tx);
      const base = head.rows[0]?.head ?? '0';
      const published = await sql<EventRow>`
        with batch as (
          select event_id as chosen, row_number() over (order by ordinal) as place
          from (select event_id, ordinal from runtime.outbox where position is null order by ordinal limit ${batch}) w)
        update runtime.outbox set position = ${base}::bigint + place, published_at = clock_timestamp()
        from batch where event_id = chosen
        returning ${eventColumns}`.execute(tx);
      if (published.rows.length > 0) {
        await sql`
          with moved as (update runtime.event_log set head = head + ${published.rows.length})
          select pg_notify(${channel}, '')`.execute(tx);
        crashPoint('relay.before-commit');
      }
      return published.rows.map(toEvent).toSorted((a, b) => a.position - b.position);
    });
    if (events.length > 0) crashPoint('relay.after-commit');
    // Another process may have published in between: then the gap is read from the table.
    if (events[0]?.position === this.#seen + 1) this.#tell(events);
    else if (events.length > 0) await this.#follow();
    return events.length;
  }

  /** Tells everything after the last position this process saw. */
  async #follow(): Promise<void> {
    let events: PlinthEvent[];
    do {
      events = await this.read(this.#seen, batch);
      this.#tell(events);
    } while (events.length === batch && !this.#closed);
  }

  #tell(events: readonly PlinthEvent[]): void {
    const last = events.at(-1);
    if (!last) return;
    this.#seen = last.position;
    for (const listener of this.#listeners) {
      try {
        listener(events);
      } catch (error) {
        this.#log.error('a subscriber of events failed', { error: String(error) });
      }
    }
  }
}

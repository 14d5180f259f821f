// One reaction following the log. Delivery is at least once; the effect is exactly once, because it commits together
// with its inbox row and the cursor. An event that fails is held back and tried again; later events of its subject wait
// behind it, all others go on. After the last try it is a dead letter.

import type { Reaction } from '../capability.ts';
import { crashPoint, isPlanted, later, pause } from '../kernel/index.ts';
import type { EventLog, PlinthEvent, Tx } from '../ports/index.ts';
import { isPassingTrouble } from '../store/trouble.ts';
import { cleaned } from '../telemetry/log-fields.ts';
import type { Trace } from '../telemetry/trace.ts';
import { traced } from '../telemetry/tracer.ts';
import { beginWrite, serviceBase, type WorkServices } from '../work.ts';
import * as rows from './consumer-rows.ts';
import { placeOf } from './log-rows.ts';

/** Matching events in memory; beyond it the consumer reads on from the table. */
const queueLength = 1000;
const readBatch = 200;
const errorLength = 1000;

/** Leaves the transaction without committing it; another process has the cursor or the event. */
class Elsewhere extends Error {
  override readonly name = 'Elsewhere';
}

export interface ConsumerOptions {
  services: WorkServices;
  log: EventLog;
  reaction: Reaction;
  /** Milliseconds before the n-th further try; its length + 1 tries in all. */
  retryAfterMs: readonly number[];
  position: number;
}

export class Consumer {
  readonly name: string;
  readonly #options: ConsumerOptions;
  readonly #wanted: (event: PlinthEvent) => boolean;
  #queue: PlinthEvent[] = [];
  /** Everything up to here is done, held or of no concern. */
  #position: number;
  /** Up to here the queue is complete. */
  #scanned: number;
  /** Highest position ever offered. */
  #offered = 0;
  #behind = true;
  #checkHeld = true;
  #saved: number;
  #running: Promise<void> | undefined;
  #again = false;
  #stopped = false;
  #stopTimer: (() => void) | undefined;

  constructor(options: ConsumerOptions) {
    const { on, name } = options.reaction;
    this.name = name;
    this.#options = options;
    this.#position = this.#scanned = this.#saved = options.position;
    // What is told to one principal alone is no capability's fact.
    this.#wanted = ({ type, whose }) => whose === undefined && (on === '*' || (on as readonly string[]).includes(type));
  }

  get position(): number {
    return this.#position;
  }

  /** New events of the log, in order. */
  offer(events: readonly PlinthEvent[]): void {
    const first = events[0]?.position ?? 0;
    const last = events.at(-1)?.position ?? 0;
    this.#offered = Math.max(this.#offered, last);
    if (this.#behind) return this.wake();
    const fresh = events.filter((event) => event.position > this.#scanned && this.#wanted(event));
    if (first > this.#scanned + 1 || this.#queue.length + fresh.length > queueLength) return this.#readOn();
    this.#queue.push(...fresh);
    this.#scanned = Math.max(this.#scanned, last);
    if (this.#queue.length > 0) this.wake();
    else if (!this.#running) this.#position = this.#scanned;
  }

  /** Looks at held events and at what another process had; called by the sweep. */
  sweep(hasDue: boolean): void {
    if (hasDue) this.#checkHeld = true;
    if (hasDue || this.#behind) this.wake();
  }

  /** Position to save lazily: events of no concern move the cursor in memory only. */
  unsaved(): number | undefined {
    if (this.#position === this.#saved) return undefined;
    this.#saved = this.#position;
    return this.#position;
  }

  wake(): void {
    if (this.#stopped) return;
    if (this.#running) {
      this.#again = true;
      return;
    }
    this.#running = this.#run().finally(() => {
      this.#running = undefined;
      if (this.#again) this.wake();
    });
  }

  async idle(): Promise<void> {
    while (this.#running) await this.#running;
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#stopTimer?.();
    await this.idle();
  }

  #readOn(): void {
    this.#forget();
    this.wake();
  }

  #forget(): void {
    this.#behind = true;
    this.#queue = [];
    this.#scanned = this.#position;
  }

  async #run(): Promise<void> {
    this.#again = false;
    try {
      while (!this.#stopped) {
        if (this.#checkHeld) await this.#retryHeld();
        const event = this.#queue.shift();
        if (event) {
          await this.#take(event);
          this.#position = Math.max(this.#position, event.position);
        } else if (this.#behind) await this.#catchUp();
        else {
          this.#position = this.#scanned;
          return;
        }
      }
    } catch (error) {
      // Another process works on it, or the database is away: read again from the cursor at the next sweep.
      this.#forget();
      this.#again = false;
      if (!(error instanceof Elsewhere) && !this.#stopped)
        this.#options.services.log.warn('reaction paused', { reaction: this.name, error: String(error) });
    }
  }

  async #catchUp(): Promise<void> {
    const known = this.#offered;
    const events = await this.#options.log.read(this.#scanned, readBatch);
    this.#scanned = events.at(-1)?.position ?? this.#scanned;
    this.#queue = events.filter(this.#wanted);
    if (this.#queue.length === 0) this.#position = this.#scanned;
    // What was offered while we read is not in what we read.
    this.#behind = events.length === readBatch || this.#offered > Math.max(known, this.#scanned);
  }

  /** One event: effect, inbox row and cursor in one transaction. */
  async #take(event: PlinthEvent): Promise<void> {
    try {
      const done = await this.#inSpan(event, async (tx, trace) => {
        const cursor = await rows.lockCursor(tx, this.name, event.subject);
        if (!cursor) throw new Elsewhere();
        if (cursor.position >= event.position) return false;
        if (cursor.held) await rows.holdEvent(tx, this.name, { event, attempt: 0 });
        else if (await this.#enter(event, tx)) await this.#react(event, tx, trace);
        if (!cursor.held && isPlanted('delivery.twice')) await this.#react(event, tx, trace);
        await rows.moveCursor(tx, this.name, event.position);
        crashPoint('reaction.before-commit');
        return true;
      });
      this.#saved = event.position;
      if (done) this.#options.services.committed();
    } catch (error) {
      if (isElsewhere(error)) throw error;
      await this.#failed({ event, attempt: 1 }, error);
    }
  }

  /** Whether the event is new to this reaction; then it counts as done when the transaction commits. */
  async #enter(event: PlinthEvent, tx: Tx): Promise<boolean> {
    const isNew = isPlanted('inbox.skipped') || (await rows.enterInbox(tx, this.name, event.id));
    if (!isNew) this.#options.services.count?.('plinth.inbox.duplicates', { consumer: this.name });
    return isNew;
  }

  /** A reaction is one transaction, and one span in the trace of its event. */
  #inSpan<T>(event: PlinthEvent, work: (tx: Tx, trace: Trace) => Promise<T>): Promise<T> {
    const { database, tracer } = this.#options.services;
    const about = { name: this.name, kind: 'consumer', attributes: { 'plinth.event': event.type } } as const;
    return traced(tracer, placeOf(event), about, (trace) => database.transaction((tx) => work(tx, trace)));
  }

  async #react(event: PlinthEvent, tx: Tx, trace: Trace): Promise<void> {
    if (!isPlanted('effect.outside')) return this.#reactIn(event, tx, trace);
    await this.#options.services.database.transaction((other) => this.#reactIn(event, other, trace));
    await pause(20);
  }

  async #reactIn(event: PlinthEvent, tx: Tx, trace: Trace): Promise<void> {
    const { services, reaction } = this.#options;
    const { customerId, decisionId, channel } = event;
    const base = serviceBase(services, { name: this.name, customerId, trace, decisionId, channel });
    const unit = beginWrite(services, base, tx);
    await reaction.run(event, unit.context);
    await unit.flush();
  }

  /** The first failure of an event, or a further one. */
  async #failed(held: rows.HeldEvent, cause: unknown): Promise<void> {
    const { services, retryAfterMs } = this.#options;
    const { event, attempt } = held;
    const error = cleaned(cause instanceof Error ? cause.message : String(cause), errorLength);
    const waitMs = retryAfterMs[attempt - 1];
    const note = { reaction: this.name, event: event.id, type: event.type, attempt, error };
    if (waitMs === undefined) services.log.error('reaction gave up on an event', note);
    else services.log.warn('reaction failed, will be tried again', note);
    await services.database.transaction(async (tx) => {
      if (waitMs === undefined) {
        await rows.releaseHeld(tx, this.name, event.id);
        await rows.buryEvent(tx, this.name, { event, attempt, error });
      } else await rows.holdEvent(tx, this.name, { event, attempt, waitMs, error });
      await rows.moveCursor(tx, this.name, event.position);
    });
    this.#checkHeld = waitMs === undefined || this.#checkHeld;
    if (waitMs !== undefined) this.#retryAfter(waitMs);
  }

  #retryAfter(waitMs: number): void {
    // Each failure sets its own timer anew; an earlier one that is lost is found by the sweep.
    this.#stopTimer?.();
    this.#stopTimer = later(waitMs + 1, () => {
      this.#checkHeld = true;
      this.wake();
    });
  }

  /** Held events that are due, subject by subject; a success lets the next one of that subject go. */
  async #retryHeld(): Promise<void> {
    this.#checkHeld = false;
    const { database, committed } = this.#options.services;
    for (const { event, attempt } of await rows.dueEvents(database.db, this.name)) {
      if (this.#stopped) return;
      try {
        await this.#inSpan(event, async (tx, trace) => {
          if (!(await rows.releaseHeld(tx, this.name, event.id))) throw new Elsewhere();
          if (await this.#enter(event, tx)) await this.#react(event, tx, trace);
          crashPoint('reaction.before-commit');
        });
        committed();
        this.#checkHeld = true;
      } catch (error) {
        if (error instanceof Elsewhere) continue;
        if (isElsewhere(error)) throw error;
        await this.#failed({ event, attempt: attempt + 1 }, error);
      }
    }
  }
}

/** Nothing is wrong with the event: the cursor is another's, or the database is away. */
function isElsewhere(error: unknown): boolean {
  return error instanceof Elsewhere || isPassingTrouble(error);
}

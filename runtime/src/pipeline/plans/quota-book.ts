// Quotas of days and months, counted in the database by all processes together. A process takes calls on its own account
// up to a quarter of what was left when it last asked, and tells the database once a second; at the end of a quota every
// call asks. So the count is exact for one process, and goes over by less than a call for each further one.

import { sql } from 'kysely';
import { type Clock, repeat } from '../../kernel/index.ts';
import type { Database, Db } from '../../ports/index.ts';
import { sweep } from '../../store/sweep.ts';
import type { Quota } from './plan.ts';

const flushEveryMs = 1_000;
const shareOfLeft = 0.25;
/** Calls of one application that may ask together at the very end of a quota. */
const mostAskers = 1_000;
/** Counters of one process: applications × products × periods under way. */
const mostCounters = 20_000;
/** Months that counts are kept. */
const keptMonths = 13;

export interface Allowed {
  allowed: boolean;
  /** Seconds until the period ends. */
  resetS: number;
}

interface Counter {
  readonly application: string;
  readonly product: string;
  /** `2026-11-29` or `2026-11`. */
  readonly period: string;
  readonly endsMs: number;
  /** What the plan said last. */
  calls: number;
  /** As the database last said; undefined = not asked yet. */
  used: number | undefined;
  /** Taken here and not told yet. */
  pending: number;
  /** Being told just now. */
  inFlight: number;
  /** What may be taken before the database is asked again. */
  budget: number;
  asking: Promise<boolean> | undefined;
}

export interface QuotaUse {
  application: string;
  product: string;
  period: string;
  calls: number;
}

export interface QuotaBookOptions {
  database: Pick<Database, 'db'>;
  clock: Clock;
  /** Calls go on uncounted by others while the database cannot be told; what was counted is kept. */
  onError: (error: unknown) => void;
}

export class QuotaBook {
  readonly #options: QuotaBookOptions;
  readonly #counters = new Map<string, Counter>();
  readonly #stop: () => void;

  constructor(options: QuotaBookOptions) {
    this.#options = options;
    this.#stop = repeat(flushEveryMs, () => void this.flush());
  }

  /** Takes one call. A promise when the database has to be asked. */
  take(application: string, quota: Quota): Allowed | Promise<Allowed> {
    const nowMs = this.#options.clock.now().epochMilliseconds;
    const counter = this.#counterOf(application, quota, nowMs);
    counter.calls = quota.calls;
    const resetS = Math.max(1, Math.ceil((counter.endsMs - nowMs) / 1_000));
    if ((counter.used ?? 0) >= quota.calls) return { allowed: false, resetS };
    const untold = counter.pending + counter.inFlight;
    if (counter.used !== undefined && untold < Math.min(counter.budget, quota.calls - counter.used)) {
      counter.pending += 1;
      return { allowed: true, resetS };
    }
    return this.#askFirst(counter, resetS);
  }

  /** Tells the database what was taken. */
  async flush(): Promise<void> {
    const nowMs = this.#options.clock.now().epochMilliseconds;
    for (const [key, counter] of this.#counters) {
      if (counter.pending > 0) await this.#ask(counter);
      else if (counter.endsMs <= nowMs) this.#counters.delete(key);
    }
  }

  async close(): Promise<void> {
    this.#stop();
    await this.flush();
  }

  /** At the end of a quota: the call is counted before it is allowed, and taken back when it was one too many. */
  async #askFirst(counter: Counter, resetS: number): Promise<Allowed> {
    for (let round = 0; round < mostAskers; round++) {
      const isTold = await this.#ask(counter);
      const untold = counter.pending + counter.inFlight;
      const left = counter.calls - (counter.used ?? 0) - untold;
      if (left <= 0) return { allowed: false, resetS };
      // Of many that asked together each takes its turn. When nobody could be asked it fails soft: this process counts on.
      if (untold >= counter.budget && isTold) continue;
      counter.pending += 1;
      return { allowed: true, resetS };
    }
    return { allowed: false, resetS: 1 };
  }

  /** False when the database could not be told. */
  #ask(counter: Counter): Promise<boolean> {
    counter.asking ??= this.#tell(counter)
      .then(
        () => true,
        (error: unknown) => {
          this.#options.onError(error);
          return false;
        },
      )
      .finally(() => (counter.asking = undefined));
    return counter.asking;
  }

  async #tell(counter: Counter): Promise<void> {
    counter.inFlight = counter.pending;
    counter.pending = 0;
    try {
      const { rows } = await sql<{ calls: bigint }>`
        insert into runtime.quota_use as u (application, product, period, calls, ends_at)
        values (${counter.application}, ${counter.product}, ${counter.period}, ${counter.inFlight}, to_timestamp(${counter.endsMs / 1_000}))
        on conflict (application, product, period) do update set calls = u.calls + excluded.calls
        returning calls`.execute(this.#options.database.db);
      counter.used = Number(rows[0]?.calls ?? 0);
      counter.budget = Math.max(1, Math.floor((counter.calls - counter.used) * shareOfLeft));
    } catch (error) {
      counter.pending += counter.inFlight;
      throw error;
    } finally {
      counter.inFlight = 0;
    }
  }

  #counterOf(application: string, { product, per, calls }: Quota, nowMs: number): Counter {
    const key = `${application} ${product} ${per}`;
    const known = this.#counters.get(key);
    if (known !== undefined && known.endsMs > nowMs) return known;
    // What is left of the last period is told under its own name.
    if (known !== undefined && known.pending > 0) void this.#ask(known);
    if (this.#counters.size >= mostCounters) this.#forgetOne();
    const { period, endsMs } = periodOf(per, nowMs);
    const counter: Counter = {
      application,
      product,
      period,
      endsMs,
      calls,
      used: undefined,
      pending: 0,
      inFlight: 0,
      budget: 0,
      asking: undefined,
    };
    this.#counters.set(key, counter);
    return counter;
  }

  #forgetOne(): void {
    const eldest = this.#counters.entries().next();
    if (eldest.done === true) return;
    const [key, counter] = eldest.value;
    this.#counters.delete(key);
    if (counter.pending > 0) void this.#ask(counter);
  }
}

/** What an application used, latest period first; undefined = all of them. At most 1,000 rows. */
export async function readQuotaUse(db: Db, application?: string): Promise<QuotaUse[]> {
  const { rows } = await sql<{ application: string; product: string; period: string; calls: bigint }>`
    select application, product, period, calls from runtime.quota_use
    where ${application ?? null}::text is null or application = ${application ?? null}
    order by ends_at desc, application, product, period limit 1000`.execute(db);
  return rows.map(({ calls, ...row }) => ({ ...row, calls: Number(calls) }));
}

/** Deletes up to 1,000 counts that nobody is billed by any more; returns how many. */
export async function sweepQuotas(db: Db): Promise<number> {
  return sweep(
    db,
    (most) => sql`
      delete from runtime.quota_use where ctid in (
        select ctid from runtime.quota_use
        where ends_at < now() - make_interval(months => ${keptMonths}) limit ${most})`,
  );
}

/** Calendar days and months of UTC. */
function periodOf(per: Quota['per'], nowMs: number): { period: string; endsMs: number } {
  const today = Temporal.Instant.fromEpochMilliseconds(nowMs).toZonedDateTimeISO('UTC').toPlainDate();
  const start = per === 'day' ? today : today.with({ day: 1 });
  const end = start.add(per === 'day' ? { days: 1 } : { months: 1 });
  return {
    period: per === 'day' ? start.toString() : start.toPlainYearMonth().toString(),
    endsMs: end.toZonedDateTime('UTC').epochMilliseconds,
  };
}

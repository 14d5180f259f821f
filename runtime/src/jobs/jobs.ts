// Later work on pg-boss (schema `pgboss`): jobs enqueued by a transaction, and periodic ones. It starts in the background,
// so it never delays the first answer. A job may run more than once (a process died in the middle): it must bear that.

import { fromKysely, PgBoss, type Db as BossDb } from 'pg-boss';
import type { Job } from '../capability.ts';
import type { OpenContext } from '../context.ts';
import { assert, later, repeat } from '../kernel/index.ts';
import type { Tx } from '../ports/index.ts';
import { newTrace, readTrace, traceText, type Trace } from '../telemetry/trace.ts';
import { traced } from '../telemetry/tracer.ts';
import { type JobOrder, serviceContext, type WorkServices } from '../work.ts';

/** Tries after the first; the wait between them doubles from 1 s. */
const retryLimit = 5;

/** Seconds one run of a job may take before another try begins. */
const expireInSeconds = 300;

/** A job whose process died is taken for failed, and tried again, after this long without a sign and one look. */
const heartbeatSeconds = 15;
const watchSeconds = 10;

/** Seconds done and dead jobs are kept. */
const deleteAfterSeconds = 7 * 86_400;

/** Own connections of pg-boss. */
const connections = 3;
const pollingSeconds = { most: 30, least: 1, onDemand: 5 };

/** A statement of the queue without an answer for so long was lost on its way: its connection is given up. */
const silentMs = 60_000;

/** Of a job's data in the queue: where in a trace it was ordered. Its own data never has it. */
const traceMember = '$trace';

export interface JobsOptions {
  services: WorkServices;
  /** Of the same database: pg-boss keeps a small pool of its own. */
  databaseUrl: string;
  jobs: readonly Job[];
  /** Waits for workflows that jobs started (`Engine.wait`). */
  settled: OpenContext['settled'];
  /** Milliseconds a statement of the queue may be without an answer before its connection is given up (60 s). */
  silentMs?: number;
}

export interface Jobs {
  /** Puts jobs into the caller's transaction. For `WriteServices.enqueueJobs`. */
  readonly enqueueJobs: (tx: Tx, orders: readonly JobOrder[]) => Promise<void>;
  /** A transaction committed: jobs enqueued by this process are looked for at once. */
  readonly poke: () => void;
  /** Runs a job now, in this process and outside the queue; tests and `settled` use it for periodic ones. */
  run(name: string, data?: Record<string, unknown>): Promise<void>;
  /** Resolves when pg-boss works; rejects when it could not start. */
  readonly ready: Promise<void>;
  /** Lets running jobs end, at most 5 s. */
  close(): Promise<void>;
}

/** Starts the job runner without waiting for it. */
export function createJobs(options: JobsOptions): Jobs {
  return new JobRunner(options);
}

class JobRunner implements Jobs {
  readonly ready: Promise<void>;
  readonly #options: JobsOptions;
  readonly #boss: PgBoss;
  readonly #byName: ReadonlyMap<string, Job>;
  readonly #workers = new Map<string, string>();
  readonly #stops: (() => void)[] = [];
  readonly #enqueued = new Set<string>();
  #closed = false;

  constructor(options: JobsOptions) {
    const { databaseUrl, jobs, services } = options;
    this.#options = options;
    this.#byName = new Map(jobs.map((job) => [job.name, job]));
    assert(this.#byName.size === jobs.length, 'names of jobs are unique');
    // A worker that waits for ever for one answer would never look for jobs again. Passed on to `pg`, untold by its types.
    const forPool = { query_timeout: options.silentMs ?? silentMs };
    this.#boss = new PgBoss({
      ...forPool,
      connectionString: databaseUrl,
      schema: 'pgboss',
      application_name: 'plinth jobs',
      max: connections,
      schedule: false,
      superviseIntervalSeconds: watchSeconds,
      monitorIntervalSeconds: watchSeconds,
    });
    this.#boss.on('error', (error) => {
      if (!this.#closed) services.log.warn('jobs paused', { error: String(error) });
    });
    this.ready = this.#start();
    this.ready.catch((error: unknown) => {
      if (!this.#closed) services.log.error('jobs did not start', { error: String(error) });
    });
  }

  readonly enqueueJobs: Jobs['enqueueJobs'] = async (tx, orders) => {
    await this.ready;
    const db: BossDb = fromKysely(tx);
    for (const { name, data, at, key, trace } of orders) {
      assert(this.#byName.has(name), `${name} stands in the manifest of its capability`);
      await this.#boss.send(name, trace === undefined ? data : { ...data, [traceMember]: traceText(trace) }, {
        db,
        ...(at === undefined ? {} : { startAfter: this.#secondsUntil(at) }),
        // The queue keeps one waiting job per key; without one of its own each job would stand for all.
        singletonKey: key ?? this.#options.services.ids.uuid(),
      });
      this.#enqueued.add(name);
    }
  };

  readonly poke = (): void => {
    for (const name of this.#enqueued) {
      const worker = this.#workers.get(name);
      if (worker !== undefined) this.#boss.notifyWorker(worker);
    }
    this.#enqueued.clear();
  };

  async run(name: string, data: Record<string, unknown> = {}): Promise<void> {
    const job = this.#byName.get(name);
    assert(job !== undefined, `there is a job ${name}`);
    await this.#work(job, this.#options.services.ids.uuid(), data);
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#stops.forEach((stop) => stop());
    await this.ready.catch(() => undefined);
    await this.#boss.stop({ graceful: true, timeout: 5000 });
  }

  /** Business time of the order as seconds of real time from now. */
  #secondsUntil(at: Temporal.Instant): number {
    return Math.max(0, Math.ceil(at.since(this.#options.services.clock.now()).total('seconds')));
  }

  async #start(): Promise<void> {
    await this.#boss.start();
    for (const job of this.#byName.values()) {
      if (this.#closed) return;
      await this.#open(job);
    }
  }

  async #open(job: Job): Promise<void> {
    const { services } = this.#options;
    const { name, everyS, parallel = 1 } = job;
    await this.#boss.createQueue(name, {
      // One that waits with a key stands for all others with it.
      policy: 'short',
      retryLimit: everyS === undefined ? retryLimit : 0,
      retryDelay: 1,
      retryBackoff: true,
      expireInSeconds,
      heartbeatSeconds,
      deleteAfterSeconds,
    });
    const seconds = everyS === undefined ? pollingSeconds.onDemand : Math.min(pollingSeconds.most, everyS);
    const pollingIntervalSeconds = Math.max(pollingSeconds.least, seconds);
    const worker = await this.#boss.work<Record<string, unknown>>(
      name,
      { pollingIntervalSeconds, localConcurrency: parallel },
      async (batch) => {
        for (const { id, data } of batch) {
          try {
            await this.#work(job, id, data ?? {});
          } catch (error) {
            services.log.warn('job failed', { job: name, id, error: String(error) });
            throw error;
          }
        }
      },
    );
    this.#workers.set(name, worker);
    if (everyS !== undefined) this.#repeat(name, everyS, worker);
  }

  /**
   * What was ordered goes on where it was ordered; a periodic job begins a trace. What nobody in particular ordered finds
   * its place in what it works on.
   */
  async #work(job: Job, id: string, { [traceMember]: place, ...data }: Record<string, unknown>): Promise<void> {
    const { services, settled } = this.#options;
    const { name } = job;
    const run = (trace: Trace): Promise<void> =>
      job.run(data, serviceContext(services, { name, trace, key: id, settled }));
    const ordered = typeof place === 'string';
    if (!ordered && job.everyS === undefined) return run(newTrace());
    const trace = ordered ? readTrace(place) : newTrace();
    return traced(services.tracer, trace, { name, kind: ordered ? 'consumer' : 'internal' }, run);
  }

  /** Every process knocks; one per period gets through, and a failed run is simply followed by the next. */
  #repeat(name: string, everyS: number, worker: string): void {
    const knock = async (): Promise<void> => {
      try {
        const id = await this.#boss.send(name, {}, { singletonKey: name, singletonSeconds: everyS });
        if (id !== null) this.#boss.notifyWorker(worker);
      } catch (error) {
        if (!this.#closed) this.#options.services.log.warn('job not sent', { job: name, error: String(error) });
      }
    };
    this.#stops.push(later(0, () => void knock()));
    this.#stops.push(repeat(everyS * 1000, () => void knock()));
  }
}

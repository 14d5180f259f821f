// Calls that go on after their 202. Job, queue entry and idempotency row commit together; workers of all processes take
// jobs under a lease with a fence; one whose process died is taken over 15 to 20 s later.

import type { Job } from '../../capability.ts';
import type { Log } from '../../context.ts';
import { crashPoint, elapsedMs, repeat, type Principal, whoHash } from '../../kernel/index.ts';
import type { RunningEdge } from '../../pipeline/edge-options.ts';
import type { Answer, Exchange } from '../../pipeline/exchange.ts';
import { ProblemBook } from '../../pipeline/problems.ts';
import type { Database, Tx } from '../../ports/index.ts';
import type { Metrics } from '../../telemetry/metrics.ts';
import type { Trace } from '../../telemetry/trace.ts';
import { traced } from '../../telemetry/tracer.ts';
import type { JobOrder } from '../../work.ts';
import { placeOf, scopedKey } from '../fingerprint.ts';
import { finishPlace, isLockTimeout, takePlace } from '../key-rows.ts';
import type { ExecutionServices } from '../services.ts';
import { answerOf, columnsOf, inProgress, kept, replayedHeader, storedAnswer, unknownJob } from '../stored-answer.ts';
import { patienceMs } from '../twins.ts';
import { monitorS } from '../upstream/calls.ts';
import { attempt } from './attempt.ts';
import { concludeJob, purgesOf } from './conclusion.ts';
import { accepted, hasEnded } from './document.ts';
import { Hold, JobLost } from './hold.ts';
import * as rows from './rows.ts';
import { JobWatch } from './watch.ts';

/** Name of the queue. */
const queue = 'plinth.operation-job';

/** Jobs that run at once in one process. */
const parallel = 4;

/** The fence of a job that is taken for the first time. */
const firstFence = 1;

/** Attempts that may fail for a passing reason or die with their process. */
const mostAttempts = 5;
const orphansMs = 5000;

export interface OperationJobsOptions {
  database: Database;
  /** Public address without trailing slash, for problem types. */
  baseUrl?: string;
  log: Log;
  /** Gets `plinth.jobs {state}`: one more for each state reached. */
  metrics: Pick<Metrics, 'count'>;
  /** Both are made after this. */
  edge: () => Pick<RunningEdge, 'resume' | 'purge'>;
  services: () => ExecutionServices;
  /** Puts the queue entry into the transaction of the job. */
  enqueue: (tx: Tx, orders: readonly JobOrder[]) => Promise<void>;
  /** True for a suspended application or an ended customer: their jobs are cancelled. May throw while the platform is made. */
  isRevoked?: (principal: Principal) => boolean;
}

/** What cancelling came to. */
export type Cancelled = { kind: 'cancelled' | 'too-late'; row: rows.JobRow } | { kind: 'none' };

export class OperationJobs {
  readonly book: ProblemBook;
  readonly watch: JobWatch;
  readonly #options: OperationJobsOptions;
  readonly #holds = new Map<string, Hold>();
  readonly #stopLooking: () => void;
  #isClosed = false;
  /** Somebody was shut out since the waiting jobs were looked at. */
  #isBehind = false;
  #dropping: Promise<void> | undefined;

  constructor(options: OperationJobsOptions) {
    this.#options = options;
    this.book = new ProblemBook([], options.baseUrl ?? '');
    this.watch = new JobWatch(options.database.db);
    this.#stopLooking = repeat(orphansMs, () => void this.#lookForOrphans());
  }

  /** True when this process holds no job. */
  get isIdle(): boolean {
    return this.#holds.size === 0;
  }

  /** For the job runner of this process. */
  readonly job: Job = { name: queue, parallel, run: (data) => this.run(String(data['id'])) };

  /** Makes a job of the call: its answer when it comes within `x.background.waitMs`, else 202. */
  async answer(x: Exchange): Promise<Answer> {
    const { waitMs = 0, headers: applied = [] } = x.background ?? {};
    const { answer, id } = await this.#begin(x);
    const ended = id === undefined || waitMs === 0 ? undefined : await this.wait(id, x.principal, waitMs);
    const isOver = ended !== undefined && hasEnded(ended) && ended.state !== 'cancelled';
    const said = isOver ? answerOf(ended) : answer;
    const replayed = isOver && x.replayed ? replayedHeader : [];
    return { ...said, headers: [...said.headers, ...replayed, ...applied] };
  }

  /** The job of this principal, or undefined. */
  async read(id: string, principal: Principal): Promise<rows.JobRow | undefined> {
    const row = await rows.readJob(this.#options.database.db, id, whoHash(principal), this.#own);
    return row?.isLost === true ? this.#withoutAnswer(row) : row;
  }

  /** The job once it has ended, or as it stands after `waitMs` or when it `isOver` for its caller. */
  async wait(
    id: string,
    principal: Principal,
    waitMs: number,
    isOver: () => boolean = () => false,
  ): Promise<rows.JobRow | undefined> {
    const untilMs = elapsedMs() + waitMs;
    for (;;) {
      const row = await this.read(id, principal);
      const leftMs = untilMs - elapsedMs();
      if (row === undefined || hasEnded(row) || leftMs <= 0 || isOver()) return row;
      if (!(await this.watch.changed(row, leftMs, principal))) return row;
    }
  }

  /**
   * Somebody was shut out: their jobs end now, those that wait for a worker and those in this process, and who waits or
   * listens is looked at again.
   */
  lookAgain(isRevoked: (principal: Principal) => boolean): void {
    for (const hold of this.#holds.values()) void hold.beat();
    this.watch.wake(isRevoked);
    this.#isBehind = true;
    // What did not come through is tried again with the next look for orphans; and a job that is taken is looked at, too.
    void this.#dropWaiting().catch(() => undefined);
  }

  async cancel(id: string, principal: Principal): Promise<Cancelled> {
    if ((await this.read(id, principal)) === undefined) return { kind: 'none' };
    await this.#cancel(id);
    const row = await this.read(id, principal);
    if (row === undefined) return { kind: 'none' };
    return { kind: row.state === 'cancelled' ? 'cancelled' : 'too-late', row };
  }

  /** The deployment's key, with which jobs are sealed. */
  get #own(): string | undefined {
    return this.#options.services().sealingKey;
  }

  /** Its answer opens to nobody since the deployment's key has changed. */
  #withoutAnswer(row: rows.JobRow): rows.JobRow {
    const answer = this.book.answer('answer-not-kept', '', { values: { status: row.status } });
    const { headers, body } = columnsOf(answer);
    const bytes = body === null ? null : Buffer.from(body);
    return { ...row, status: answer.status, headers: JSON.parse(headers) as string[], body: bytes };
  }

  /** One attempt at a job, if nobody else holds it. */
  async run(id: string): Promise<void> {
    const { database, edge } = this.#options;
    // Not there while the platform is being made: then the queue asks again.
    const running = edge();
    const job = this.#isClosed ? undefined : await rows.takeJob(database.db, id, this.#own);
    if (job === undefined) return;
    crashPoint('job.taken');
    this.watch.touch(id);
    const about = { name: job.operation, kind: 'consumer', attributes: { 'plinth.attempt': job.attempts } } as const;
    await traced(this.#options.services().tracer, job.trace, about, (trace) => this.#hold(running, job, trace));
  }

  async #hold(running: Pick<RunningEdge, 'resume'>, job: rows.TakenJob, trace: Trace): Promise<void> {
    const { database, log, isRevoked } = this.#options;
    const { id } = job;
    const isOver = async (): Promise<boolean> => isRevoked?.(job.principal) === true && this.#cancel(id);
    const { call, operation, principal } = job;
    const x = call && running.resume({ ...call, operation, principal, trace });
    const hold = new Hold(job, {
      db: database.db,
      log,
      showsProgress: x?.operation.operation.policy.async?.progress === true,
      isRevoked: isOver,
      changed: () => this.watch.touch(id),
    });
    this.#holds.set(id, hold);
    try {
      const isOut = isRevoked?.(job.principal) === true && (await this.#cancel(id, firstFence));
      if (!isOut) await this.#work(x, hold);
    } catch (error) {
      if (!(error instanceof JobLost)) throw error;
      log.info('job left', { job: id, because: 'it was cancelled or taken over' });
    } finally {
      hold.close();
      this.#holds.delete(id);
      this.watch.touch(id);
    }
  }

  /** Gives jobs under way back, to be taken by other processes at once. The database is still open. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#stopLooking();
    this.watch.close();
    await this.#dropping?.catch(() => undefined);
    for (const hold of this.#holds.values()) {
      hold.lose();
      await rows.releaseJob(this.#options.database.db, hold.job, { delayS: 0, isFree: true });
    }
  }

  /** Job, queue entry and idempotency row in one commit; for a key that was used, what it led to. */
  async #begin(x: Exchange): Promise<{ answer: Answer; id?: string | undefined }> {
    const { database } = this.#options;
    const services = this.#options.services();
    const { policy } = x.operation.operation;
    const { retainS } = policy.idempotency;
    const place = x.idempotencyKey === undefined ? undefined : placeOf(x, x.idempotencyKey, services.sealingKey);
    try {
      const begun = await database.transaction(async (tx) => {
        const taken = place && (await takePlace(tx, place, { retainS, state: 'running', waitMs: patienceMs(x) }));
        if (place !== undefined && taken !== undefined && 'row' in taken) {
          const answer = storedAnswer(x, place, taken.row);
          return { answer, id: x.replayed ? (taken.row?.job ?? undefined) : undefined };
        }
        x.tookKey = place !== undefined;
        const id = services.ids.of('job');
        const job = {
          id,
          operation: x.operation.key,
          principalHash: whoHash(x.principal),
          principal: x.principal,
          call: {
            input: x.input,
            key: place === undefined ? services.ids.uuid() : scopedKey(place),
            expectedVersion: x.expectedVersion,
            decisionId: x.decisionId,
            callbacks: x.callbacks,
          },
          irrevocable: policy.async?.cancel === false,
          trace: x.trace,
          retainS: policy.async?.retainS ?? retainS,
          keyRetainS: place === undefined ? undefined : retainS,
        };
        const row = await rows.insertJob(tx, job, services.sealingKey);
        await this.#enqueue(tx, id);
        const answer = accepted(row);
        if (taken !== undefined && 'held' in taken) await finishPlace(tx, taken.held, answer, id);
        return { answer, id };
      });
      services.committed();
      if (begun.id !== undefined && !x.replayed) this.#count('queued');
      return begun;
    } catch (error) {
      if (isLockTimeout(error)) return { answer: inProgress(x) };
      throw error;
    }
  }

  async #enqueue(tx: Tx, id: string, at?: Temporal.Instant): Promise<void> {
    await this.#options.enqueue(tx, [{ name: queue, data: { id }, key: id, ...(at === undefined ? {} : { at }) }]);
  }

  async #work(x: Exchange | undefined, hold: Hold): Promise<void> {
    const { job } = hold;
    if (job.attempts > mostAttempts) return this.#end(hold, this.book.answer('internal', job.trace.traceId));
    if (job.call === undefined) {
      this.#options.log.error('a job was sealed with another key', { job: job.id, operation: job.operation });
      return this.#retry(hold, this.book.answer('internal', job.trace.traceId));
    }
    // Its contract may be on its way: those dropped in are read after the start.
    if (x === undefined) return this.#retry(hold, this.book.answer('not-implemented', job.trace.traceId));
    x.progress = hold.progress;
    x.callbacks = job.call.callbacks;
    const services = this.#options.services();
    const { answer, isEnded } = await attempt(x, hold, services);
    if (isEnded) this.#options.edge().purge(purgesOf(x, answer));
    if (x.fault !== undefined)
      services.logger.error({ err: x.fault, job: job.id, operation: job.operation }, 'job failed');
    if (isEnded) return this.#count('succeeded');
    crashPoint('job.before-end');
    if (unknownJob(answer) === job.id) {
      await rows.leaveToOutcome(this.#options.database.db, job, monitorS);
      return this.#count('waiting');
    }
    // A 500 is a mistake of ours: it would only come again.
    const isPassing = answer.retryable === true && answer.status !== 500;
    return isPassing ? this.#retry(hold, answer, x) : this.#end(hold, answer, x);
  }

  /** End, callbacks and purges commit together. */
  async #end(hold: Hold, answer: Answer, x?: Exchange): Promise<void> {
    const services = this.#options.services();
    const isDone = answer.status < 400;
    const end = { answer: x === undefined ? answer : kept(x, answer), isDone };
    await this.#options.database.transaction(async (tx) => {
      hold.expect(await rows.endJob(tx, hold, end, services));
      if (x !== undefined) await concludeJob(tx, x, { answer, key: hold.job.id }, services);
    });
    if (x !== undefined) this.#options.edge().purge(purgesOf(x, answer));
    services.committed();
    this.#count(isDone ? 'succeeded' : 'failed');
  }

  /** Failed for a passing reason: again after 1, 4, 16 and 64 s, then for good. */
  async #retry(hold: Hold, answer: Answer, x?: Exchange): Promise<void> {
    const { job } = hold;
    if (job.attempts >= mostAttempts) return this.#end(hold, answer, x);
    const { clock, committed } = this.#options.services();
    const delayS = 4 ** (job.attempts - 1);
    await this.#options.database.transaction(async (tx) => {
      hold.expect(await rows.releaseJob(tx, job, { delayS, isFree: false }));
      await this.#enqueue(tx, job.id, clock.now().add({ seconds: delayS }));
    });
    committed();
    this.#count('waiting');
  }

  /** One look at a time, which goes on until nobody was shut out meanwhile. */
  #dropWaiting(): Promise<void> {
    this.#dropping ??= this.#drop().finally(() => (this.#dropping = undefined));
    return this.#dropping;
  }

  async #drop(): Promise<void> {
    const { database, isRevoked } = this.#options;
    try {
      while (this.#isBehind && !this.#isClosed) {
        this.#isBehind = false;
        const waiting = await rows.waitingJobs(database.db);
        const out = waiting.filter(({ principal }) => isRevoked?.(principal) === true).flatMap(({ ids }) => ids);
        for (const id of out) if (!this.#isClosed) await this.#cancel(id, firstFence - 1);
      }
    } catch (error) {
      this.#isBehind = true;
      throw error;
    }
  }

  async #lookForOrphans(): Promise<void> {
    const { database, log } = this.#options;
    try {
      await this.#dropWaiting();
      const ids = await rows.orphanedJobs(database.db);
      if (ids.length === 0 || this.#isClosed) return;
      await database.transaction(async (tx) => {
        for (const id of ids) await this.#enqueue(tx, id);
      });
      this.#options.services().committed();
    } catch (error) {
      log.warn('looking for orphaned jobs', { error: String(error) });
    }
  }

  /** False = it is too late. `unbegun`: see `cancelJob`. */
  async #cancel(id: string, unbegun?: number): Promise<boolean> {
    const services = this.#options.services();
    if (!(await this.#options.database.transaction((tx) => rows.cancelJob(tx, id, services, unbegun)))) return false;
    services.committed();
    this.#count('cancelled');
    this.#holds.get(id)?.lose();
    this.watch.touch(id);
    return true;
  }

  #count(state: rows.JobState): void {
    this.#options.metrics.count('plinth.jobs', { state });
  }
}

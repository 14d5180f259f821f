// A job in the hands of this process: its lease is prolonged every 5 s and its progress written at most twice a second.
// Once the job is cancelled or taken over nothing more is written for it.

import type { Log } from '../../context.ts';
import { assert, later, repeat } from '../../kernel/index.ts';
import type { Db, Tx } from '../../ports/index.ts';
import { keepJob, passPoint, saveProgress, type JobProgress, type TakenJob } from './rows.ts';

const heartbeatMs = 5000;
const progressMs = 500;
const mostNoteLetters = 200;

/** The job is no longer this worker's: what it did under the lease is undone, and it stops. */
export class JobLost extends Error {
  override readonly name = 'JobLost';

  constructor(id: string) {
    super(`${id} was cancelled or taken over`);
  }
}

export interface HoldOptions {
  db: Db;
  log: Log;
  /** False: progress is not shown, so it is not written. */
  showsProgress: boolean;
  /** Asked with each beat; true cancels the job. */
  isRevoked: () => Promise<boolean>;
  /** The row has changed. */
  changed: () => void;
}

export class Hold {
  readonly job: TakenJob;
  /** What the handler said last and is not written yet. */
  #unsaved: JobProgress | undefined;
  #isLost = false;
  #stopSaving: (() => void) | undefined;
  readonly #options: HoldOptions;
  readonly #stopBeating: () => void;

  constructor(job: TakenJob, options: HoldOptions) {
    this.job = job;
    this.#options = options;
    this.#stopBeating = repeat(heartbeatMs, () => void this.beat());
  }

  get unsaved(): JobProgress | undefined {
    return this.#unsaved;
  }

  /** Throws JobLost when `isMine` is false or the job has been lost before. */
  expect(isMine: boolean): void {
    if (isMine && !this.#isLost) return;
    this.lose();
    throw new JobLost(this.job.id);
  }

  /** For `ctx.progress`. Throws JobLost, so that a handler that tells its progress stops soon. */
  readonly progress = (done: number, total?: number, note?: string): void => {
    this.expect(true);
    assert(done >= 0 && (total === undefined || total >= done), 'progress is 0 ≤ done ≤ total');
    if (!this.#options.showsProgress) return;
    this.#unsaved = {
      done,
      ...(total === undefined ? {} : { total }),
      ...(note === undefined ? {} : { note: note.slice(0, mostNoteLetters) }),
    };
    this.#stopSaving ??= later(progressMs, () => void this.#save());
  };

  /** Passes the point of no return, in the transaction of an effect or before a call. Throws JobLost. */
  async pass(db: Db | Tx): Promise<void> {
    this.expect(await passPoint(db, this.job));
  }

  /** The job is another's or nobody's now. */
  lose(): void {
    this.#isLost = true;
    this.close();
  }

  /** Ends heartbeat and progress. */
  close(): void {
    this.#stopBeating();
    this.#stopSaving?.();
  }

  /** Prolongs the lease, unless the job is over. Never rejects. */
  async beat(): Promise<void> {
    const { db, log, isRevoked } = this.#options;
    try {
      if ((await isRevoked()) || !(await keepJob(db, this.job))) this.lose();
    } catch (error) {
      // The lease runs out unless a later beat gets through; the fence keeps it safe.
      log.warn('job not prolonged', { job: this.job.id, error: String(error) });
    }
  }

  async #save(): Promise<void> {
    const { db, log, changed } = this.#options;
    const progress = this.#unsaved;
    this.#stopSaving = undefined;
    this.#unsaved = undefined;
    if (progress === undefined) return;
    try {
      if (await saveProgress(db, this.job, progress)) changed();
      else this.lose();
    } catch (error) {
      log.warn('progress not written', { job: this.job.id, error: String(error) });
    }
  }
}

// Runs durable workflows: claims due runs under a lease, replays finished steps from their rows, executes the next one.
// Whatever happens to the process, a run goes on from its rows and converges to one end: completed, or failed with
// everything undone, or parked for a person. Runs are pinned to the version of the code they began with.

import type { BaseContext, OpenContext, WorkflowEnd } from '../context.ts';
import { latestPosition } from '../events/outbox.ts';
import { assert, crashPoint, later, PortError, ProblemError, repeat } from '../kernel/index.ts';
import type { Tx } from '../ports/index.ts';
import { isPassingTrouble } from '../store/trouble.ts';
import { cleaned } from '../telemetry/log-fields.ts';
import { readTrace, traceText } from '../telemetry/trace.ts';
import { traced } from '../telemetry/tracer.ts';
import type { WorkflowStart, WorkServices } from '../work.ts';
import { type Checkpoint, HistoryMismatch, isTransient, Replay, Suspended, TooManySteps, Waiting } from './replay.ts';
import * as rows from './rows.ts';
import { LeaseLost, type RunRow } from './rows.ts';
import { undoRun } from './undo.ts';
import { park } from './waits.ts';
import { type AnyWorkflow, StepRefused } from './workflow.ts';

const sweepMs = 1000;
const leaseMs = 15_000;

/** Runs under way at once in this process. */
const parallelRuns = 16;

/** Tries in a row of one step before the run parks: about a day with the waits below. */
const mostAttempts = 40;
const mostErrorLetters = 1000;

/** How often `wait` looks for ends that another process made. */
const lookMs = 250;
const settleRounds = 1000;
const ended: ReadonlySet<string> = new Set(['completed', 'failed', 'cancelled', 'parked']);

export interface EngineOptions {
  services: WorkServices;
  /** All versions this process can run. */
  workflows: readonly AnyWorkflow[];
  /** Milliseconds a run stays claimed without a heartbeat (15 s; a heartbeat every third of it). */
  leaseMs?: number;
  /** Milliseconds of business time before the n-th further try. Doubles from 250 ms to 1 h. */
  retryAfterMs?: (attempt: number) => number;
  /** Crash points; tests put their own here. */
  checkpoint?: Checkpoint;
}

export interface Engine {
  /** Records starts in `tx`; they run when it committed. Idempotent by workflow and key. For `WriteServices.startRuns`. */
  readonly startRuns: (tx: Tx, starts: readonly WorkflowStart[], base: BaseContext) => Promise<void>;
  /** A transaction committed: runs started in this process begin at once. Costs nothing when there are none. */
  readonly poke: () => void;
  /** The end of a run, or undefined when `waitMs` passed or there is no such run. For `OpenContext.settled`. */
  readonly wait: OpenContext['settled'];
  /** Resolves when no run is due or under way. Bounded. */
  settled(): Promise<void>;
  /** Runs under way end their step and stay claimable; waits ≤ 5 s for them. */
  close(): Promise<void>;
}

/** Starts the engine: it picks up what an earlier process left, and sweeps each second. */
export function createEngine(options: EngineOptions): Engine {
  return new WorkflowEngine(options);
}

function schemaOf(workflow: string): string {
  return workflow.split('.', 1)[0] ?? workflow;
}

/** The process goes down between two steps: the run is handed back at once. */
class Stopping extends Error {
  override readonly name = 'Stopping';
}

class WorkflowEngine implements Engine {
  readonly #services: WorkServices;
  readonly #leaseMs: number;
  readonly #retryAfterMs: (attempt: number) => number;
  readonly #checkpoint: Checkpoint;
  readonly #newest = new Map<string, number>();
  readonly #byVersion = new Map<string, AnyWorkflow>();
  readonly #schemas = new Map<string, string[]>();
  readonly #underWay = new Map<string, Promise<void>>();
  readonly #waiters = new Map<string, Set<() => void>>();
  /** Schemas in which this process started runs that it has not claimed yet: run id → schema. */
  readonly #started = new Map<string, string>();
  readonly #owner: string;
  readonly #stopSweep: () => void;
  #claiming: Promise<void> | undefined;
  #wanted = new Set<string>();
  #closed = false;

  constructor(options: EngineOptions) {
    this.#services = options.services;
    this.#leaseMs = options.leaseMs ?? leaseMs;
    this.#retryAfterMs = options.retryAfterMs ?? ((attempt) => Math.min(3_600_000, 250 * 2 ** Math.min(attempt, 14)));
    this.#checkpoint = options.checkpoint ?? crashPoint;
    this.#owner = options.services.ids.uuid();
    for (const workflow of options.workflows) this.#register(workflow);
    this.#stopSweep = repeat(sweepMs, () => this.#claim(this.#schemas.keys()));
    this.#claim(this.#schemas.keys());
  }

  #register(workflow: AnyWorkflow): void {
    const { name, version } = workflow;
    assert(!this.#byVersion.has(`${name}@${version}`), `${name} version ${version} is there once`);
    this.#byVersion.set(`${name}@${version}`, workflow);
    this.#newest.set(name, Math.max(version, this.#newest.get(name) ?? 0));
    const schema = schemaOf(name);
    this.#schemas.set(schema, [...(this.#schemas.get(schema) ?? []), `${name}@${version}`]);
  }

  // What others are handed as a plain function is one: it keeps its engine.
  readonly startRuns: Engine['startRuns'] = async (tx, starts, base) => {
    for (const { workflow, key, input } of starts) {
      const { name } = workflow;
      const version = this.#newest.get(name);
      assert(version !== undefined, `${name} stands in the manifest of its capability`);
      const id = this.#services.ids.uuid();
      const isNew = await rows.insertRun(tx, schemaOf(name), { id, workflow: name, version, key, input, base });
      if (!isNew) continue;
      // Forgotten when the transaction never commits; the sweep finds what this misses.
      this.#started.set(id, schemaOf(name));
      later(10_000, () => this.#started.delete(id));
    }
  };

  readonly poke = (): void => {
    if (this.#started.size > 0) this.#claim(this.#started.values());
  };

  readonly wait: OpenContext['settled'] = async (workflow, key, waitMs) => {
    const until = performance.now() + waitMs;
    const { db } = this.#services.database;
    for (;;) {
      // Listening begins before looking, so no end falls between the two.
      const { woken, stop } = this.#listen(`${workflow.name} ${key}`);
      try {
        const run = await rows.findRun(db, schemaOf(workflow.name), workflow.name, key);
        if (run === undefined) return undefined;
        if (ended.has(run.state)) {
          const { state, result } = run;
          return { state: state as WorkflowEnd['state'], result, position: await latestPosition(db) };
        }
        const left = until - performance.now();
        if (left <= 0 || this.#closed) return undefined;
        await woken(Math.min(left, lookMs));
      } finally {
        stop();
      }
    }
  };

  async settled(): Promise<void> {
    const { database, clock } = this.#services;
    for (let round = 0; round < settleRounds && !this.#closed; round++) {
      this.#claim(this.#schemas.keys());
      while (this.#claiming) await this.#claiming;
      await Promise.all(this.#underWay.values());
      let due = this.#underWay.size;
      for (const schema of this.#schemas.keys()) due += await rows.countDue(database.db, schema, clock.now());
      if (due === 0) return;
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#stopSweep();
    for (const set of this.#waiters.values()) set.forEach((wake) => wake());
    while (this.#claiming) await this.#claiming;
    await Promise.race([
      Promise.all(this.#underWay.values()),
      new Promise<void>((resolve) => {
        later(5000, resolve);
      }),
    ]);
  }

  #listen(name: string): { woken: (mostMs: number) => Promise<void>; stop: () => void } {
    const set = this.#waiters.get(name) ?? new Set();
    this.#waiters.set(name, set);
    const { promise: signal, resolve: wake } = Promise.withResolvers<void>();
    set.add(wake);
    let stopTimer: (() => void) | undefined;
    return {
      woken: (mostMs) => {
        stopTimer = later(mostMs, wake);
        return signal;
      },
      stop: () => {
        stopTimer?.();
        set.delete(wake);
        if (set.size === 0) this.#waiters.delete(name);
      },
    };
  }

  /** Claims what is due in these schemas; calls during a claim fold into one more. */
  #claim(schemas: Iterable<string>): void {
    if (this.#closed) return;
    for (const schema of schemas) this.#wanted.add(schema);
    if (this.#wanted.size === 0) return;
    this.#claiming ??= this.#claimWanted().finally(() => {
      this.#claiming = undefined;
    });
  }

  async #claimWanted(): Promise<void> {
    const { database, clock, log } = this.#services;
    while (this.#wanted.size > 0 && !this.#closed) {
      const [schema = ''] = this.#wanted;
      const most = parallelRuns - this.#underWay.size;
      // The end of a run claims again.
      if (most <= 0) return;
      this.#wanted.delete(schema);
      try {
        const versions = this.#schemas.get(schema) ?? [];
        const claim = { schema, versions, now: clock.now(), most, owner: this.#owner, leaseMs: this.#leaseMs };
        const claimed = await rows.claimDue(database.db, claim);
        for (const run of claimed) this.#begin(run);
        if (claimed.length === most) this.#wanted.add(schema);
      } catch (error) {
        if (!this.#closed) log.warn('workflows paused', { schema, error: String(error) });
      }
    }
  }

  #begin(run: RunRow): void {
    const { database, log } = this.#services;
    this.#started.delete(run.id);
    let lost: Error | undefined;
    const beat = async (): Promise<void> => {
      try {
        if (!(await rows.renewLease(database.db, run, this.#leaseMs))) lost = new LeaseLost('taken over');
      } catch (error) {
        log.warn('a heartbeat failed', { run: run.id, error: String(error) });
      }
    };
    const stopBeat = repeat(Math.max(1, this.#leaseMs / 3), () => void beat());
    const isLost = (): Error | undefined => lost ?? (this.#closed ? new Stopping() : undefined);
    const work = this.#inSpan(run, (placed) => this.#execute(placed, isLost)).catch((error: unknown) => {
      // Somebody else has the run now, or the database is away: the lease ends by itself.
      if (!(error instanceof LeaseLost))
        log.warn('workflow interrupted', { workflow: run.workflow, run: run.id, error: String(error) });
    });
    const done = work.finally(() => {
      stopBeat();
      this.#underWay.delete(run.id);
      this.#waiters.get(`${run.workflow} ${run.key}`)?.forEach((wake) => wake());
      if (this.#wanted.size > 0) this.#claim([]);
    });
    this.#underWay.set(run.id, done);
  }

  /** Each time a run is taken up is a span where the run was started, and its steps are below it. */
  #inSpan(run: RunRow, work: (placed: RunRow) => Promise<void>): Promise<void> {
    const about = {
      name: run.workflow,
      kind: 'consumer',
      attributes: { 'plinth.workflow.version': run.version },
    } as const;
    return traced(this.#services.tracer, readTrace(run.trace), about, (trace) =>
      work({ ...run, trace: traceText(trace) }),
    );
  }

  async #execute(run: RunRow, isLost: () => Error | undefined): Promise<void> {
    const { database, clock } = this.#services;
    const workflow = this.#byVersion.get(`${run.workflow}@${run.version}`);
    assert(workflow !== undefined, 'only runs of versions that are here are claimed');
    try {
      if (run.state !== 'undoing') {
        // A first turn has no history to read.
        const history = run.fence === '1' ? [] : await rows.loadSteps(database.db, run);
        const replay = new Replay({ services: this.#services, run, history, checkpoint: this.#checkpoint, isLost });
        const result = await this.#turn(workflow, run, replay);
        if (result.ended) {
          this.#checkpoint('workflow.end.before');
          await rows.changeRun(database.db, run, {
            state: 'completed',
            result: result.value ?? null,
            endedAt: clock.now(),
          });
          this.#checkpoint('workflow.end.after');
          return;
        }
      }
      await undoRun(this.#services, run, this.#checkpoint);
    } catch (error) {
      await this.#interrupted(run, error);
    }
  }

  /** One turn of the code. Not ended = the run is now `undoing`, durably, before the first undoing. */
  async #turn(workflow: AnyWorkflow, run: RunRow, replay: Replay): Promise<{ ended: boolean; value?: unknown }> {
    let failure: unknown;
    try {
      const value = await workflow.run(replay, run.input);
      if (replay.halted === undefined) return { ended: true, value };
      failure = replay.halted;
    } catch (error) {
      failure = replay.halted ?? error;
    }
    if (isTurnOnly(failure)) throw failure;
    const error = failure instanceof StepRefused ? failure.code : String(failure);
    if (!(failure instanceof StepRefused)) {
      const stack = failure instanceof Error ? failure.stack : undefined;
      this.#services.log.error('workflow failed', { workflow: run.workflow, run: run.id, error, stack });
    }
    await this.#beginUndoing(run, error, failure instanceof StepRefused ? failure.document : {});
    return { ended: false };
  }

  async #beginUndoing(run: RunRow, error: string, document: unknown): Promise<void> {
    const { database } = this.#services;
    const result = { code: error, document };
    this.#checkpoint('workflow.undoing.before');
    await rows.changeRun(database.db, run, { state: 'undoing', result, error, keepLease: true });
    run.state = 'undoing';
    run.error = error;
    this.#checkpoint('workflow.undoing.after');
  }

  async #interrupted(run: RunRow, error: unknown): Promise<void> {
    const { database, clock, log } = this.#services;
    if (error instanceof LeaseLost) throw error;
    if (error instanceof Stopping) {
      const { state, attempts, error: before } = run;
      await rows.changeRun(database.db, run, { state, attempts, error: before });
      return;
    }
    if (error instanceof Waiting) return;
    if (error instanceof Suspended) {
      await rows.changeRun(database.db, run, { state: 'sleeping', dueAt: error.until, error: run.error });
      return;
    }
    // Kept with the run, where people look at it: not what a driver quotes.
    const said = cleaned(String(error), mostErrorLetters);
    const note = { workflow: run.workflow, run: run.id, error: said };
    const state = run.state === 'undoing' ? 'undoing' : 'running';
    if (isTurnOnly(error) && !needsPerson(error) && run.attempts < mostAttempts) {
      const dueAt = clock.now().add({ milliseconds: this.#retryAfterMs(run.attempts) });
      log.warn('workflow step will be tried again', { ...note, attempt: run.attempts + 1, dueAt: dueAt.toString() });
      const why = state === 'undoing' ? run.error : said;
      await rows.changeRun(database.db, run, { state, attempts: run.attempts + 1, dueAt, error: why });
      return;
    }
    log.error('workflow parked', note);
    await park(this.#services, run, said);
  }
}

/** Ends this turn but not the run: it sleeps, was taken over, is to be tried again, or must be looked at. */
function isTurnOnly(error: unknown): boolean {
  if (error instanceof ProblemError) return isTransient(error);
  if (isPassingTrouble(error) || (error instanceof PortError && error.failure === 'timeout')) return true;
  return needsPerson(error) || [Suspended, Waiting, LeaseLost, Stopping].some((kind) => error instanceof kind);
}

/** Another try would end in the same way. */
function needsPerson(error: unknown): boolean {
  return error instanceof HistoryMismatch || error instanceof TooManySteps;
}

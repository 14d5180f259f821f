// The steps of one run: finished ones answer from their rows, the next one is executed. A step that meets another name,
// order or input than its row was written with is never executed: the run parks.

import type { BaseContext, CallOptions, Input, OperationKey, Output, WriteContext } from '../context.ts';
import { ProblemError, sha256 } from '../kernel/index.ts';
import { readTrace } from '../telemetry/trace.ts';
import { traced, type SpanStart } from '../telemetry/tracer.ts';
import { inTransaction, serviceBase, type WorkServices } from '../work.ts';
import { stepId, stepKey } from './keys.ts';
import { beginStep, endStep, insertDone, mostSteps, type NewStep, type RunRow, type StepRow } from './rows.ts';
import { expireTask, type NewTask, openTask, takeSignal, taskSignal, waitFor } from './waits.ts';
import { StepRefused, type Steps, type Undo } from './workflow.ts';

/** The run waits for a time. */
export class Suspended extends Error {
  override readonly name = 'Suspended';
  readonly until: Temporal.Instant;

  constructor(until: Temporal.Instant) {
    super('suspended');
    this.until = until;
  }
}

/** The run waits for a signal or a person, and was put to rest for it. */
export class Waiting extends Error {
  override readonly name = 'Waiting';
}

/** The code asks for another step than the one that was recorded at this place. */
export class HistoryMismatch extends Error {
  override readonly name = 'HistoryMismatch';
}

/** The code asks for more steps than a run may have: a loop without an end, most likely. A person looks at it. */
export class TooManySteps extends Error {
  override readonly name = 'TooManySteps';
}

/** Called at each durable write; crash tests end the process there. */
export type Checkpoint = (name: string) => void;

export interface ReplayOptions {
  services: WorkServices;
  run: RunRow;
  history: readonly StepRow[];
  checkpoint: Checkpoint;
  /** Why this worker must stop before the next step, if it must. */
  isLost: () => Error | undefined;
}

/** A callee that was away or overloaded: worth another try, unlike a refusal. */
export function isTransient(error: ProblemError): boolean {
  return error.status >= 500 || [408, 425, 429].includes(error.status) || error.document['retryable'] === true;
}

/** Whose matter the run is, and where it came from. */
export function baseOf(services: WorkServices, run: RunRow): BaseContext {
  return serviceBase(services, {
    name: run.workflow,
    customerId: run.customer ?? undefined,
    trace: readTrace(run.trace),
    channel: run.channel ?? undefined,
    decisionId: run.decision ?? undefined,
  });
}

export function stepSpan(run: RunRow, step: string): SpanStart {
  return { name: `${run.workflow} ${step}`, kind: 'internal', attributes: { 'plinth.workflow.version': run.version } };
}

export class Replay implements Steps {
  readonly #options: ReplayOptions;
  readonly #base: BaseContext;
  readonly #byName: ReadonlyMap<string, StepRow>;
  readonly #byOrdinal: ReadonlyMap<number, StepRow>;
  readonly #asked = new Set<string>();
  #ordinal = 0;
  /** What the code may know as the time: when the last step ended. The same on every replay. */
  #now: Temporal.Instant;
  #halted: Error | undefined;

  constructor(options: ReplayOptions) {
    const { services, run, history } = options;
    this.#options = options;
    this.#base = baseOf(services, run);
    this.#now = run.startedAt;
    const own = history.filter((step) => step.kind !== 'undo');
    this.#byName = new Map(own.map((step) => [step.name, step]));
    this.#byOrdinal = new Map(own.map((step) => [step.ordinal, step]));
  }

  /** Why the run must not go on, even when the code caught it. */
  get halted(): Error | undefined {
    return this.#halted;
  }

  id(name: string, prefix: string): string {
    return stepId(this.#options.run, name, prefix);
  }

  now(): Temporal.Instant {
    return this.#now;
  }

  async tx<T>(name: string, work: (ctx: WriteContext) => Promise<T>, options: { undo?: Undo } = {}): Promise<T> {
    const { services, run, checkpoint } = this.#options;
    const step = this.#next(name, 'tx', null);
    if (step.known) return this.#answer(step.known) as T;
    return this.#guard(async () => {
      checkpoint('workflow.step.before');
      const at = services.clock.now();
      const value = await this.#inSpan(name, (base) =>
        inTransaction(services, base, async (ctx) => {
          const result = await work(ctx);
          const undo = undoOf(options);
          await insertDone(ctx.db, run, { ...step.row, undo, name, state: 'done', result: result ?? null, at });
          checkpoint('workflow.step.before-commit');
          return result;
        }),
      );
      checkpoint('workflow.step.after');
      this.#now = at;
      // What a replay would give: never a richer value the first time.
      return wire<T>(value);
    });
  }

  async call<Key extends OperationKey>(
    name: string,
    operation: Key,
    input: Input<Key>,
    options: Pick<CallOptions, 'key'> & { undo?: Undo } = {},
  ): Promise<Output<Key>> {
    const { services, run, checkpoint } = this.#options;
    const { db } = services.database;
    const step = this.#next(name, 'call', { operation, input });
    if (step.known && step.known.state !== 'started') return this.#answer(step.known) as Output<Key>;
    const key = options.key ?? stepKey(run.id, name);
    const undo = undoOf(options);
    return this.#guard(async () => {
      checkpoint('workflow.step.before');
      await beginStep(db, run, { ...step.row, undo, key });
      checkpoint('workflow.call.before');
      let answer: Output<Key> | undefined;
      let refused: StepRow['error'] = null;
      try {
        answer = await this.#inSpan(name, ({ principal, trace }) =>
          services.callFor({ operation: run.workflow, principal, trace })(operation, input, { key }),
        );
      } catch (error) {
        if (!(error instanceof ProblemError) || isTransient(error)) throw error;
        refused = { code: error.code, document: { ...error.document } };
      }
      checkpoint('workflow.call.after');
      const at = services.clock.now();
      if (refused) await endStep(db, run, { name, state: 'failed', error: refused, at });
      else await endStep(db, run, { name, state: 'done', result: answer ?? null, at });
      checkpoint('workflow.step.after');
      this.#now = at;
      if (refused) throw new StepRefused(refused.code, refused.document);
      return answer as Output<Key>;
    });
  }

  async sleep(name: string, duration: Temporal.DurationLike): Promise<void> {
    const { services, run, checkpoint } = this.#options;
    const step = this.#next(name, 'sleep', Temporal.Duration.from(duration).toString());
    return this.#guard(async () => {
      const now = services.clock.now();
      let until = step.known?.result as string | undefined;
      if (until === undefined) {
        until = this.#now.add(hoursOf(duration)).toString();
        checkpoint('workflow.step.before');
        const at = Temporal.Instant.from(until);
        await insertDone(services.database.db, run, { ...step.row, name, state: 'done', result: until, at });
        checkpoint('workflow.step.after');
      }
      const end = Temporal.Instant.from(until);
      if (Temporal.Instant.compare(now, end) < 0) throw new Suspended(end);
      this.#now = end;
    });
  }

  signal<T>(
    name: string,
    { type, key, within }: { type: string; key: string; within: Temporal.DurationLike },
  ): Promise<T | undefined> {
    return this.#await<T>(name, { kind: 'signal', input: [type, key], signal: `${type} ${key}`, within });
  }

  humanTask<T>(
    name: string,
    {
      queue,
      about,
      within,
    }: { queue: string; about: Readonly<Record<string, unknown>>; within: Temporal.DurationLike },
  ): Promise<T | undefined> {
    const { run } = this.#options;
    const task = { run, step: name, queue, about };
    return this.#await<T>(name, {
      kind: 'task',
      input: [queue, about],
      signal: taskSignal(run.id, name),
      within,
      task,
    });
  }

  async patch(id: string): Promise<boolean> {
    const name = `patch ${id}`;
    const there = this.#byOrdinal.get(this.#ordinal);
    // The run passed this place when the code did not ask yet.
    if (there !== undefined && there.name !== name) return false;
    const step = this.#next(name, 'patch', id);
    if (step.known) return true;
    const { services, run } = this.#options;
    const at = this.#now;
    await this.#guard(() =>
      insertDone(services.database.db, run, { ...step.row, name, state: 'done', result: true, at }),
    );
    return true;
  }

  /** Takes the signal when it is there; else puts the run to rest until it comes or the time is over. */
  async #await<T>(
    name: string,
    wait: { kind: 'signal' | 'task'; input: unknown; signal: string; within: Temporal.DurationLike; task?: NewTask },
  ): Promise<T | undefined> {
    const { services, run, checkpoint } = this.#options;
    const step = this.#next(name, wait.kind, wait.input);
    if (step.known) return (this.#answer(step.known) as { came?: T }).came;
    const until = this.#now.add(hoursOf(wait.within));
    return this.#guard(async () => {
      checkpoint('workflow.step.before');
      const taken = await services.database.transaction(async (tx) => {
        const at = services.clock.now();
        const signal = await takeSignal(tx, run, wait.signal);
        const isOver = Temporal.Instant.compare(at, until) >= 0;
        if (signal === undefined && !isOver) {
          // Not before: a task that was done would be asked again of somebody.
          if (wait.task) await openTask(tx, wait.task, at);
          await waitFor(tx, run, { signal: wait.signal, until });
          return undefined;
        }
        const result = signal === undefined ? {} : { came: signal.payload };
        await insertDone(tx, run, { ...step.row, name, state: 'done', result, at });
        if (wait.task && signal === undefined) await expireTask(tx, wait.task, at);
        return { at, result: result as { came?: T } };
      });
      checkpoint('workflow.step.after');
      if (taken === undefined) throw new Waiting('waiting');
      this.#now = taken.at;
      return taken.result.came;
    });
  }

  /** A step that is executed (not: replayed) is a span where the run was started. */
  #inSpan<T>(step: string, work: (base: BaseContext) => Promise<T>): Promise<T> {
    const { services, run } = this.#options;
    return traced(services.tracer, this.#base.trace, stepSpan(run, step), (trace) => work({ ...this.#base, trace }));
  }

  /** A finished step, from its row. */
  #answer(known: StepRow): unknown {
    this.#now = known.endedAt ?? this.#now;
    if (known.state === 'failed' && known.error) throw new StepRefused(known.error.code, known.error.document);
    return known.result;
  }

  #next(name: string, kind: StepRow['kind'], input: unknown): { row: NewStep; known: StepRow | undefined } {
    this.#halted ??= this.#options.isLost();
    if (this.#halted) throw this.#halted;
    const ordinal = this.#ordinal++;
    if (ordinal >= mostSteps) {
      const { workflow } = this.#options.run;
      this.#halted = new TooManySteps(`too-many-steps: ${workflow} has had ${mostSteps}, and asks for "${name}"`);
      throw this.#halted;
    }
    const hash = sha256(JSON.stringify([kind, input]));
    if (this.#asked.has(name)) {
      const where = `step ${ordinal} of ${this.#options.run.workflow}`;
      this.#halted = new HistoryMismatch(`history-mismatch: ${where} has the name of an earlier one, "${name}"`);
      throw this.#halted;
    }
    this.#asked.add(name);
    const known = this.#byName.get(name);
    const there = this.#byOrdinal.get(ordinal);
    if (known !== there || (known && known.hash !== hash)) {
      const recorded = there ? `"${there.name}"` : 'nothing';
      this.#halted = new HistoryMismatch(
        `history-mismatch: step ${ordinal} of ${this.#options.run.workflow} was recorded as ${recorded}, ` +
          `the code now asks for "${name}"${known === there ? ' with another input' : ''}`,
      );
      throw this.#halted;
    }
    return { row: { name, ordinal, kind, hash, undo: null }, known };
  }

  /** Everything but a refusal ends this turn of the run, whatever the code does about it. */
  async #guard<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof StepRefused)) this.#halted = error instanceof Error ? error : new Error(String(error));
      throw error;
    }
  }
}

function undoOf({ undo }: { undo?: Undo }): StepRow['undo'] {
  return undo === undefined || 'nothing' in undo ? null : undo;
}

function wire<T>(value: T): T {
  return (value === undefined ? undefined : JSON.parse(JSON.stringify(value))) as T;
}

/** Instants know no calendar: a day is 24 hours, a week seven of them. */
function hoursOf(duration: Temporal.DurationLike): Temporal.Duration {
  return Temporal.Duration.from(duration).round({ largestUnit: 'hours', relativeTo: '2000-01-01' });
}

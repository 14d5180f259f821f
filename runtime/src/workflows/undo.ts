// Undoing of a run: last step first, each undoing a recorded step of its own. It also covers a step whose answer was
// lost: the undoing names the ids we chose, and undoing what never happened succeeds.

import { ProblemError } from '../kernel/index.ts';
import { traced } from '../telemetry/tracer.ts';
import type { WorkServices } from '../work.ts';
import { stepKey } from './keys.ts';
import { baseOf, type Checkpoint, isTransient, stepSpan } from './replay.ts';
import { beginStep, changeRun, endStep, loadSteps, type RunRow } from './rows.ts';
import { isCancelled, park } from './waits.ts';

/** Undo steps stand behind all others. */
const firstOrdinal = 1_000_000;

/**
 * Ends the run as `failed` with everything undone; parks it when an undoing is refused. What is worth another try is
 * thrown.
 */
export async function undoRun(services: WorkServices, run: RunRow, checkpoint: Checkpoint): Promise<void> {
  const { database, clock } = services;
  const history = await loadSteps(database.db, run);
  const done = new Set(history.flatMap((step) => (step.kind === 'undo' && step.state === 'done' ? [step.name] : [])));
  const { principal, trace: place } = baseOf(services, run);
  // A call that was refused had no effect; every other that began may have had one.
  const effects = history.filter((step) => step.undo !== null && step.state !== 'failed');
  for (const step of effects.toReversed()) {
    const name = `undo ${step.name}`;
    if (done.has(name)) continue;
    const [operation, input] = step.undo as [string, unknown];
    const key = stepKey(run.id, name);
    // Later steps are undone first: their place counts down.
    const ordinal = 2 * firstOrdinal - step.ordinal;
    checkpoint('workflow.undo.before');
    await beginStep(database.db, run, { name, ordinal, kind: 'undo', hash: '', undo: null, key });
    checkpoint('workflow.undo.call');
    const refusal = await attempt(() =>
      traced(services.tracer, place, stepSpan(run, name), (trace) =>
        services.callFor({ operation: run.workflow, principal, trace })(operation as never, input as never, { key }),
      ),
    );
    checkpoint('workflow.undo.called');
    if (refusal) {
      const why = `${run.error ?? 'failed'}; undoing "${step.name}" by ${operation} was refused: ${refusal}`;
      await park(services, run, why);
      return;
    }
    await endStep(database.db, run, { name, state: 'done', result: null, at: clock.now() });
    checkpoint('workflow.undo.after');
  }
  const state = isCancelled(run.error) ? 'cancelled' : 'failed';
  await changeRun(database.db, run, { state, error: run.error, endedAt: clock.now() });
}

/** The code of a refusal; undefined when it was done, or when there was nothing to undo. */
async function attempt(work: () => Promise<unknown>): Promise<string | undefined> {
  try {
    await work();
    return undefined;
  } catch (error) {
    if (!(error instanceof ProblemError) || isTransient(error)) throw error;
    return error.status === 404 || error.status === 410 ? undefined : error.code;
  }
}

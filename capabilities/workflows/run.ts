// Runs and tasks on the wire, and the moves that all have one shape.

import {
  fromWireId,
  type Move,
  moveRun,
  problem,
  reply,
  type RunView,
  showRun,
  type StepView,
  type TaskView,
  toWireId,
  type WriteContext,
} from '@plinth/runtime';
import type { Run, RunStep, Task } from './generated.ts';

/** Schemas of the capabilities that have workflows. */
export type Schemas = readonly string[];

/** Without the members that are null. */
function present<T extends object>(value: T): { [Key in keyof T]: NonNullable<T[Key]> } {
  const members = Object.entries(value).filter(([, member]) => member !== null);
  return Object.fromEntries(members) as { [Key in keyof T]: NonNullable<T[Key]> };
}

export function toRun(view: RunView): Run {
  return { ...present(view), id: toWireId('run', view.id) };
}

export function toStep(view: StepView): RunStep {
  return present(view) as RunStep;
}

export function toTask(view: TaskView): Task {
  return { ...present(view), id: toWireId('tsk', view.id), runId: toWireId('run', view.runId) };
}

/** Moves a run and answers with what it is now. */
export async function move(ctx: WriteContext, schemas: Schemas, { runId, how }: { runId: string; how: Move }) {
  const id = fromWireId('run', runId);
  if (!id) return problem('not-found');
  const moved = await moveRun(ctx.db, schemas, how, { id, now: ctx.clock.now(), by: ctx.principal.subject });
  if (!moved.ok) return problem(moved.reason === 'not-found' ? 'not-found' : 'workflows.not-possible-now');
  return answerWith(ctx, schemas, id);
}

export async function answerWith(ctx: WriteContext, schemas: Schemas, id: string) {
  const now = await showRun(ctx.db, schemas, id);
  if (!now) return problem('not-found');
  const { steps: _history, ...view } = now;
  const run = toRun(view);
  ctx.emit('run.moved', { subject: run.id, data: run, ...(run.customerId ? { customerId: run.customerId } : {}) });
  return reply(201, run);
}

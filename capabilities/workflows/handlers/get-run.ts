import { fromWireId, problem, type ReadHandler, reply, showRun } from '@plinth/runtime';
import { type Schemas, toRun, toStep } from '../run.ts';

export function getRun(schemas: Schemas): ReadHandler<'workflows.getRun'> {
  return async ({ runId }, ctx) => {
    const id = fromWireId('run', runId);
    const shown = id && (await showRun(ctx.db, schemas, id));
    if (!shown) return problem('not-found');
    const { steps, ...run } = shown;
    return reply(200, { run: toRun(run), steps: steps.map(toStep) });
  };
}

import type { WriteHandler } from '@plinth/runtime';
import { move, type Schemas } from '../run.ts';

export function settleRun(schemas: Schemas): WriteHandler<'workflows.settleRun'> {
  return ({ runId, body }, ctx) =>
    move(ctx, schemas, { runId, how: body.outcome === 'completed' ? 'complete' : 'fail' });
}

import type { WriteHandler } from '@plinth/runtime';
import { move, type Schemas } from '../run.ts';

export function cancelRun(schemas: Schemas): WriteHandler<'workflows.cancelRun'> {
  return ({ runId }, ctx) => move(ctx, schemas, { runId, how: 'cancel' });
}

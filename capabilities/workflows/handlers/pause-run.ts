import type { WriteHandler } from '@plinth/runtime';
import { move, type Schemas } from '../run.ts';

export function pauseRun(schemas: Schemas): WriteHandler<'workflows.pauseRun'> {
  return ({ runId }, ctx) => move(ctx, schemas, { runId, how: 'pause' });
}

import type { WriteHandler } from '@plinth/runtime';
import { move, type Schemas } from '../run.ts';

export function resumeRun(schemas: Schemas): WriteHandler<'workflows.resumeRun'> {
  return ({ runId }, ctx) => move(ctx, schemas, { runId, how: 'resume' });
}

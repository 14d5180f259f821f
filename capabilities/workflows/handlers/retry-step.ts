import { fromWireId, problem, retryStep as tryAgain, type WriteHandler } from '@plinth/runtime';
import { answerWith, type Schemas } from '../run.ts';

export function retryStep(schemas: Schemas): WriteHandler<'workflows.retryStep'> {
  return async ({ runId, body: { step } }, ctx) => {
    const id = fromWireId('run', runId);
    if (!id) return problem('not-found');
    const moving = { id, now: ctx.clock.now(), by: ctx.principal.subject };
    const tried = await tryAgain(ctx.db, schemas, step, moving);
    if (tried.ok) return answerWith(ctx, schemas, id);
    if (tried.reason === 'no-such-step') return problem('workflows.no-such-step', { step });
    return problem(tried.reason === 'not-found' ? 'not-found' : 'workflows.not-possible-now');
  };
}

import { completeTask as complete, fromWireId, problem, reply, type WriteHandler } from '@plinth/runtime';
import { type Schemas, toTask } from '../run.ts';

export function completeTask(schemas: Schemas): WriteHandler<'workflows.completeTask'> {
  return async ({ taskId, body }, ctx) => {
    const id = fromWireId('tsk', taskId);
    if (!id) return problem('not-found');
    const deciding = { id, result: body.result, now: ctx.clock.now(), by: ctx.principal.subject };
    const done = await complete(ctx.db, schemas, deciding);
    if (!done.ok) return problem(done.reason === 'not-found' ? 'not-found' : 'workflows.task-ended');
    const task = toTask(done.value);
    ctx.emit('task.completed', { subject: task.id, data: task });
    return reply(201, task);
  };
}

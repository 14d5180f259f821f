import {
  fromWireId,
  listTasks as readTasks,
  pageOf,
  problem,
  type ReadHandler,
  readCursor,
  reply,
} from '@plinth/runtime';
import { type Schemas, toTask } from '../run.ts';

export function listTasks(schemas: Schemas): ReadHandler<'workflows.listTasks'> {
  return async ({ limit = 25, cursor, state = 'open', queue }, ctx) => {
    const filters = { state, queue };
    const last = readCursor(cursor, filters, ['instant', 'id:tsk']);
    if (last === 'bad') return problem('invalid-parameter', { parameter: 'cursor' });
    const after = last && { at: String(last[0]), id: fromWireId('tsk', String(last[1])) ?? '' };
    const rows = await readTasks(ctx.db, schemas, { ...filters, limit: limit + 1, after });
    return reply(
      200,
      pageOf(rows.map(toTask), limit, (task) => [task.openedAt, task.id], filters),
    );
  };
}

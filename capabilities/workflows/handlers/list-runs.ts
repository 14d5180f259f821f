import {
  fromWireId,
  listRuns as readRuns,
  pageOf,
  problem,
  type ReadHandler,
  readCursor,
  reply,
} from '@plinth/runtime';
import { type Schemas, toRun } from '../run.ts';

export function listRuns(schemas: Schemas): ReadHandler<'workflows.listRuns'> {
  return async ({ limit = 25, cursor, state, workflow }, ctx) => {
    const filters = { state, workflow };
    const last = readCursor(cursor, filters, ['instant', 'id:run']);
    if (last === 'bad') return problem('invalid-parameter', { parameter: 'cursor' });
    const after = last && { at: String(last[0]), id: fromWireId('run', String(last[1])) ?? '' };
    const rows = await readRuns(ctx.db, schemas, { ...filters, limit: limit + 1, after });
    return reply(
      200,
      pageOf(rows.map(toRun), limit, (run) => [run.startedAt, run.id], filters),
    );
  };
}

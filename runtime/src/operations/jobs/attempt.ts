// One attempt at a job's work: the handler with the caller's snapshot, its effect and the job's end in one commit.
// A killed process leaves a write's effect and end both or neither; an orchestrating handler runs again under its key.

import { assert, crashPoint } from '../../kernel/index.ts';
import type { Answer, Exchange } from '../../pipeline/exchange.ts';
import { settle } from '../../pipeline/stages/check-response.ts';
import { traced, transactionSpan } from '../../telemetry/tracer.ts';
import { baseContext, openContext, readContext, under } from '../contexts.ts';
import { effectOf, RolledBack, type Run } from '../executor.ts';
import { positioned } from '../position.ts';
import type { ExecutionServices } from '../services.ts';
import { bounded } from '../stored-answer.ts';
import { underLease } from '../under-lease.ts';
import { concludeJob } from './conclusion.ts';
import { JobLost, type Hold } from './hold.ts';
import { endJob } from './rows.ts';

/** What an attempt came to. `isEnded`: the job's end committed together with the effect. */
export interface Attempted {
  answer: Answer;
  isEnded: boolean;
}

/** Runs the handler of `x` for the job in `hold`. Throws JobLost when the job is no longer ours. */
export async function attempt(x: Exchange, hold: Hold, services: ExecutionServices): Promise<Attempted> {
  const { handler } = x.operation;
  assert(handler !== undefined, 'jobs are of operations with a handler');
  try {
    if (handler.kind === 'write') return await write(x, hold, services);
    const { call } = hold.job;
    assert(call !== undefined, 'what was asked is known before it is done');
    const { key } = call;
    const context =
      handler.kind === 'read'
        ? readContext(x, services)
        : {
            ...openContext(
              x,
              underLease(services, (db) => hold.pass(db)),
              key,
            ),
            job: hold.job.id,
          };
    const answer = positioned(settle(x, await (handler.run as Run)(x.input, context)), x.position);
    // What a read found is all there is of it; what an orchestrating handler did is done, however long its answer is.
    return { answer: handler.kind === 'read' ? bounded(answer) : answer, isEnded: false };
  } catch (error) {
    if (error instanceof JobLost) throw error;
    if (error instanceof RolledBack) return { answer: error.answer, isEnded: false };
    return { answer: x.fail(x, error), isEnded: false };
  }
}

/** Rows, facts, audit and the job's end commit together or not at all. */
async function write(x: Exchange, hold: Hold, services: ExecutionServices): Promise<Attempted> {
  const { database } = services;
  assert(database !== undefined, 'jobs need a database');
  const answer = await traced(services.tracer, x.trace, transactionSpan, (trace) =>
    database.transaction(async (tx) => {
      const unit = services.beginWrite(under(baseContext(x, services), trace), tx);
      const said = bounded(await effectOf(x, unit.context, services));
      if (said.code !== undefined || said.status >= 400) throw new RolledBack(said);
      const effect = positioned(said, await unit.flush());
      hold.expect(await endJob(tx, hold, { answer: effect, isDone: true }, services));
      await concludeJob(tx, x, { answer: effect, key: hold.job.id }, services);
      crashPoint('job.before-commit');
      return effect;
    }),
  );
  crashPoint('job.after-commit');
  services.committed();
  return { answer, isEnded: true };
}

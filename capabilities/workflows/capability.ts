// The operators' face of durable workflows: a contract like any other, so every move is authorized, limited and audited.
// Runs stand in the schemas of the capabilities they belong to; this one keeps nothing.

import { type Capability, defineCapability, read, write } from '@plinth/runtime';
import { cancelRun } from './handlers/cancel-run.ts';
import { completeTask } from './handlers/complete-task.ts';
import { getRun } from './handlers/get-run.ts';
import { listRuns } from './handlers/list-runs.ts';
import { listTasks } from './handlers/list-tasks.ts';
import { pauseRun } from './handlers/pause-run.ts';
import { resumeRun } from './handlers/resume-run.ts';
import { retryStep } from './handlers/retry-step.ts';
import { settleRun } from './handlers/settle-run.ts';

/** @param others whose runs it shows: those that have workflows. */
export function workflows(others: readonly Pick<Capability, 'name' | 'workflows'>[]): Capability {
  const schemas = others.filter((other) => (other.workflows ?? []).length > 0).map(({ name }) => name);
  return defineCapability({
    name: 'workflows',
    folder: import.meta.dirname,
    handlers: {
      listRuns: read(listRuns(schemas)),
      getRun: read(getRun(schemas)),
      pauseRun: write(pauseRun(schemas)),
      resumeRun: write(resumeRun(schemas)),
      retryStep: write(retryStep(schemas)),
      cancelRun: write(cancelRun(schemas)),
      settleRun: write(settleRun(schemas)),
      listTasks: read(listTasks(schemas)),
      completeTask: write(completeTask(schemas)),
    },
    // Runs and tasks have no owner: people of the house see them by their scope.
    owners: { run: () => Promise.resolve(new Map()), task: () => Promise.resolve(new Map()) },
    migrations: {},
  });
}

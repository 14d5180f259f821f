// Made from contract.yaml (Workflows 1.0.0). Do not edit: change the contract and run
//   npm run generate

import { bindOperations, type Client, type OperationCall, type PagedCall, type OperationDescriptor } from '../index.ts';

/** `sleeping` waits for a time, `waiting` for an event or a person, `parked` for an operator. */
export type RunState = 'running' | 'sleeping' | 'waiting' | 'undoing' | 'paused' | 'parked' | 'completed' | 'failed' | 'cancelled';

export type Run = {
  id: string;
  workflow: string;
  /** Version of the code it began with. */
  version: number;
  /** What it is for; unique for the workflow. */
  key: string;
  state: RunState;
  /** Whose matter it is. */
  customerId?: string | undefined;
  error?: string | undefined;
  /** Tries in a row that failed for technical reasons. */
  attempts: number;
  /** The event or task it waits for. */
  waitsFor?: string | undefined;
  startedAt: string;
  /** When it goes on at the latest. */
  dueAt?: string | undefined;
  endedAt?: string | undefined;
};

export type RunStep = {
  name: string;
  kind: 'tx' | 'call' | 'sleep' | 'signal' | 'task' | 'patch' | 'undo';
  state: 'started' | 'done' | 'failed';
  attempt: number;
  /** Code of the refusal. */
  error?: string | undefined;
  endedAt?: string | undefined;
};

export type RunDetail = {
  run: Run;
  steps: RunStep[];
};

export type RunPage = {
  items: Run[];
  next: string | null;
};

export type TaskState = 'open' | 'done' | 'expired';

export type Task = {
  id: string;
  runId: string;
  /** Absent when the run itself is parked. */
  step?: string | undefined;
  queue: string;
  /** What whoever decides reads. */
  about: {
    [key: string]: unknown;
  };
  state: TaskState;
  /** What was decided. */
  result?: {
    [key: string]: unknown;
  } | undefined;
  openedAt: string;
  endedAt?: string | undefined;
};

export type TaskPage = {
  items: Task[];
  next: string | null;
};

export interface WorkflowsClient {
  /** See runs */
  listRuns: PagedCall<
    {
      /** How many to return. */
      limit?: number | undefined;
      /** Where the page before ended (`next`). */
      cursor?: string | undefined;
      /** Only runs in this state. */
      state?: RunState | undefined;
      /** Only runs of this workflow. */
      workflow?: string | undefined;
    },
    RunPage,
    'items'
  >;
  /** See a run and its history */
  getRun: OperationCall<
    {
      /** Which run. */
      runId: string;
    },
    RunDetail
  >;
  /** Pause a run */
  pauseRun: OperationCall<
    {
      /** Which run. */
      runId: string;
    },
    Run,
    'workflows.not-possible-now'
  >;
  /** Let a run go on */
  resumeRun: OperationCall<
    {
      /** Which run. */
      runId: string;
    },
    Run,
    'workflows.not-possible-now'
  >;
  /** Try a step again */
  retryStep: OperationCall<
    {
      /** Which run. */
      runId: string;
      body: {
        step: string;
      };
    },
    Run,
    'workflows.not-possible-now' | 'workflows.no-such-step'
  >;
  /** Cancel a run */
  cancelRun: OperationCall<
    {
      /** Which run. */
      runId: string;
    },
    Run,
    'workflows.not-possible-now'
  >;
  /** Close a parked run */
  settleRun: OperationCall<
    {
      /** Which run. */
      runId: string;
      body: {
        outcome: 'completed' | 'failed';
      };
    },
    Run,
    'workflows.not-possible-now'
  >;
  /** See what people must decide */
  listTasks: PagedCall<
    {
      /** How many to return. */
      limit?: number | undefined;
      /** Where the page before ended (`next`). */
      cursor?: string | undefined;
      /** Open ones when left out. */
      state?: TaskState | undefined;
      /** Only tasks of this queue. */
      queue?: string | undefined;
    },
    TaskPage,
    'items'
  >;
  /** Decide a task */
  completeTask: OperationCall<
    {
      /** Which task. */
      taskId: string;
      body: {
        /** As the task asks for. */
        result: {
          [key: string]: unknown;
        };
      };
    },
    Task,
    'workflows.task-ended'
  >;
}

/** The operations as data, for `client.call`. */
export const workflowsOperations = {
  listRuns: {
    capability: 'workflows',
    id: 'listRuns',
    method: 'GET',
    path: '/workflows/v1/runs',
    hasBody: false,
    effect: 'read',
    idempotency: 'none',
    params: [
      { name: 'limit', in: 'query', style: 'form', explode: true },
      { name: 'cursor', in: 'query', style: 'form', explode: true },
      { name: 'state', in: 'query', style: 'form', explode: true },
      { name: 'workflow', in: 'query', style: 'form', explode: true },
    ],
    paging: { items: 'items', next: 'next' },
  },
  getRun: {
    capability: 'workflows',
    id: 'getRun',
    method: 'GET',
    path: '/workflows/v1/runs/{runId}',
    hasBody: false,
    effect: 'read',
    idempotency: 'none',
    params: [
      { name: 'runId', in: 'path', style: 'simple', explode: false },
    ],
  },
  pauseRun: {
    capability: 'workflows',
    id: 'pauseRun',
    method: 'POST',
    path: '/workflows/v1/runs/{runId}/pauses',
    hasBody: false,
    effect: 'write',
    idempotency: 'required',
    params: [
      { name: 'runId', in: 'path', style: 'simple', explode: false },
    ],
  },
  resumeRun: {
    capability: 'workflows',
    id: 'resumeRun',
    method: 'POST',
    path: '/workflows/v1/runs/{runId}/resumptions',
    hasBody: false,
    effect: 'write',
    idempotency: 'required',
    params: [
      { name: 'runId', in: 'path', style: 'simple', explode: false },
    ],
  },
  retryStep: {
    capability: 'workflows',
    id: 'retryStep',
    method: 'POST',
    path: '/workflows/v1/runs/{runId}/step-retries',
    hasBody: true,
    effect: 'write',
    idempotency: 'required',
    params: [
      { name: 'runId', in: 'path', style: 'simple', explode: false },
    ],
  },
  cancelRun: {
    capability: 'workflows',
    id: 'cancelRun',
    method: 'POST',
    path: '/workflows/v1/runs/{runId}/cancellations',
    hasBody: false,
    effect: 'write',
    idempotency: 'required',
    params: [
      { name: 'runId', in: 'path', style: 'simple', explode: false },
    ],
  },
  settleRun: {
    capability: 'workflows',
    id: 'settleRun',
    method: 'POST',
    path: '/workflows/v1/runs/{runId}/settlements',
    hasBody: true,
    effect: 'write',
    idempotency: 'required',
    params: [
      { name: 'runId', in: 'path', style: 'simple', explode: false },
    ],
  },
  listTasks: {
    capability: 'workflows',
    id: 'listTasks',
    method: 'GET',
    path: '/workflows/v1/tasks',
    hasBody: false,
    effect: 'read',
    idempotency: 'none',
    params: [
      { name: 'limit', in: 'query', style: 'form', explode: true },
      { name: 'cursor', in: 'query', style: 'form', explode: true },
      { name: 'state', in: 'query', style: 'form', explode: true },
      { name: 'queue', in: 'query', style: 'form', explode: true },
    ],
    paging: { items: 'items', next: 'next' },
  },
  completeTask: {
    capability: 'workflows',
    id: 'completeTask',
    method: 'POST',
    path: '/workflows/v1/tasks/{taskId}/completions',
    hasBody: true,
    effect: 'write',
    idempotency: 'required',
    params: [
      { name: 'taskId', in: 'path', style: 'simple', explode: false },
    ],
  },
} as const satisfies Record<string, OperationDescriptor>;

/** Workflows: one function per operation. */
export function createWorkflows(client: Client): WorkflowsClient {
  return bindOperations<WorkflowsClient>(client, workflowsOperations);
}

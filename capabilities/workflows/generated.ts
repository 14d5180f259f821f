// Made from contract.yaml, events.yaml and problems.yaml of Workflows. Do not edit: change those and run
//   npm run generate

import type { Reply } from '@plinth/runtime';

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

/** Operations of this capability: input and declared answers. */
export interface WorkflowsOperations {
  /** See runs */
  'workflows.listRuns': {
    input: {
      /** How many to return. */
      limit?: number | undefined;
      /** Where the page before ended (`next`). */
      cursor?: string | undefined;
      /** Only runs in this state. */
      state?: RunState | undefined;
      /** Only runs of this workflow. */
      workflow?: string | undefined;
    };
    reply: Reply<200, RunPage>;
  };
  /** See a run and its history */
  'workflows.getRun': {
    input: {
      /** Which run. */
      runId: string;
    };
    reply: Reply<200, RunDetail>;
  };
  /** Pause a run */
  'workflows.pauseRun': {
    input: {
      /** Which run. */
      runId: string;
    };
    reply: Reply<201, Run>;
  };
  /** Let a run go on */
  'workflows.resumeRun': {
    input: {
      /** Which run. */
      runId: string;
    };
    reply: Reply<201, Run>;
  };
  /** Try a step again */
  'workflows.retryStep': {
    input: {
      /** Which run. */
      runId: string;
      body: {
        step: string;
      };
    };
    reply: Reply<201, Run>;
  };
  /** Cancel a run */
  'workflows.cancelRun': {
    input: {
      /** Which run. */
      runId: string;
    };
    reply: Reply<201, Run>;
  };
  /** Close a parked run */
  'workflows.settleRun': {
    input: {
      /** Which run. */
      runId: string;
      body: {
        outcome: 'completed' | 'failed';
      };
    };
    reply: Reply<201, Run>;
  };
  /** See what people must decide */
  'workflows.listTasks': {
    input: {
      /** How many to return. */
      limit?: number | undefined;
      /** Where the page before ended (`next`). */
      cursor?: string | undefined;
      /** Open ones when left out. */
      state?: TaskState | undefined;
      /** Only tasks of this queue. */
      queue?: string | undefined;
    };
    reply: Reply<200, TaskPage>;
  };
  /** Decide a task */
  'workflows.completeTask': {
    input: {
      /** Which task. */
      taskId: string;
      body: {
        /** As the task asks for. */
        result: {
          [key: string]: unknown;
        };
      };
    };
    reply: Reply<201, Task>;
  };
}

/** Facts this capability tells, with the shape of their data. */
export interface WorkflowsEvents {
  /** An operator moved a run. */
  'run.moved': Run;
  /** Somebody decided a task. */
  'task.completed': Task;
}

/** Problems this capability may answer. */
export interface WorkflowsProblems {
  /** 409: The run is in another state */
  'workflows.not-possible-now': true;
  /** 409: The step cannot be tried again */
  'workflows.no-such-step': true;
  /** 409: The task is no longer open */
  'workflows.task-ended': true;
}

declare module '@plinth/runtime' {
  interface Operations extends WorkflowsOperations {}
  interface Events extends WorkflowsEvents {}
  interface Problems extends WorkflowsProblems {}
}

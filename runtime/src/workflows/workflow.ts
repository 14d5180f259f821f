// Durable workflows as business code sees them: a function over named steps. Finished steps are replayed from
// their rows, so the function must take time, ids and effects from `step` only. Engine: engine.ts.

import type { CallOptions, Input, OperationKey, Output, WriteContext } from '../context.ts';

export interface Workflow<In> {
  /** `orders.fulfilOrder`. */
  readonly name: string;
  readonly version: number;
  readonly run: (step: Steps, input: In) => Promise<unknown>;
  /** Types of events its runs wait for. */
  readonly signals: readonly string[];
}

// oxlint-disable-next-line typescript/no-explicit-any -- a list of workflows with different inputs.
export type AnyWorkflow = Workflow<any>;

/** What to do when the run fails or is cancelled: an operation with the ids we chose, or a written reason why not. */
export type Undo = readonly [operation: OperationKey, input: unknown] | { readonly nothing: string };

export interface Steps {
  /** A new wire id, the same on every replay. */
  id(name: string, prefix: string): string;
  now(): Temporal.Instant;
  /** Business rows, outbox and step result in one commit. Without `undo` nothing takes it back. */
  tx<T>(name: string, work: (ctx: WriteContext) => Promise<T>, options?: { undo?: Undo }): Promise<T>;
  /** Calls an operation with a key derived from (run, step), persisted before the call. Throws StepRefused on a 4xx. */
  call<Key extends OperationKey>(
    name: string,
    operation: Key,
    input: Input<Key>,
    options?: Pick<CallOptions, 'key'> & { undo?: Undo },
  ): Promise<Output<Key>>;
  sleep(name: string, duration: Temporal.DurationLike): Promise<void>;
  /**
   * Waits for an event about `key` (its subject): one of the types the workflow names in `signals`. One that came before
   * is kept and taken; each is taken once. Gives its data, or undefined when none came `within`.
   */
  signal<T = unknown>(
    name: string,
    wanted: { type: string; key: string; within: Temporal.DurationLike },
  ): Promise<T | undefined>;
  /** Waits for a person. `about` is what they read; gives what they decided, or undefined when nobody did `within`. */
  humanTask<T = unknown>(
    name: string,
    task: { queue: string; about: Readonly<Record<string, unknown>>; within: Temporal.DurationLike },
  ): Promise<T | undefined>;
  /** For a small change of running code: false for runs that passed this place before the change, true for all others. */
  patch(id: string): Promise<boolean>;
}

/** A called operation refused for a business reason (4xx). The workflow decides; uncaught it undoes what was done. */
export class StepRefused extends Error {
  override readonly name = 'StepRefused';
  readonly code: string;
  readonly document: Readonly<Record<string, unknown>>;

  constructor(code: string, document: Readonly<Record<string, unknown>>) {
    super(code);
    this.code = code;
    this.document = document;
  }
}

/** `workflow('orders.fulfilOrder', 1, async (step, input) => …)`. A change of steps raises the version. */
export function workflow<In>(
  name: string,
  version: number,
  run: (step: Steps, input: In) => Promise<unknown>,
  { signals = [] }: { signals?: readonly string[] } = {},
): Workflow<In> {
  return { name, version, run, signals };
}

/** `undo: nothing('a message cannot be unsent')`. */
export function nothing(reason: string): Undo {
  return { nothing: reason };
}

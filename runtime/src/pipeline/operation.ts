// An operation ready to run: everything that can be known before a request comes is computed here, once.

import type { Contract, Operation } from '@plinth/contract';
import type { BoundHandler } from '../capability.ts';
import type { Pace } from '../resilience/pace.ts';
import type { Challenge } from '../security/challenge.ts';
import type { OpenStreams } from '../security/token-cache.ts';
import type { OperationMeter } from '../telemetry/metrics.ts';
import type { Cors } from './cors.ts';
import type { DeprecatedPart } from './deprecated-parts.ts';
import type { Binding } from './edge.ts';
import type { Answer, Exchange, Step } from './exchange.ts';
import type { ProblemBook } from './problems.ts';
import type { OperationShapes } from './shapes.ts';

export interface CompiledOperation {
  /** `orders.getOrder`. */
  readonly key: string;
  readonly contract: Contract;
  readonly operation: Operation;
  readonly binding: Binding;
  readonly handler: BoundHandler | undefined;
  readonly shapes: OperationShapes;
  readonly problems: ProblemBook;
  readonly meter: OperationMeter;
  /** Headers of every answer of this operation, alternating names and values. */
  readonly fixedHeaders: readonly string[];
  /** The same as field lines, with the name of the line behind them (respond.ts). */
  readonly fixedHead: string;
  /** False: what the caller accepts cannot be produced. undefined = anything will do. */
  readonly accepts: ((field: string) => boolean) | undefined;
  readonly cors: Cors | undefined;
  readonly challenge: Challenge;
  /** Parameters and properties on their way out that a request used. undefined = it has none. */
  readonly deprecatedParts: ((x: Exchange) => DeprecatedPart[]) | undefined;
  /** Field lines about them; '' for most. */
  readonly partLines: ((x: Exchange) => string) | undefined;
  readonly timeoutMs: number;
  /** How long it usually takes, once begun. */
  readonly pace: Pace;
  /** Hears of an answer that breaks the contract and is given all the same. */
  readonly drifted: (traceId: string, fault: unknown) => void;
  /** Where answers that are sent while they are made stand as long as they are open. */
  readonly streams: OpenStreams;
  /** True when it changes something: HTTP caching, confirmation and idempotency depend on it. */
  readonly writes: boolean;
  /** Steps of a request over HTTP, from admit to dispatch. */
  steps: readonly Step[];
  /** Steps of an invocation: the same functions from authorize on. */
  callSteps: readonly Step[];
  /** Puts its limits into an answer that came before they were counted; undefined = it has none. */
  tellLimits: ((x: Exchange) => void | Promise<void>) | undefined;
}

/** `<contract>.<operationId>`: the name of an operation in calls, events, metrics and logs. */
export function operationKey(contract: Contract, operation: Operation): string {
  return `${contract.id}.${operation.id}`;
}

/** A refusal of one of this operation's stages, in the caller's language. */
export function refuse(x: Exchange, code: string, parts?: Parameters<ProblemBook['answer']>[2]): Answer {
  const { problems, timeoutMs } = x.operation;
  // Whoever ran out of time need not know how much there was.
  const told = code === 'deadline-exceeded' ? { ...parts, values: { timeoutMs, ...parts?.values } } : parts;
  return problems.answer(code, x.traceId, told, x.language);
}

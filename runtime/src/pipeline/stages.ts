// The life of a request, on one screen. Each operation gets the stages it needs, joined in this order; a stage that has
// nothing to do for an operation is dropped when the contract is installed. A request with two faults is refused by the
// earlier stage. `invoke` (ctx.call, MCP, assistant) enters at `authorize` with the same functions.

import type { Limit, Operation } from '@plinth/contract';
import type { Consents, Relations } from '../context.ts';
import type { Clock, Ids } from '../kernel/index.ts';
import type { Executor } from '../operations/executor.ts';
import type { OperationJobs } from '../operations/jobs/operation-jobs.ts';
import type { Database, Files, LimitStore } from '../ports/index.ts';
import type { Authenticator } from '../security/authenticator.ts';
import type { Confirmations } from '../security/confirmations.ts';
import type { AddressCheck } from '../security/egress.ts';
import type { EnumerationGuard } from '../security/enumeration.ts';
import type { Leaves } from '../security/leaves.ts';
import type { Tracer } from '../telemetry/tracer.ts';
import type { EdgeCache } from './cache/edge-cache.ts';
import type { Deadlines } from './deadlines.ts';
import type { Exchange, Step } from './exchange.ts';
import type { CompiledOperation } from './operation.ts';
import type { Plans } from './plans/plans.ts';
import type { QuotaBook } from './plans/quota-book.ts';
import { compileAdmit, type AddressLimit, type Admission } from './stages/admit.ts';
import { compileAuthenticate } from './stages/authenticate.ts';
import {
  compileAuthorize,
  compileConsent,
  compileFieldConsent,
  compileOwnerCheck,
  compileStepUp,
} from './stages/authorize.ts';
import { compileReadCache, purging } from './stages/cache.ts';
import { compileCallbacks } from './stages/callbacks.ts';
import { compileConfirm } from './stages/confirm.ts';
import { compileDeadline } from './stages/deadline.ts';
import { compileDispatch } from './stages/dispatch.ts';
import type { Following } from './stages/follow.ts';
import { compileLeave, compileLife } from './stages/life.ts';
import { compileLimit, compileTelling } from './stages/limit.ts';
import { compilePrefer } from './stages/prefer.ts';
import { compileReadBody } from './stages/read-body.ts';
import { compileReceive, type ReceiveParts } from './stages/receive.ts';
import { compileBody, compileParams } from './stages/validate.ts';

/** What stages are compiled against; one per edge. */
export interface EdgeParts {
  admission: Admission;
  /** undefined = an address may call as often as it likes. */
  addressLimit: AddressLimit | undefined;
  authenticator: Authenticator;
  database: Database | undefined;
  /** undefined = nobody keeps projections here, and no read waits. */
  following: Following | undefined;
  /** undefined = files of forms come as bytes, within the limit of a body. */
  files: Files | undefined;
  ids: Ids;
  consents: Consents | undefined;
  relations: Relations | undefined;
  /** undefined = no application has leave beyond the contract. */
  leaves: Leaves | undefined;
  limitStore: LimitStore;
  standardLimits: readonly Limit[];
  oldRateLimits: boolean;
  plans: Plans | undefined;
  quotas: QuotaBook | undefined;
  confirmations: Confirmations | undefined;
  executor: Executor;
  /** undefined = operations with `async` are answered in the request. */
  jobs: Pick<OperationJobs, 'answer'> | undefined;
  deadlines: Deadlines;
  /** Of the guarded client; undefined = callbacks are refused. */
  checkAddress: AddressCheck | undefined;
  receiving: ReceiveParts['receiving'];
  cache: EdgeCache;
  clock: Clock;
  /** undefined = nobody is told of spans. */
  tracer: Tracer | undefined;
  enumeration: EnumerationGuard;
  /** Told once when a principal is stopped for trying ids. */
  onStopped: (x: Exchange) => void;
}

export interface Stage {
  readonly name: string;
  /** Codes it may answer with (catalogue.ts, problems.yaml). */
  readonly refuses: readonly string[];
  /** `entry` runs before an operation is known, `exit` on every answer; both are part of the edge itself. */
  readonly at: 'entry' | 'request' | 'invoke' | 'exit';
  /** The step for one operation; undefined = not needed. Entry and exit stages have none. */
  readonly compile?: (operation: CompiledOperation, parts: EdgeParts) => Step | undefined;
}

/** `request` = only over HTTP, `invoke` = over HTTP and for invocations. */
export const stages: readonly Stage[] = [
  { name: 'trace', at: 'entry', refuses: [] },
  {
    name: 'route',
    at: 'entry',
    refuses: ['malformed-request', 'not-found', 'method-not-allowed', 'target-too-long', 'not-acceptable'],
  },
  {
    name: 'life',
    at: 'invoke',
    refuses: ['retired', 'brown-out'],
    compile: compileLife,
  },
  {
    name: 'admit',
    at: 'request',
    refuses: ['overloaded', 'draining', 'rate-limited'],
    compile: compileAdmit,
  },
  {
    name: 'authenticate',
    at: 'request',
    refuses: ['unauthenticated', 'invalid-token', 'partner-suspended', 'cross-site-request', 'too-many-failures'],
    compile: compileAuthenticate,
  },
  {
    name: 'leave',
    at: 'invoke',
    refuses: ['retired', 'brown-out', 'opt-in-required'],
    compile: compileLeave,
  },
  {
    name: 'authorize',
    at: 'invoke',
    refuses: ['audience-not-allowed', 'insufficient-scope'],
    compile: (op) => compileAuthorize(op),
  },
  { name: 'step-up', at: 'invoke', refuses: ['step-up-required'], compile: compileStepUp },
  { name: 'consent', at: 'invoke', refuses: ['consent-required'], compile: compileConsent },
  {
    name: 'owner',
    at: 'invoke',
    refuses: ['not-found', 'not-yours', 'too-many-failures'],
    compile: (op, parts) => compileOwnerCheck(op, parts, 'head'),
  },
  {
    name: 'limit',
    at: 'invoke',
    refuses: ['rate-limited', 'quota-exhausted'],
    compile: compileLimit,
  },
  {
    name: 'validate parameters',
    at: 'invoke',
    refuses: [
      'invalid-parameter',
      'idempotency-key-missing',
      'idempotency-key-malformed',
      'precondition-required',
      'precondition-failed',
    ],
    compile: (op) => compileParams(op),
  },
  {
    name: 'read body',
    at: 'request',
    refuses: [
      'body-too-large',
      'file-too-large',
      'unsupported-media-type',
      'unsupported-encoding',
      'request-too-slow',
      'invalid-body',
    ],
    compile: compileReadBody,
  },
  {
    name: 'receive',
    at: 'invoke',
    refuses: ['signature-invalid', 'dependency-unavailable'],
    compile: compileReceive,
  },
  {
    name: 'validate body',
    at: 'invoke',
    refuses: ['malformed-json', 'json-not-acceptable', 'invalid-body'],
    compile: (op) => compileBody(op),
  },
  {
    name: 'owner of the body',
    at: 'invoke',
    refuses: ['not-found', 'not-yours', 'too-many-failures'],
    compile: (op, parts) => compileOwnerCheck(op, parts, 'body'),
  },
  { name: 'field consent', at: 'invoke', refuses: [], compile: compileFieldConsent },
  {
    name: 'callback addresses',
    at: 'invoke',
    refuses: ['callback-refused'],
    compile: compileCallbacks,
  },
  {
    name: 'confirm',
    at: 'invoke',
    refuses: ['confirmation-required', 'confirmation-used'],
    compile: (op, { confirmations }) => compileConfirm(op, confirmations),
  },
  { name: 'deadline', at: 'request', refuses: ['deadline-exceeded'], compile: compileDeadline },
  { name: 'read cache', at: 'invoke', refuses: ['not-cached'], compile: compileReadCache },
  { name: 'prefer', at: 'invoke', refuses: [], compile: compilePrefer },
  {
    name: 'replay and dispatch',
    at: 'invoke',
    refuses: [
      'idempotency-key-reused',
      'idempotency-in-progress',
      'not-implemented',
      'deadline-exceeded',
      'dependency-unavailable',
      'internal',
    ],
    compile: (op, parts) => compileDispatch(op, { ...parts, executor: purging(op, parts) }),
  },
  { name: 'check response', at: 'exit', refuses: ['response-breaks-contract'] },
  { name: 'respond', at: 'exit', refuses: [] },
  { name: 'record', at: 'exit', refuses: [] },
];

/** Those an operation may pass: what receives messages of others ends with keeping them. */
export function stagesOf({ policy }: Pick<Operation, 'policy'>): readonly Stage[] {
  if (policy.webhookIn === undefined) return stages;
  const last = stages.findIndex(({ name }) => name === 'receive');
  return stages.filter(({ at }, index) => index <= last || at === 'exit');
}

/** The first stage that refuses with a code; codes of handlers have none. */
export const stageOf: ReadonlyMap<string, string> = new Map(
  stages.toReversed().flatMap(({ name, refuses }) => refuses.map((code) => [code, name] as const)),
);

/** Joins the stages an operation needs. */
export function compileSteps(operation: CompiledOperation, parts: EdgeParts): void {
  const compiled = stagesOf(operation.operation).flatMap((stage) => {
    const step = stage.compile?.(operation, parts);
    return step === undefined ? [] : [{ at: stage.at, step }];
  });
  operation.steps = compiled.map(({ step }) => step);
  operation.callSteps = compiled.filter(({ at }) => at === 'invoke').map(({ step }) => step);
  operation.tellLimits = compileTelling(operation, parts);
}

export * from './catalogue.ts';
export * from './contract-refused.ts';
export * from './create-edge.ts';
export type { LoadSignals } from './admission/levels.ts';
export * from './edge-options.ts';
export * from './edge.ts';
export type { Answer } from './exchange.ts';
export * from './problems.ts';
export type { Plan, Quota } from './plans/plan.ts';
export { QuotaBook, readQuotaUse, type QuotaUse } from './plans/quota-book.ts';
export { beginRootTrace, RootTrace, rootTraceOf } from './root-trace.ts';
export { stages, type Stage } from './stages.ts';
export type { TraceParts } from './stages/trace.ts';
export type { Interaction } from './stages/record.ts';
export { type BodyDone, type Caller, NodeTransport, setCaller, setEarly, type Transport, unread } from './transport.ts';
export { createCall, type CallerOf } from '../operations/call.ts';
export { jobSchema, type JobDocument } from '../operations/jobs/document.ts';
export { OperationJobs, type OperationJobsOptions } from '../operations/jobs/operation-jobs.ts';
export { serveJobs, type JobsFace } from '../operations/jobs/serve-jobs.ts';
export { sweepKeys } from '../operations/key-rows.ts';
export type { ExecutionServices, WriteUnit } from '../operations/services.ts';
export * from '../security/api-key.ts';
export * from '../security/authenticator.ts';
export { canonicalHash, canonicalJson } from '../security/canonical-json.ts';
export { type Challenge, challengeOf, refusalOf } from '../security/challenge.ts';
export { claimFields, toPrincipal, type ClaimNames, type Vouching } from '../security/claims.ts';
export * from '../security/confirmations.ts';
export type { IntrospectionOptions } from '../security/introspection.ts';
export type { Issuer } from '../security/issuers.ts';
export { createLogger } from '../telemetry/access-log.ts';
export { logOf } from '../telemetry/log.ts';
export { Metrics } from '../telemetry/metrics.ts';
export { newTrace, readTrace, traceparentOf } from '../telemetry/trace.ts';
export { type SpanStart, Tracer } from '../telemetry/tracer.ts';
export { openMeter } from '../telemetry/open-meter.ts';
export { readUsageOf, UsageBook, type UseOfOperation } from '../telemetry/usage.ts';
export { compileCors, type Cors } from './cors.ts';
export { lean } from './incoming.ts';
export { safetyHeaders } from './head.ts';
export { operationsOf, readPlain } from './plain/plain-requests.ts';
export type { PlainTransport } from './plain/plain-transport.ts';
export { followPurges } from './cache/purge-feed.ts';
export { servedDocument, servedTogether } from './openapi.ts';
export * from '../security/egress.ts';
export { restore, revoke, RevocationBook, suspend } from '../security/revocation-book.ts';
export { followLeaves, giveLeave } from '../security/leave-book.ts';
export { type Leave, type LeaveKind, Leaves } from '../security/leaves.ts';
export { adaptMajor, idOfMajor, isEarlierMajor } from './majors.ts';
export { Canary, type CanaryEnd, type Route } from '../resilience/canary.ts';
export { Guard, type GuardedAnswer, type GuardedCall, GuardFailure, retryAfterMs } from '../resilience/guard.ts';
export { RetryBudget } from '../resilience/retry-budget.ts';
export {
  concludeCall,
  doubtCall,
  forgetCall,
  noteCall,
  settleDoubt,
  type UpstreamCallRow,
} from '../operations/upstream/calls.ts';
export { listOpenDoubts, type OpenDoubt, readOpenDoubt, settleOpenDoubt } from '../operations/upstream/doubts.ts';
export { type Sighting, UpstreamIds } from '../operations/upstream/ids.ts';
export { type Found, reconcileJob, type ReconcileParts } from '../operations/upstream/reconcile.ts';
export { emitDeclared, isAlternative, statesOf } from '../operations/declared-facts.ts';
export { compileShapes } from './shapes.ts';
export { fieldsPassed, type Passed } from './end-to-end.ts';

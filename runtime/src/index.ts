export * from './capability.ts';
export * from './context.ts';
export { download } from './download.ts';
export * from './kernel/index.ts';
export * from './ports/index.ts';
export * from './workflows/workflow.ts';
export * from './store/index.ts';
export { type Consumers, type ConsumersOptions, createConsumers } from './events/consumers.ts';
export {
  createLive,
  type Live,
  type LiveOptions,
  type LiveRefusal,
  type LiveRequest,
  type LiveSink,
} from './events/live.ts';
export { serveLive } from './events/serve-live.ts';
export { appendFacts, type OutboxFact } from './events/outbox.ts';
export { type DeadLetter, listDeadLetters, replayDeadLetters } from './events/dead-letters.ts';
export { forgetReaction, type ForgottenReaction, listReactions, type ReactionStanding } from './events/orphans.ts';
export { projectionsOf } from './events/following.ts';
export { type Rebuilt, rebuildProjection } from './events/rebuild.ts';
export { createRelay, type Relay, type RelayOptions } from './events/relay.ts';
export * from './work.ts';
export { isAddressRule } from './security/address-rules.ts';
export { eventViews, type EventView } from './events/webhooks/event-view.ts';
export { hashSecret, keyIssuer, newApiKey, parseApiKey, type StoredKey } from './security/api-key.ts';
export { isOwnAddress, networkOf, plainAddress, TrustedProxies } from './security/forwarded.ts';
export { newTrace, type Trace } from './telemetry/trace.ts';
export { type AuditKey, newAuditKey, readAuditKey } from './telemetry/audit-chain.ts';
export { type AuditSealer, createAuditSealer } from './telemetry/audit-sealer.ts';
export { type AuditVerified, auditCheckpoints, type Checkpoint, verifyAudit } from './telemetry/audit-verify.ts';
export {
  type AddressCheck,
  checkOutbound,
  createAddressCheck,
  createEgress,
  type Egress,
  type EgressOptions,
} from './security/egress.ts';
export type { OnWebhookNotice, WebhookNotice } from './events/webhooks/notice.ts';
export * as webhooks from './events/webhooks/targets.ts';
export { isWebhookSecret } from './security/webhook-secrets.ts';
export { createEngine, type Engine, type EngineOptions } from './workflows/engine.ts';
export { createEventing, type Eventing, type EventingOptions } from './eventing.ts';
export { faultOfPlan, type Plan, type Quota } from './pipeline/plans/plan.ts';
export { createJobs, type Jobs, type JobsOptions } from './jobs/jobs.ts';
export {
  completeTask,
  listRuns,
  listTasks,
  type Move,
  moveRun,
  retryStep,
  type RunView,
  showRun,
  type StepView,
  type TaskView,
} from './workflows/operate.ts';
export { signalReactions } from './workflows/signals.ts';
export { workflowOperations, workflowTables } from './workflows/tables.ts';

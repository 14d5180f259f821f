export * from './capability.ts';
export * from './context.ts';
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
export { createRelay, type Relay, type RelayOptions } from './events/relay.ts';
export * from './work.ts';
export { isAddressRule } from './security/address-rules.ts';
export { eventViews, type EventView } from './events/webhooks/event-view.ts';
export { hashSecret, keyIssuer, newApiKey, parseApiKey, type StoredKey } from './security/api-key.ts';
export { type AuditKey, newAuditKey, readAuditKey } from './telemetry/audit-chain.ts';
export { type AuditSealer, createAuditSealer } from './telemetry/audit-sealer.ts';
export { type AuditVerified, auditCheckpoints, type Checkpoint, verifyAudit } from './telemetry/audit-verify.ts';
export {
  type AddressCheck,
  createAddressCheck,
  createEgress,
  type Egress,
  type EgressOptions,
} from './security/egress.ts';
export type { OnWebhookNotice, WebhookNotice } from './events/webhooks/notice.ts';
export * as webhooks from './events/webhooks/targets.ts';
export { createEngine, type Engine, type EngineOptions } from './workflows/engine.ts';
export { createEventing, type Eventing, type EventingOptions } from './eventing.ts';
export { createJobs, type Jobs, type JobsOptions } from './jobs/jobs.ts';
export { workflowTables } from './workflows/tables.ts';

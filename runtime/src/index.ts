export * from './capability.ts';
export * from './context.ts';
export * from './kernel/index.ts';
export * from './ports/index.ts';
export * from './workflows/workflow.ts';
export * from './store/index.ts';
export { appendFacts, type OutboxFact } from './events/outbox.ts';
export * from './work.ts';

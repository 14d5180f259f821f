export * from './codec/json.ts';
export * from './codec/params.ts';
export { load, type Loaded, type LoadOptions } from './load/load.ts';
export { follow, isObject, valueAt } from './load/pointer.ts';
export { walkSchemas } from './load/schemas.ts';
export * from './model/contract.ts';
export * from './model/policy.ts';
export { answerSchema, inferResources, isListAnswer, listProperty, singular } from './model/resources.ts';
export { compileRoutes } from './model/routes.ts';
export {
  type BodyReader,
  compileBody,
  compileSchema,
  declaredMembers,
  type Validator,
  type Violation,
} from './schema/compile.ts';
export { emitCapabilityTypes } from './emit/capability-types.ts';
export { emitAsyncApi } from './emit/async-api.ts';
export { type ClientModuleOptions, emitClient } from './emit/client.ts';
export { type Descriptor, descriptorOf, pagingOf } from './emit/descriptor.ts';
export { type DocsOptions, emitDocs } from './emit/docs/site.ts';
export { emitLlms } from './emit/llms.ts';
export { duration, policyWords } from './emit/policy-words.ts';
export { emitTypes } from './emit/types.ts';
export { emitReference } from './emit/reference.ts';
export { type AgentTool, emitTools, estimatedTokens, isTool, toolBytes, toolOf } from './emit/tools.ts';
export { findingsAsJson, formatFindings, summaryOf } from './lint/format.ts';
export { lint, type LintOptions, refusals, rules, sortFindings } from './lint/lint.ts';
export type { Report, Rule } from './lint/rule.ts';
export { emitLintReference } from './lint/reference.ts';
export { createGenerator, type Generated, Generator, type GeneratorOptions, type Wish } from './generate/instance.ts';
export { type CheckedOperation, checkMock, inputFor } from './mock/check.ts';
export type { MockAnswer, MockCall, MockExplanation } from './mock/answer.ts';
export { createMock, type Mock, type MockOptions } from './mock/mock.ts';
export { MemoryStore, type Store, type Thing } from './mock/store.ts';

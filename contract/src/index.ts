export { type Catalogue, catalogue, type CatalogueOptions } from './catalogue/catalogue.ts';
export { overlayText } from './catalogue/overlay-text.ts';
export { type Proposal, propose } from './catalogue/proposal.ts';
export { catalogueReport, type Unread } from './catalogue/report.ts';
export {
  type BodyCodec,
  type BodyFile,
  type BodyLimits,
  bodyLimits,
  type BodyReading,
  compileBodyCodec,
  type Decoded,
  type EncodedBody,
  isBodyFile,
} from './codec/body.ts';
export { type ExchangeSeen } from './codec/expression.ts';
export * from './codec/json.ts';
export { isJson as isJsonType } from './codec/media.ts';
export * from './codec/params.ts';
export { bundleContract, type Bundled, type BundleOptions } from './load/bundle-contract.ts';
export { type JourneyOptions, type LoadedJourneys, loadJourneys } from './load/journeys.ts';
export { load, type Loaded, type LoadOptions } from './load/load.ts';
export { Origins } from './load/origin.ts';
export { parseText, SyntaxFailure } from './load/parse.ts';
export { follow, isObject, valueAt } from './load/pointer.ts';
export { print } from './load/print.ts';
export { walkSchemas } from './load/schemas.ts';
export * from './model/contract.ts';
export * from './model/journey.ts';
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
export { compileView, type View, type Viewer } from './schema/view.ts';
export { emitCapabilityTypes } from './emit/capability-types.ts';
export { emitAsyncApi } from './emit/async-api.ts';
export { offeredTo } from './emit/audience.ts';
export { type ClientModuleOptions, emitClient } from './emit/client.ts';
export { type Descriptor, descriptorOf, pagingOf } from './emit/descriptor.ts';
export { type DocsOptions, emitDocs } from './emit/docs/site.ts';
export { emitLlms } from './emit/llms.ts';
export { duration, policyWords } from './emit/policy-words.ts';
export { emitTypes } from './emit/types.ts';
export { emitReference } from './emit/reference.ts';
export { type AgentTool, emitTools, estimatedTokens, isTool, toolBytes, toolOf } from './emit/tools.ts';
export { applyConfig, type LintConfig, presets, readLintConfig, setRule } from './lint/config.ts';
export { applyEdits, type PlacedEdit } from './lint/edit.ts';
export { findingsAsGithub, findingsAsSarif } from './lint/machine-formats.ts';
export { findingsAsJson, formatFindings, summaryOf } from './lint/format.ts';
export { lint, type LintFinding, type LintOptions, type Preset, refusals, sortFindings } from './lint/lint.ts';
export type { Report, Rule, RuleEntry } from './lint/rule.ts';
export { emitLintReference, everyRule } from './lint/reference.ts';
export { emitVocabularyReference } from './lint/vocabulary.ts';
export { diff, failedDiff, type DiffOptions, type DiffResult } from './diff/diff.ts';
export { type Approval, readApprovals } from './diff/approvals.ts';
export type { DiffFinding } from './diff/finding.ts';
export { diffAsJson, diffAsText } from './diff/format.ts';
export { diffAsGithub, diffAsJunit, diffAsMarkdown, diffAsSarif } from './diff/machine-formats.ts';
export { emitDiffReference } from './diff/rule-page.ts';
export { readUsage, type Usage } from './diff/usage.ts';
export { diffLevels, type DiffLevel, type DiffRule, diffRules } from './diff/rules.ts';
export { createGenerator, type Generated, Generator, type GeneratorOptions, type Wish } from './generate/instance.ts';
export { type CheckedOperation, checkMock, inputFor, judgeAnswer } from './mock/check.ts';
export type { MockAnswer, MockCall, MockExplanation } from './mock/answer.ts';
export { createMock, type Mock, type MockOptions } from './mock/mock.ts';
export type { Job, JobEnd } from './mock/jobs.ts';
export type { Outgoing } from './mock/outgoing.ts';
export type { DeclaredError } from './mock/declared-error.ts';
export { type Fault, mostDelayMs, type Preferences, readPreferences } from './mock/prefer.ts';
export { emptyState, MemoryStore, type Store, type Thing } from './mock/store.ts';
export type { UnknownId } from './mock/world.ts';
export { Draw, hashText } from './generate/draw.ts';
export { type Check, checks, isCheck } from './verify/checks.ts';
export type { Principal, Send, TestAnswer, TestRequest } from './verify/exchange.ts';
export type { Failure } from './verify/failure.ts';
export { failureText, reportAsJson, reportAsText, reportSummary } from './verify/format.ts';
export { reportAsJunit, reportAsMarkdown } from './verify/formats.ts';
export { type Phase, phases, plan, type PlanOptions, type TestPlan } from './verify/plan.ts';
export { run, type RunPorts, type TestEvent, type TestReport, Unreachable } from './verify/run.ts';
export { readTraffic, type Recorded } from './verify/recorded.ts';
export { type Drift, driftAsText, driftOf, type DriftOptions, type DriftReport, driftRules } from './verify/traffic.ts';

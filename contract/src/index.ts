export * from './serving.ts';
export * from './making.ts';
export * from './linting.ts';
export { type Catalogue, catalogue, type CatalogueOptions } from './catalogue/catalogue.ts';
export { overlayText } from './catalogue/overlay-text.ts';
export { type Proposal, propose } from './catalogue/proposal.ts';
export { catalogueReport, type Unread } from './catalogue/report.ts';
export { bundleContract, type Bundled, type BundleOptions } from './load/bundle-contract.ts';
export { print } from './load/print.ts';
export { walkSchemas } from './load/schemas.ts';
export * from './model/journey.ts';
export { diff, failedDiff, type DiffOptions, type DiffResult } from './diff/diff.ts';
export { type Approval, readApprovals } from './diff/approvals.ts';
export type { DiffFinding } from './diff/finding.ts';
export { diffAsJson, diffAsText } from './diff/format.ts';
export { diffAsGithub, diffAsJunit, diffAsMarkdown, diffAsSarif } from './diff/machine-formats.ts';
export { emitDiffReference } from './diff/rule-page.ts';
export { readUsage, type Usage } from './diff/usage.ts';
export { diffLevels, type DiffLevel, type DiffRule, diffRules } from './diff/rules.ts';
export { type Check, checks, isCheck } from './verify/checks.ts';
export type { Principal, Send, TestAnswer, TestRequest } from './verify/exchange.ts';
export { type Fact, type Facts, tellsFacts } from './verify/facts.ts';
export type { Failure } from './verify/failure.ts';
export { failureText, reportAsJson, reportAsText, reportSummary } from './verify/format.ts';
export { reportAsJunit, reportAsMarkdown } from './verify/formats.ts';
export { type Phase, phases, plan, type PlanOptions, type TestPlan } from './verify/plan.ts';
export { run, type RunPorts, type TestEvent, type TestReport, Unreachable } from './verify/run.ts';
export { readTraffic, type Recorded } from './verify/recorded.ts';
export {
  type Drift,
  driftAsText,
  driftOf,
  type DriftOptions,
  type DriftReport,
  driftRules,
  silences,
} from './verify/traffic.ts';

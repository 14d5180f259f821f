// What judges contracts and journeys by rules. A face of its own, so that checking a contract is quick to start.

export { type JourneyOptions, type LoadedJourneys, loadJourneys } from './load/journeys.ts';
export { applyConfig, type LintConfig, presets, readLintConfig, setRule } from './lint/config.ts';
export { applyEdits, type PlacedEdit } from './lint/edit.ts';
export { findingsAsGithub, findingsAsSarif } from './lint/machine-formats.ts';
export { findingsAsJson, summaryOf } from './lint/format.ts';
export { lint, type LintOptions, type Preset } from './lint/lint.ts';
export { type LintFinding, sortFindings } from './lint/run.ts';
export type { Report, Rule, RuleEntry, SearchedPattern, SearchPattern } from './lint/rule.ts';
export { emitLintReference, everyRule } from './lint/reference.ts';
export { hasUnprovedPattern } from './lint/rules/soundness.ts';
export { emitVocabularyReference } from './lint/vocabulary.ts';

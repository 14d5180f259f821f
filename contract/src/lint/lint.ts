// Which rules a contract is held against: by preset and configuration.

import type { Contract, Severity } from '../model/contract.ts';
import type { Rule, SearchPattern, Settings } from './rule.ts';
import { rules } from './rules/index.ts';
import { type LintFinding, runRules, settingsOf } from './run.ts';
import { isPlanned } from './vocabulary.ts';

/** `recommended`: each rule as it says; `strict`: every warning is an error; `foreign`: what makes others' contracts unusable. */
export type Preset = 'recommended' | 'strict' | 'foreign';

export interface LintOptions {
  /** Default: `recommended`, and `foreign` for a contract of somebody else. */
  preset?: Preset;
  /** Rule id → severity, over the preset. */
  rules?: Readonly<Record<string, Severity | 'off'>>;
  /** Rule id → values of its options, as `readLintConfig` checked them; what is not said keeps its default. */
  options?: Readonly<Record<string, Settings>>;
  /** Asked about patterns that are not proved, each once. Default: nothing is known of them. */
  searchPattern?: SearchPattern;
  /** Runs rules that wait for a planned key of `x-plinth` too. */
  waiting?: boolean;
}

/** What the rules find, in the order file, line, column, rule. What loading found is not repeated. */
export function lint(contract: Contract, options: LintOptions = {}): LintFinding[] {
  const preset = options.preset ?? (contract.foreign ? 'foreign' : 'recommended');
  const chosen = rules.flatMap((rule) => {
    const severity = severityOf(rule, preset, options.rules);
    const waits = rule.needs !== undefined && isPlanned(rule.needs) && options.waiting !== true;
    return severity === 'off' || waits || !applies(rule, contract)
      ? []
      : [{ rule, severity, settings: settingsOf(rule, options.options) }];
  });
  return runRules(chosen, contract, options.searchPattern);
}

/** The severity of a rule under a preset and what is written over it. */
export function severityOf(
  rule: { id: string; severity: Severity; foreign?: Severity },
  preset: Preset,
  over: Readonly<Record<string, Severity | 'off'>> = {},
): Severity | 'off' {
  const said = Object.hasOwn(over, rule.id) ? over[rule.id] : undefined;
  if (said !== undefined) return said;
  if (preset === 'foreign') return rule.foreign ?? 'off';
  return preset === 'strict' && rule.severity === 'warn' ? 'error' : rule.severity;
}

function applies(rule: Rule, contract: Contract): boolean {
  return rule.of === undefined || (rule.of === 'foreign') === contract.foreign;
}

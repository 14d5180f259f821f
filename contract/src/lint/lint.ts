// Runs the rules over a contract: once over its operations, once over its schemas.

import type { Contract, Finding, Severity } from '../model/contract.ts';
import type { PlacedEdit } from './edit.ts';
import { schemasOf } from './nodes.ts';
import type { Report, Rule, Settings } from './rule.ts';
import { rules } from './rules/index.ts';
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
  /** Runs rules that wait for a planned key of `x-plinth` too. */
  waiting?: boolean;
}

/** A finding, perhaps with edits that mend it and keep the meaning. */
export interface LintFinding extends Finding {
  edits?: readonly PlacedEdit[];
}

/** At most this many findings of one rule; a broken generator should not print a book. */
export const mostPerRule = 100;

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
  return run(chosen, contract);
}

/** Why the edge will not run this contract: deny by default. Empty for contracts of others. */
export function refusals(contract: Contract): Finding[] {
  if (contract.foreign) return [];
  const refusing = rules
    .filter((rule) => rule.refuses)
    .map((rule) => ({ rule, severity: rule.severity, settings: settingsOf(rule) }));
  return run(refusing, contract);
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

/** Every option of a rule with its value. */
function settingsOf({ id, options = {} }: Rule, said: LintOptions['options'] = {}): Settings {
  const usual = Object.entries(options).map(([name, { is }]) => [name, is] as const);
  return { ...Object.fromEntries(usual), ...(Object.hasOwn(said, id) ? said[id] : {}) };
}

function applies(rule: Rule, contract: Contract): boolean {
  return rule.of === undefined || (rule.of === 'foreign') === contract.foreign;
}

interface Chosen {
  rule: Rule;
  severity: Severity;
  settings: Settings;
}

function run(chosen: readonly Chosen[], contract: Contract): LintFinding[] {
  const findings: LintFinding[] = [];
  const active = chosen.map((entry) => ({ ...entry, report: reporter(entry, contract, findings) }));
  for (const { rule, report, settings } of active) rule.contract?.(contract, report, settings);
  const onOperations = active.filter(({ rule }) => rule.operation !== undefined);
  for (const operation of contract.operations)
    for (const { rule, report, settings } of onOperations) rule.operation?.(operation, contract, report, settings);
  const onSchemas = active.filter(({ rule }) => rule.schema !== undefined);
  if (onSchemas.length > 0)
    for (const schema of schemasOf(contract))
      for (const { rule, report } of onSchemas) rule.schema?.(schema, contract, report);
  return sortFindings(findings);
}

function reporter({ rule, severity }: Chosen, contract: Contract, findings: LintFinding[]): Report {
  let told = 0;
  return (node, message, fix, edits) => {
    if (told++ >= mostPerRule) return;
    const placed = edits?.map((edit): PlacedEdit => {
      const { file, pointer } = contract.at('add' in edit ? edit.list : edit.map);
      if ('add' in edit) return { file, pointer, add: edit.add };
      return 'set' in edit ? { file, pointer, key: edit.set, value: edit.value } : { file, pointer, key: edit.remove };
    });
    findings.push({
      ...contract.at(node ?? contract.document),
      rule: rule.id,
      severity,
      message,
      ...(fix === undefined ? {} : { fix }),
      ...(placed === undefined ? {} : { edits: placed }),
    });
  };
}

/** A stable order, so that two runs print the same. */
export function sortFindings<T extends Finding>(findings: readonly T[]): T[] {
  return findings.toSorted(
    (a, b) =>
      compare(a.file, b.file) ||
      a.line - b.line ||
      a.column - b.column ||
      compare(a.rule, b.rule) ||
      compare(a.message, b.message),
  );
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

// Runs rules over a contract: once over its operations, once over its schemas.

import type { Contract, Finding, Severity } from '../model/contract.ts';
import type { PlacedEdit } from './edit.ts';
import { schemasOf } from './nodes.ts';
import type { Report, Rule, SearchedPattern, SearchPattern, Settings } from './rule.ts';

/** A finding, perhaps with edits that mend it and keep the meaning. */
export interface LintFinding extends Finding {
  edits?: readonly PlacedEdit[];
}

/** At most this many findings of one rule; a broken generator should not print a book. */
const mostPerRule = 100;

/** Every option of a rule with its value. */
export function settingsOf({ id, options = {} }: Rule, said: Readonly<Record<string, Settings>> = {}): Settings {
  const usual = Object.entries(options).map(([name, { is }]) => [name, is] as const);
  return { ...Object.fromEntries(usual), ...(Object.hasOwn(said, id) ? said[id] : {}) };
}

/** A rule, how grave what it finds is, and its options. */
interface Chosen {
  rule: Rule;
  severity: Severity;
  settings: Settings;
}

const unsearched: SearchPattern = () => ({ verdict: 'unknown' });

/** Each pattern is searched once, however many rules and schemas ask. */
function remembering(search: SearchPattern): SearchPattern {
  const known = new Map<string, SearchedPattern>();
  return (pattern) => {
    const found = known.get(pattern) ?? search(pattern);
    known.set(pattern, found);
    return found;
  };
}

/** In the order file, line, column, rule. */
export function runRules(chosen: readonly Chosen[], contract: Contract, searchPattern = unsearched): LintFinding[] {
  const search = remembering(searchPattern);
  const findings: LintFinding[] = [];
  const active = chosen.map((entry) => ({ ...entry, report: reporter(entry, contract, findings) }));
  for (const { rule, report, settings } of active) rule.contract?.(contract, report, settings);
  const onOperations = active.filter(({ rule }) => rule.operation !== undefined);
  for (const operation of contract.operations)
    for (const { rule, report, settings } of onOperations) rule.operation?.(operation, contract, report, settings);
  const onSchemas = active.filter(({ rule }) => rule.schema !== undefined);
  if (onSchemas.length > 0)
    for (const schema of schemasOf(contract))
      for (const { rule, report } of onSchemas) rule.schema?.(schema, contract, report, search);
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

// `plinth.lint.yaml`: the preset, severities over it, and findings that are accepted for a reason and a time.

import { isObject } from '../load/pointer.ts';
import type { Contract, JsonValue, Severity } from '../model/contract.ts';
import { type Preset, severityOf } from './lint.ts';
import { everyRule } from './reference.ts';
import { type RuleOption, severities } from './rule.ts';
import { type LintFinding, sortFindings } from './run.ts';

export interface Ignore {
  rule: string;
  /** An operationId, or the beginning of a JSON Pointer (`/components/schemas/Order`). Absent = everywhere. */
  at?: string;
  because: string;
  /** Last day (ISO date) on which it holds. */
  until?: string;
}

export interface LintConfig {
  preset?: Preset;
  rules: Record<string, Severity | 'off'>;
  /** Rule id → values of its options. */
  options: Record<string, Record<string, number | string>>;
  ignore: Ignore[];
}

export const presets: readonly Preset[] = ['recommended', 'strict', 'foreign'];

/** At most this many entries of `ignore`: a longer list is a preset in disguise. */
const mostIgnored = 500;

/** A configuration from its tree. `faults` says in words what cannot be used; the rest is used. */
export function readLintConfig(tree: JsonValue): { config: LintConfig; faults: string[] } {
  const config: LintConfig = { rules: {}, options: {}, ignore: [] };
  const faults: string[] = [];
  if (!isObject(tree)) return { config, faults: ['It must be a map of extends, rules and ignore.'] };
  for (const key of Object.keys(tree))
    if (!['extends', 'rules', 'ignore'].includes(key)) faults.push(`${key} is unknown; use extends, rules and ignore.`);
  for (const name of [tree['extends'] ?? []].flat()) {
    const preset = presets.find((one) => one === name);
    if (preset === undefined) faults.push(`extends: ${JSON.stringify(name)} is none of ${presets.join(', ')}.`);
    else config.preset = preset;
  }
  for (const [id, said] of Object.entries(isObject(tree['rules']) ? tree['rules'] : {})) {
    faults.push(...configureRule(config, id, said));
  }
  const ignored = Array.isArray(tree['ignore']) ? tree['ignore'] : [];
  if (ignored.length > mostIgnored) faults.push(`ignore has more than ${mostIgnored} entries.`);
  for (const entry of ignored.slice(0, mostIgnored)) {
    const fault = isObject(entry)
      ? addIgnore(config, entry)
      : 'ignore: an entry is a map of rule, at, because and until.';
    if (fault !== undefined) faults.push(fault);
  }
  return { config, faults };
}

/** A severity, or a map of `severity` and `options`; faults in words. */
function configureRule(config: LintConfig, id: string, said: JsonValue): string[] {
  if (!isObject(said)) return [setRule(config.rules, id, said) ?? []].flat();
  const { severity, options, ...others } = said;
  const faults = Object.keys(others).map((key) => `${id}: ${key} is unknown; use severity and options.`);
  const rule = everyRule.find((one) => one.id === id);
  // Without a severity the preset's holds.
  if (rule === undefined || severity !== undefined) faults.push(...[setRule(config.rules, id, severity) ?? []].flat());
  if (options === undefined || rule === undefined) return faults;
  if (!isObject(options)) return [...faults, `${id}: options is a map.`];
  const settings: Record<string, number | string> = {};
  for (const [name, value] of Object.entries(options)) {
    const option = rule.options && Object.hasOwn(rule.options, name) ? rule.options[name] : undefined;
    const fault = faultOfOption(option, value, Object.keys(rule.options ?? {}));
    if (fault === undefined) settings[name] = value as number | string;
    else faults.push(`${id}: ${name} ${fault}`);
  }
  config.options[id] = settings;
  return faults;
}

/** What is wrong with the value of an option, in words that follow its name. */
function faultOfOption(option: RuleOption | undefined, value: JsonValue, known: readonly string[]): string | undefined {
  if (option === undefined)
    return known.length === 0 ? 'is unknown; the rule has no options.' : `is unknown; use ${known.join(', ')}.`;
  if ('of' in option)
    return option.of.includes(value as string) ? undefined : `must be one of ${option.of.join(', ')}.`;
  return Number.isSafeInteger(value) && (value as number) >= option.least
    ? undefined
    : `must be a whole number of at least ${option.least}.`;
}

/** Sets one severity; a fault in words when the rule or the severity does not exist. */
export function setRule(rules: LintConfig['rules'], id: string, said: unknown): string | undefined {
  if (!everyRule.some((rule) => rule.id === id)) return `There is no rule ${id}; --list-rules names them.`;
  const severity = [...severities, 'off' as const].find((one) => one === said);
  if (severity === undefined) return `${id}: ${String(said)} is none of off, ${severities.join(', ')}.`;
  rules[id] = severity;
  return undefined;
}

function addIgnore(config: LintConfig, entry: Record<string, JsonValue>): string | undefined {
  const { rule, at, because, until } = entry;
  if (typeof rule !== 'string' || !everyRule.some(({ id }) => id === rule))
    return `ignore: there is no rule ${JSON.stringify(rule)}.`;
  if (typeof because !== 'string' || because.trim() === '') return `ignore: ${rule} needs  because: one sentence.`;
  if (until !== undefined && !(typeof until === 'string' && /^\d{4}-\d\d-\d\d$/.test(until)))
    return `ignore: until of ${rule} must be a date like 2027-01-31.`;
  if (at !== undefined && typeof at !== 'string') return `ignore: at of ${rule} must be an operationId or a pointer.`;
  config.ignore.push({ rule, because, ...(at === undefined ? {} : { at }), ...(until === undefined ? {} : { until }) });
  return undefined;
}

/**
 * Findings of loading and of rules as a configuration wants them: loading's severities follow the preset, ignored ones
 * are gone, and an ignore past its `until` is itself a finding (`ignore-expired`). `today` is an ISO date.
 */
export function applyConfig(
  found: { loaded: readonly LintFinding[]; linted: readonly LintFinding[] },
  by: { config: LintConfig; contract: Contract; today: string },
): LintFinding[] {
  const { config, contract, today } = by;
  const preset = config.preset ?? (contract.foreign ? 'foreign' : 'recommended');
  const loaded = found.loaded.flatMap((finding) => {
    const rule = everyRule.find(({ id }) => id === finding.rule);
    // What loading said of a foreign contract may be milder than the rule; only a word of the user makes it harder.
    const said =
      rule === undefined
        ? undefined
        : severityOf({ ...rule, severity: finding.severity, foreign: finding.severity }, preset, config.rules);
    return said === 'off' ? [] : [{ ...finding, severity: said ?? finding.severity }];
  });
  const expired = new Set<Ignore>();
  const kept = [...loaded, ...found.linted].filter((finding) => {
    const ignore = config.ignore.find((one) => one.rule === finding.rule && stands(finding, one.at, contract));
    if (ignore === undefined) return true;
    if (ignore.until === undefined || ignore.until >= today) return false;
    expired.add(ignore);
    return true;
  });
  const late = [...expired].map((ignore): LintFinding => ({
    ...contract.at(contract.document),
    rule: 'ignore-expired',
    severity: 'error',
    message: `${ignore.rule} was to be ignored until ${ignore.until}, because: ${ignore.because}`,
    fix: 'Mend the findings, or set a new day in plinth.lint.yaml.',
  }));
  return sortFindings([...kept, ...late]);
}

function stands(finding: LintFinding, at: string | undefined, contract: Contract): boolean {
  if (at === undefined) return true;
  if (at.startsWith('/')) return finding.pointer === at || finding.pointer.startsWith(`${at}/`);
  const operation = contract.operations.find(({ id }) => id === at);
  if (operation === undefined) return false;
  const place = contract.at(operation.node);
  return (
    finding.file === place.file &&
    (finding.pointer === place.pointer || finding.pointer.startsWith(`${place.pointer}/`))
  );
}

// The work of `plinth lint`: read, configure, mend, print.

import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import {
  applyConfig,
  applyEdits,
  everyRule,
  findingsAsGithub,
  findingsAsJson,
  findingsAsSarif,
  hasUnprovedPattern,
  lint,
  type LintConfig,
  type LintFinding,
  type LintOptions,
  presets,
  readLintConfig,
  setRule,
  summaryOf,
} from '@plinth/contract/linting';
import {
  type Contract,
  type Finding,
  formatFindings,
  Origins,
  parseText,
  type Severity,
} from '@plinth/contract/serving';
import { type ContractFlags, fileOptions, readSource } from './contract-file.ts';
import { type ContractSource, openSource } from './contract-source.ts';
import { CliFailure, exit } from './failure.ts';
import { isJourneys, lintJourneys } from './lint-journeys.ts';
import { patternSearch } from './pattern-search.ts';
import { note, out } from './printer.ts';
import { writeText } from './write-files.ts';

export interface LintFlags extends ContractFlags {
  preset?: string;
  rule: string[];
  config?: string;
  fix?: boolean;
  listRules?: boolean;
  format: string;
  json?: boolean;
  failOn: string;
}

const order: readonly Severity[] = ['error', 'warn', 'info', 'hint'];
const shown = (file: string): string => path.relative(process.cwd(), path.resolve(file));

const formats: Record<string, (findings: readonly Finding[]) => string> = {
  text: (findings) => formatFindings(findings, shown),
  json: (findings) => findingsAsJson(findings),
  sarif: (findings) => findingsAsSarif(findings, shown),
  github: (findings) => findingsAsGithub(findings, shown),
};

function wrong(what: string, advice: string): CliFailure {
  return new CliFailure(what, { why: '', advice, code: exit.usage });
}

/** Gives 0, or 1 when a finding is at or above `--fail-on`. Throws CliFailure: 2 wrong use, 3 a contract is unreadable. */
export async function lintFiles(files: readonly string[], flags: LintFlags): Promise<number> {
  if (flags.listRules) {
    for (const rule of everyRule) out(`${rule.id.padEnd(24)} ${rule.severity.padEnd(6)} ${rule.why}`);
    return exit.done;
  }
  const level = order.indexOf(flags.failOn as Severity);
  if (level < 0) throw wrong(`--fail-on ${flags.failOn} is no severity`, 'use error, warn or info');
  const print = formats[flags.json ? 'json' : flags.format];
  if (print === undefined) throw wrong(`--format ${flags.format} is unknown`, `use ${Object.keys(formats).join(', ')}`);
  if (files.length === 0) throw wrong('No contract is named', 'plinth lint capabilities/orders/contract.yaml');
  const all: LintFinding[] = [];
  for (const file of files) {
    const source = await openSource(file, fileOptions(flags));
    const config = configFor(source.entry, flags);
    if (await isJourneys(source)) {
      const { findings, summary } = await lintJourneys(source, config);
      note(`${shown(source.entry)}: ${summary}`);
      all.push(...findings);
      continue;
    }
    if (flags.fix && !source.isFile) throw wrong(`${file} cannot be mended`, 'name a file, or leave --fix out');
    if (flags.fix) await mend(source, config, flags);
    all.push(...(await lintOne(source, config, flags, true)));
  }
  const text = print(all);
  if (text !== '') out(text.trimEnd());
  return all.some((finding) => order.indexOf(finding.severity) <= level) ? exit.findings : exit.done;
}

async function lintOne(
  source: ContractSource,
  config: LintConfig,
  flags: ContractFlags,
  tell: boolean,
): Promise<LintFinding[]> {
  const started = performance.now();
  const foreign = config.preset === 'strict' ? { foreign: false } : {};
  const { contract, findings } = await readSource(source, { ...foreign, ...fileOptions(flags) });
  const today = new Date().toISOString().slice(0, 10);
  const all = applyConfig(
    { loaded: findings, linted: lint(contract, { ...config, ...(await searching(contract)) }) },
    { config, contract, today },
  );
  const size = `${contract.operations.length} operations, ${contract.schemas.size} schemas`;
  if (tell) note(`${contract.title}: ${size}, ${summaryOf(all)}, ${(performance.now() - started).toFixed(0)} ms`);
  return all;
}

/** The search is loaded only where it is asked: it is large, and most contracts have no pattern that needs it. */
async function searching(contract: Contract): Promise<Pick<LintOptions, 'searchPattern'>> {
  const searchPattern = hasUnprovedPattern(contract) ? await patternSearch() : undefined;
  return searchPattern === undefined ? {} : { searchPattern };
}

/** Fixes may uncover others, so it runs again; three times at most. */
const mostRounds = 3;

async function mend(source: ContractSource, config: LintConfig, flags: ContractFlags): Promise<void> {
  for (let round = 0; round < mostRounds; round++) {
    const edits = (await lintOne(source, config, flags, false)).flatMap((finding) => finding.edits ?? []);
    let made = 0;
    for (const [target, list] of Map.groupBy(edits, (edit) => edit.file)) {
      const before = readFileSync(target, 'utf8');
      const after = applyEdits(before, list);
      if (after.made === 0) continue;
      await writeText(target, after.text);
      note(`mended ${after.made} in ${shown(target)}`);
      made += after.made;
    }
    if (made === 0) return;
  }
}

/** The configuration beside the contract, else in the working folder, with what the command line says over it. */
function configFor(file: string, flags: LintFlags): LintConfig {
  const name = 'plinth.lint.yaml';
  const places = flags.config === undefined ? [path.join(path.dirname(file), name), name] : [flags.config];
  const found = places.find((place) => existsSync(place));
  if (flags.config !== undefined && found === undefined)
    throw wrong(`${flags.config} does not exist`, 'check --config');
  const config: LintConfig = found === undefined ? { rules: {}, options: {}, ignore: [] } : readConfig(found);
  if (flags.preset !== undefined) {
    const preset = presets.find((one) => one === flags.preset);
    if (preset === undefined) throw wrong(`--preset ${flags.preset} is unknown`, `use ${presets.join(', ')}`);
    config.preset = preset;
  }
  for (const pair of flags.rule) {
    const [id = '', severity] = pair.split('=', 2);
    const fault = setRule(config.rules, id, severity);
    if (fault !== undefined) throw wrong(`--rule ${pair} cannot be used`, fault);
  }
  return config;
}

function readConfig(file: string): LintConfig {
  let faults: string[];
  try {
    const read = readLintConfig(parseText(readFileSync(file, 'utf8'), file, new Origins()));
    if (read.faults.length === 0) return read.config;
    faults = read.faults;
  } catch (error) {
    faults = [(error as Error).message];
  }
  throw new CliFailure(`${shown(file)} cannot be used`, {
    why: faults.join('\n'),
    advice: 'docs/guides/lint.md shows one',
    code: exit.usage,
  });
}

// `plinth lint` for journeys (Arazzo).

import { existsSync } from 'node:fs';
import { type LintConfig, type LintFinding, loadJourneys, sortFindings, summaryOf } from '@plinth/contract/linting';
import { loadFile } from '../contracts/read.ts';
import type { ContractSource } from './contract-source.ts';

/** Arazzo documents name themselves in one of their first lines. */
export async function isJourneys({ entry, read }: ContractSource): Promise<boolean> {
  // What cannot be read is left to loading, which says why.
  const text = await read(entry).catch(() => '');
  return /^[{\s]*["']?arazzo["']?\s*:/m.test(text.slice(0, 2000));
}

/** What loading finds in journeys: their form, and what they name. */
export async function lintJourneys(
  { entry, read }: ContractSource,
  config: LintConfig,
): Promise<{ findings: LintFinding[]; summary: string }> {
  const { journeys, findings } = await loadJourneys(entry, {
    read,
    contract: async (source) => (existsSync(source) ? (await loadFile(source)).contract : undefined),
  });
  const steps = journeys.reduce((sum, journey) => sum + journey.steps.length, 0);
  const all = sortFindings(
    findings.flatMap((finding) => {
      const usual = config.preset === 'strict' && finding.severity === 'warn' ? 'error' : finding.severity;
      const severity = config.rules[finding.rule] ?? usual;
      return severity === 'off' ? [] : [{ ...finding, severity }];
    }),
  );
  const counted = `${count(journeys.length, 'journey')}, ${count(steps, 'step')}`;
  return { findings: all, summary: `${counted}, ${summaryOf(all)}` };
}

function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? '' : 's'}`;
}

// `plinth lint` for journeys (Arazzo).

import { existsSync, readFileSync, statSync } from 'node:fs';
import { type LintConfig, type LintFinding, loadJourneys, sortFindings, summaryOf } from '@plinth/contract';
import { loadFile, readBelow } from '../contracts/read.ts';

/** Arazzo documents name themselves in one of their first lines. */
export function isJourneys(file: string): boolean {
  if (!existsSync(file) || statSync(file).isDirectory()) return false;
  return /^[{\s]*["']?arazzo["']?\s*:/m.test(readFileSync(file, 'utf8').slice(0, 2000));
}

/** What loading finds in journeys: their form, and what they name. */
export async function lintJourneys(
  file: string,
  config: LintConfig,
): Promise<{ findings: LintFinding[]; summary: string }> {
  const { journeys, findings } = await loadJourneys(file, {
    read: readBelow(file, {}),
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

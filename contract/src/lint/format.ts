// Findings for people and for programs.

import type { Finding } from '../model/contract.ts';
import { sortFindings } from './run.ts';

/** Grouped by file: `line:column  severity  rule  message`, and below it what to do. '' when there is nothing. */
export function formatFindings(findings: readonly Finding[], shown: (file: string) => string = (file) => file): string {
  const blocks = findingBlocks(findings, shown);
  if (blocks.length === 0) return '';
  return `${blocks.join('\n')}\n${summaryOf(findings)}\n`;
}

/** The same without the summary: one block of lines for each file. */
export function findingBlocks(findings: readonly Finding[], shown: (file: string) => string): string[] {
  const byFile = Map.groupBy(sortFindings(findings), (finding) => finding.file);
  return [...byFile].map(([file, group]) => `${shown(file)}\n${group.map(lineOf).join('\n')}\n`);
}

function lineOf(finding: Finding): string {
  const place = `${finding.line}:${finding.column}`.padEnd(8);
  const head = `  ${place} ${finding.severity.padEnd(5)}  ${finding.rule}  ${finding.message}`;
  if (finding.fix === undefined) return head;
  const [first = '', ...rest] = finding.fix.split('\n');
  return [head, `           → ${first}`, ...rest.map((line) => `             ${line}`)].join('\n');
}

/** `3 errors, 1 warning`. */
export function summaryOf(findings: readonly Finding[]): string {
  const errors = findings.filter((finding) => finding.severity === 'error').length;
  const warnings = findings.filter((finding) => finding.severity === 'warn').length;
  return `${count(errors, 'error')}, ${count(warnings, 'warning')}`;
}

/** `1 error`, `2 errors`. */
export function count(number: number, word: string): string {
  return `${number} ${word}${number === 1 ? '' : 's'}`;
}

/** One JSON document: `{ findings, errors, warnings }`. */
export function findingsAsJson(findings: readonly Finding[]): string {
  // Edits are for `--fix`; a program gets the places.
  const sorted = sortFindings(findings).map(({ file, line, column, pointer, rule, severity, message, fix }) => ({
    rule,
    severity,
    message,
    ...(fix === undefined ? {} : { fix }),
    file,
    line,
    column,
    pointer,
    docs: `docs/reference/lint.md#${rule}`,
  }));
  return JSON.stringify(
    {
      findings: sorted,
      errors: sorted.filter((finding) => finding.severity === 'error').length,
      warnings: sorted.filter((finding) => finding.severity === 'warn').length,
    },
    undefined,
    2,
  );
}

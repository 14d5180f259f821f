// Reports as text for people and as one JSON object.

import { curlOf } from './curl.ts';
import type { Failure } from './failure.ts';
import type { OperationCoverage } from './meter.ts';
import type { TestReport } from './run.ts';

export interface ReportContext {
  baseUrl: string;
  /** How a file is shown. */
  shown?: (file: string) => string;
}

/** One failure with everything that is needed to repeat it. */
export function failureText(failure: Failure, { baseUrl, shown = (file) => file }: ReportContext): string {
  const { position } = failure;
  const lines = [
    `✗ ${failure.check}  ${failure.operation}  ${failure.key}`,
    `  ${failure.message}`,
    `  expected  ${failure.expected}`,
    `  actual    ${failure.actual}`,
    `  contract  ${shown(position.file)}:${position.line}:${position.column}`,
    `  found     phase ${failure.phase}, seed ${failure.seed}${failure.principal === undefined ? '' : `, as ${failure.principal}`}${failure.count > 1 ? `, ${failure.count} times` : ''}`,
    ...curlOf(failure.steps, baseUrl).map((line) => `    ${line}`),
  ];
  return lines.join('\n');
}

/** `412 requests, 3 failures, coverage 91.5 % (seed 7)`. */
export function reportSummary(report: TestReport): string {
  const { requests, failures, coveragePercent, seed, finished } = report;
  const count = failures.length === 1 ? '1 failure' : `${failures.length} failures`;
  return `${requests} requests, ${count}, coverage ${coveragePercent} % (seed ${seed})${finished ? '' : ', ended early'}`;
}

/** The whole report as text: failures, what was left out, coverage by operation. */
export function reportAsText(report: TestReport, context: ReportContext): string {
  const skipped = report.skipped.map(({ operation, reason }) => `- ${operation} was left out: it ${reason}`);
  return [
    ...report.failures.map((failure) => `${failureText(failure, context)}\n`),
    ...skipped,
    ...report.notRun.map(({ check, reason }) => `- ${check} did not run: ${reason}`),
    ...coverageLines(report.coverage),
    '',
  ].join('\n');
}

function coverageLines(rows: readonly OperationCoverage[]): string[] {
  const wide = Math.max(9, ...rows.map(({ operation }) => operation.length));
  const head = `${'operation'.padEnd(wide)}  requests  successes  properties  constraints  moves  statuses`;
  const body = rows.map((row) => {
    const cells = [row.successes, row.properties, row.constraints, row.moves].map(({ seen, all }) =>
      all === 0 ? '-' : `${seen}/${all}`,
    );
    const statuses = Object.entries(row.statuses)
      .map(([status, count]) => `${status}×${count}`)
      .join(' ');
    return `${row.operation.padEnd(wide)}  ${String(row.requests).padStart(8)}  ${cells[0]?.padStart(9)}  ${cells[1]?.padStart(10)}  ${cells[2]?.padStart(11)}  ${cells[3]?.padStart(5)}  ${statuses}`;
  });
  return rows.length === 0 ? [] : [head, ...body];
}

/** The report with curl lines; headers that prove a principal are left out. */
export function reportAsJson(report: TestReport, context: ReportContext): string {
  const failures = report.failures.map(({ steps, ...failure }) => ({
    ...failure,
    curl: curlOf(steps, context.baseUrl),
    answer: { status: steps.at(-1)?.status ?? 0, body: steps.at(-1)?.answer ?? '' },
  }));
  return JSON.stringify({ ...report, failures }, undefined, 2);
}

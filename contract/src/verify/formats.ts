// Reports for machines and pages: JUnit XML and Markdown.

import { curlOf } from './curl.ts';
import { failureText, type ReportContext, reportSummary } from './format.ts';
import type { TestReport } from './run.ts';

/** JUnit XML: one suite an operation, one case a phase that was to run; a case fails with the failures found in it. */
export function reportAsJunit(report: TestReport, context: ReportContext): string {
  const suites = report.coverage.map(({ operation, requests }) => {
    const failures = report.failures.filter((each) => each.operation === operation);
    const cases = [...new Set(failures.map(({ check }) => check))].map((check) => {
      const texts = failures.filter((each) => each.check === check).map((each) => failureText(each, context));
      return `    <testcase classname="${xml(operation)}" name="${check}"><failure message="${xml(failures.find((each) => each.check === check)?.message ?? '')}">${xml(texts.join('\n\n'))}</failure></testcase>`;
    });
    const all = `    <testcase classname="${xml(operation)}" name="${requests} requests"/>`;
    return [
      `  <testsuite name="${xml(operation)}" tests="${cases.length + 1}" failures="${cases.length}">`,
      all,
      ...cases,
      '  </testsuite>',
    ].join('\n');
  });
  const { title } = report.contract;
  return [
    `<?xml version="1.0" encoding="UTF-8"?>`,
    `<testsuites name="${xml(title)}">`,
    ...suites,
    '</testsuites>',
  ].join('\n');
}

/** For a comment on a change: failures with their curl lines, then coverage. */
export function reportAsMarkdown(report: TestReport, context: ReportContext): string {
  const { contract, failures, coverage } = report;
  const lines = [`# ${contract.title} ${contract.version}`, '', reportSummary(report), ''];
  for (const failure of failures) {
    lines.push(`## ${failure.check}: ${failure.operation}`, '', cell(failure.message), '');
    lines.push(
      '| | |',
      '| --- | --- |',
      `| expected | ${cell(failure.expected)} |`,
      `| actual | ${cell(failure.actual)} |`,
    );
    lines.push(
      `| contract | ${(context.shown ?? ((file: string) => file))(failure.position.file)}:${failure.position.line} |`,
      `| met | ${failure.count} |`,
      '',
    );
    lines.push('```sh', ...curlOf(failure.steps, context.baseUrl), '```', '');
  }
  lines.push('| Operation | Requests | Statuses | Properties | Constraints |', '| --- | --- | --- | --- | --- |');
  for (const { operation, requests, statuses, properties, constraints } of coverage)
    lines.push(
      `| ${operation} | ${requests} | ${Object.keys(statuses).join(' ')} | ${properties.seen}/${properties.all} | ${constraints.seen}/${constraints.all} |`,
    );
  return `${lines.join('\n')}\n`;
}

const signs: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

/** Text for XML 1.0: what it cannot hold is left out. */
function xml(text: string): string {
  return text
    .replaceAll(/[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD]/g, '')
    .replaceAll(/[&<>"]/g, (sign) => signs[sign] ?? sign);
}

function cell(text: string): string {
  return text
    .replaceAll('|', String.raw`\|`)
    .replaceAll('<', '&lt;')
    .replaceAll('\n', ' ');
}

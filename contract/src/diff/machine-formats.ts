// Results of the gate for other programs: Markdown for a pull request, SARIF 2.1.0, GitHub's workflow log, JUnit.

import { findingsAsGithub, findingsAsSarif } from '../lint/machine-formats.ts';
import type { DiffResult } from './diff.ts';
import type { DiffFinding } from './finding.ts';
import { adviceOf, describeRule, notesOf, summaryOfDiff, withNotes } from './format.ts';
import type { DiffLevel } from './rules.ts';

const headings: Record<DiffLevel, string> = { error: 'Breaks', warn: 'May break', info: 'Good to know' };

/** A comment for a pull request: the worst first, each with what shows it. */
export function diffAsMarkdown(result: DiffResult): string {
  if (result.status === 'failed') return `## The contracts were not compared\n\n${escaped(result.reason ?? '')}\n`;
  const blocks = (['error', 'warn', 'info'] as const).flatMap((level) => {
    const group = result.findings.filter(({ severity }) => severity === level);
    if (group.length === 0) return [];
    return [`### ${headings[level]} (${group.length})\n\n${group.map(itemOf).join('\n')}`];
  });
  const advice = adviceOf(result).map((line) => `- ${escaped(line)}`);
  const title = result.status === 'same' ? '## Nothing changed for anybody' : '## What changes for those who use it';
  return [title, escaped(summaryOfDiff(result)), ...blocks, ...(advice.length > 0 ? [advice.join('\n')] : []), ''].join(
    '\n\n',
  );
}

function itemOf(finding: DiffFinding): string {
  const notes = notesOf(finding).map((note) => `\n  <br>${escaped(note)}`);
  return `- ${escaped(finding.message)} \`${finding.rule}\`${notes.join('')}`;
}

/** Text of a contract never becomes markup of the page that shows it. */
function escaped(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll(/[\\`*_[\]|#@]/g, '\\$&')
    .replaceAll('\n', ' ');
}

/** SARIF 2.1.0; a failed comparison is a failed invocation. */
export function diffAsSarif(result: DiffResult, shown: (file: string) => string): string {
  const rules = [...new Set(result.findings.map(({ rule }) => rule))].map(describeRule);
  return findingsAsSarif(result.findings.map(withNotes), shown, {
    name: 'plinth diff',
    rules,
    failure: result.status === 'failed' ? (result.reason ?? '') : undefined,
  });
}

/** One line for each finding; a failed comparison is an error of its own. */
export function diffAsGithub(result: DiffResult, shown: (file: string) => string): string {
  if (result.status === 'failed')
    return `::error title=plinth diff::${(result.reason ?? '').replaceAll('%', '%25').replaceAll('\n', '%0A')}`;
  return findingsAsGithub(result.findings.map(withNotes), shown);
}

/** JUnit XML: one case for each finding, failed when it is an error or a warning; one passed case when nothing changed. */
export function diffAsJunit(result: DiffResult, shown: (file: string) => string): string {
  const { findings, status } = result;
  const failures = findings.filter(({ severity }) => severity !== 'info').length;
  const head = `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites><testsuite name="plinth diff"`;
  if (status === 'failed')
    return `${head} tests="1" failures="0" errors="1"><testcase name="compare"><error message="${xml(result.reason ?? '')}"/></testcase></testsuite></testsuites>\n`;
  if (findings.length === 0)
    return `${head} tests="1" failures="0" errors="0"><testcase name="${xml(summaryOfDiff(result))}"/></testsuite></testsuites>\n`;
  const cases = findings.map((finding) => {
    const name = `name="${xml(finding.message)}" classname="${xml(finding.rule)}" file="${xml(shown(finding.file))}" line="${finding.line}"`;
    if (finding.severity === 'info') return `  <testcase ${name}/>`;
    return `  <testcase ${name}><failure type="${finding.severity}" message="${xml(finding.message)}">${xml(notesOf(finding).join('\n'))}</failure></testcase>`;
  });
  return `${head} tests="${findings.length}" failures="${failures}" errors="0">\n${cases.join('\n')}\n</testsuite></testsuites>\n`;
}

/** Characters that XML 1.0 cannot hold at all become a question mark. */
function xml(text: string): string {
  return text
    .replaceAll(/[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/gu, '?')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}

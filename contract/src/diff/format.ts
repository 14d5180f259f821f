// Results of the gate for people and for programs.

import { count, findingBlocks } from '../lint/format.ts';
import type { DiffResult } from './diff.ts';
import type { ConsumerVerdict, DiffFinding } from './finding.ts';
import { shownValue } from './json.ts';
import { diffRule, type DiffLevel } from './rules.ts';

/** Operations that a finding names before it only counts them. */
const mostNamed = 3;

/** What stands below a finding: what shows it, whom it concerns, how to agree to it. */
export function notesOf(finding: DiffFinding): string[] {
  const [, ...others] = finding.operations;
  const named = others.slice(0, mostNamed).join(', ');
  const more = others.length - mostNamed;
  return [
    ...(finding.fix === undefined ? [] : [finding.fix]),
    ...(finding.witness === undefined ? [] : [`${shownValue(finding.witness)} ${shownBy(finding)}`]),
    ...(others.length === 0 ? [] : [`also in ${named}${more > 0 ? ` and ${more} more` : ''}`]),
    ...consumerNotes(finding),
    ...approvalNotes(finding),
  ];
}

/** `breaks Acme Shop (api@acme.example)`; safe ones are only counted. */
function consumerNotes({ consumers = [] }: DiffFinding): string[] {
  const named = (verdict: ConsumerVerdict['verdict']): string =>
    consumers
      .filter((one) => one.verdict === verdict)
      .map(({ consumer, owner }) => (owner === undefined ? consumer : `${consumer} (${owner})`))
      .join(', ');
  const [breaks, unknown] = [named('breaks'), named('unknown')];
  return [
    ...(breaks === '' ? [] : [`breaks ${breaks}`]),
    ...(unknown === '' ? [] : [`may break ${unknown}`]),
    ...(consumers.length > 0 && breaks === '' && unknown === '' ? ['safe for the consumers that are known'] : []),
  ];
}

function approvalNotes({ approved, fingerprint, severity }: DiffFinding): string[] {
  if (approved !== undefined) return [`agreed to by ${approved.by} (it is an ${approved.level}): ${approved.because}`];
  return severity === 'info' ? [] : [`fingerprint ${fingerprint}`];
}

function shownBy({ rule }: DiffFinding): string {
  return rule.startsWith('request.') || rule.startsWith('webhook-answer.')
    ? 'was taken, and is refused now'
    : 'can come now, and could not before';
}

/** Findings by file, worst news in words; '' when nothing changed. */
export function diffAsText(result: DiffResult, shown: (file: string) => string): string {
  if (result.status === 'failed') return `failed: ${result.reason}\n`;
  const blocks = findingBlocks(result.findings.map(withNotes), shown);
  return [...blocks, `${[summaryOfDiff(result), ...adviceOf(result)].join('\n')}\n`].join('\n');
}

export function withNotes(finding: DiffFinding): DiffFinding {
  const { fix: _fix, ...rest } = finding;
  const notes = notesOf(finding);
  return notes.length === 0 ? rest : { ...rest, fix: notes.join('\n') };
}

/** What to do about it: the version, and whom to tell. */
export function adviceOf({ version, tell = [] }: DiffResult): string[] {
  const lines: string[] = [];
  if (version !== undefined && version.bump !== 'none')
    lines.push(
      `version: ${version.base} → ${version.revision}${version.enough ? '' : `, needs ${version.atLeast ?? 'another one'}`} (${version.bump})`,
    );
  for (const { consumer, owner, breaks, unknown } of tell)
    lines.push(`tell ${owner ?? consumer}: ${consumer} is hurt by ${breaks}, perhaps by ${unknown} more`);
  return lines;
}

/** `changed: 2 errors, 1 warning, 3 notes; 12 operations and 40 schemas compared`. */
export function summaryOfDiff(result: DiffResult): string {
  const of = (level: DiffLevel): number => result.findings.filter(({ severity }) => severity === level).length;
  const { operations, schemas } = result.compared;
  const found = [count(of('error'), 'error'), count(of('warn'), 'warning'), count(of('info'), 'note')].join(', ');
  const compared = `${count(operations, 'operation')} and ${count(schemas, 'schema')} compared`;
  return `${result.status}: ${result.status === 'same' ? compared : `${found}; ${compared}`}`;
}

/** One JSON document: status, what was compared, findings with all that is known of them. */
export function diffAsJson(result: DiffResult): string {
  const { status, reason, compared, findings, ...rest } = result;
  return JSON.stringify(
    { status, ...(reason === undefined ? {} : { reason }), compared, ...rest, findings },
    undefined,
    2,
  );
}

/** What a rule says, without its values: for programs that list rules. */
export function describeRule(id: string): { id: string; why: string; severity: DiffLevel } {
  const { level, says } = diffRule(id);
  return { id, why: says.replaceAll(/\{(before|after)\}/g, '…'), severity: level };
}

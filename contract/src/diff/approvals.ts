// `plinth.diff.yaml`: changes that somebody has agreed to, each by its fingerprint, with a name and a reason.

import { isObject } from '../load/pointer.ts';
import type { JsonValue, Position } from '../model/contract.ts';
import { type DiffFinding, findingOf } from './finding.ts';

export interface Approval {
  fingerprint: string;
  by: string;
  because: string;
  /** Last day (ISO date) on which it holds; for good when absent. */
  until?: string;
}

/** At most this many: a longer list agrees to everything. */
const mostApprovals = 1_000;

/** Approvals from the tree of the file. `faults` says in words what cannot be used. */
export function readApprovals(tree: JsonValue): { approvals: Approval[]; faults: string[] } {
  const list = isObject(tree) ? tree['approve'] : undefined;
  if (!isObject(tree) || !Array.isArray(list))
    return { approvals: [], faults: ['It must be a map with the list  approve: [{ fingerprint, by, because }].'] };
  const faults = Object.keys(tree).flatMap((key) => (key === 'approve' ? [] : [`${key} is unknown; use approve.`]));
  if (list.length > mostApprovals) faults.push(`approve has more than ${mostApprovals} entries.`);
  const approvals: Approval[] = [];
  for (const entry of list.slice(0, mostApprovals)) {
    const fault = addApproval(approvals, entry);
    if (fault !== undefined) faults.push(fault);
  }
  return { approvals, faults };
}

function addApproval(approvals: Approval[], entry: JsonValue): string | undefined {
  if (!isObject(entry)) return 'approve: an entry is a map of fingerprint, by, because and until.';
  const { fingerprint, by, because, until } = entry;
  if (typeof fingerprint !== 'string' || !/^[0-9a-f]{16}$/.test(fingerprint))
    return `approve: ${JSON.stringify(fingerprint ?? null)} is no fingerprint; plinth diff prints it below each finding. Write it in quotes.`;
  if (typeof by !== 'string' || by.trim() === '') return `approve: ${fingerprint} needs  by: who agreed.`;
  if (typeof because !== 'string' || because.trim() === '')
    return `approve: ${fingerprint} needs  because: one sentence.`;
  if (until !== undefined && !(typeof until === 'string' && /^\d{4}-\d\d-\d\d$/.test(until)))
    return `approve: until of ${fingerprint} must be a date like 2027-01-31.`;
  approvals.push({ fingerprint, by, because, ...(until === undefined ? {} : { until }) });
  return undefined;
}

/**
 * Findings with what was agreed to: such a finding becomes a note and keeps its level in `approved`. An approval past its
 * day agrees to nothing, and says so. `position` is for findings about the file itself.
 */
export function approve(
  findings: readonly DiffFinding[],
  approvals: readonly Approval[],
  by: { today: string; position: Position },
): DiffFinding[] {
  const byFingerprint = new Map(approvals.map((approval) => [approval.fingerprint, approval]));
  return findings.flatMap((finding) => {
    const approval = finding.severity === 'info' ? undefined : byFingerprint.get(finding.fingerprint);
    if (approval === undefined) return [finding];
    const { by: who, because, until } = approval;
    if (until === undefined || until >= by.today)
      return [{ ...finding, severity: 'info', approved: { by: who, because, level: finding.severity } }];
    const told = { rule: 'approval.expired', place: finding.place, position: by.position, before: until };
    return [finding, { ...findingOf(told), operations: finding.operations }];
  });
}

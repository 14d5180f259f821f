// The gate: two contracts in, what changed for those who use them out. It never throws: what cannot be compared is a
// result of its own, so that nobody takes it for "nothing changed".

import { sortFindings } from '../lint/run.ts';
import type { Contract } from '../model/contract.ts';
import { type Approval, approve } from './approvals.ts';
import { compareEvents, compareRest } from './document.ts';
import { type DiffFinding, grouped } from './finding.ts';
import { Gate } from './gate.ts';
import { lifeOf } from './life.ts';
import { compareOperations } from './operations.ts';
import { compareStates } from './policy-changes.ts';
import { diffRule } from './rules.ts';
import { compareSchemes } from './security.ts';
import { type Notice, noticesOf, type Usage, withUsage } from './usage.ts';
import { adviseVersion, type VersionAdvice, versionFindings } from './version.ts';

export interface DiffOptions {
  /** ISO date of the comparison: sunsets and approvals are judged by it. */
  today: string;
  /** Ids of operations, webhooks and events; all when absent. */
  only?: readonly string[];
  /** A version that does not say how much changed is an error, not a note. */
  checkVersion?: boolean;
  /** Who uses what. */
  usage?: Usage;
  /** What somebody has agreed to. */
  approvals?: readonly Approval[];
}

export interface DiffResult {
  /** `same`: nothing that a caller, a reader or a receiver could notice. `failed`: it was not compared. */
  status: 'same' | 'changed' | 'failed';
  /** Why it failed, in words. */
  reason?: string;
  /** In the order file, line, column, rule. */
  findings: DiffFinding[];
  /** How many operations and pairs of schemas were compared, and how many findings neither a proof nor a value decides. */
  compared: { operations: number; schemas: number; unproven: number };
  /** What the changes ask of `info.version`. */
  version?: VersionAdvice;
  /** Consumers who are hurt, or of whom that is not known; present when usage was given. */
  tell?: Notice[];
}

/** Compares a revision with its base. Pure; cost grows with what changed, not with the size of the contracts. */
export function diff(base: Contract, revision: Contract, options: DiffOptions): DiffResult {
  try {
    const gate = new Gate(base, revision, options.today);
    compareOperations(gate);
    compareSchemes(gate);
    compareStates(gate);
    compareEvents(gate);
    compareRest(gate);
    const { only, checkVersion } = options;
    const wanted = gate.findings.filter(({ operations: [id] }) => !only || (id !== undefined && only.includes(id)));
    const changes = grouped(wanted);
    const version = adviseVersion(base, revision, changes);
    const used = options.usage === undefined ? changes : withUsage(changes, options.usage, deprecatedIn(base));
    const told = [...used, ...versionFindings(version, revision, checkVersion === true)];
    const position = revision.at(revision.document);
    const findings = sortFindings(approve(told, options.approvals ?? [], { today: options.today, position }));
    const unproven = findings.filter(isUnproven).length;
    const status = findings.length === 0 ? 'same' : 'changed';
    const compared = { ...gate.counts, unproven };
    return { status, findings, compared, version, ...(options.usage ? { tell: noticesOf(findings) } : {}) };
  } catch (error) {
    return failedDiff(`Comparing failed: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function deprecatedIn(base: Contract): (operation: string) => boolean {
  const ids = new Set(base.operations.filter(({ node }) => lifeOf(node).deprecated).map(({ id }) => id));
  return (operation) => ids.has(operation);
}

/** What a proof could decide, breaks by the table, and is shown by no value. */
function isUnproven({ rule, severity, witness }: DiffFinding): boolean {
  return rule === 'schema.change.unproven' || (severity !== 'info' && diffRule(rule).provable && witness === undefined);
}

/** The result of a comparison that could not be made. */
export function failedDiff(reason: string): DiffResult {
  return { status: 'failed', reason, findings: [], compared: { operations: 0, schemas: 0, unproven: 0 } };
}

// What a lint rule is: one idea, why it is there, and two examples that are its test.

import type { Contract, Severity } from '../model/contract.ts';

/** Remarks on `node` (its place is looked up); `fix` says what to write and where. */
export type Report = (node: object | undefined, message: string, fix?: string) => void;

export interface Rule {
  /** Stable, kebab-case. */
  id: string;
  severity: Severity;
  /** Severity for contracts of others; absent = does not apply to them. */
  foreign?: Severity;
  /** True when the edge will not run a contract that breaks it. */
  refuses?: boolean;
  /** What goes wrong without it, in one sentence. */
  why: string;
  check: (contract: Contract, report: Report) => void;
  /** YAML of `paths` (and `components`) that breaks only this rule, and the same mended. */
  bad: string;
  good: string;
}

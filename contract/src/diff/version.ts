// What a set of changes asks of `info.version`, by Semantic Versioning 2.0.0.

import type { Contract } from '../model/contract.ts';
import { type DiffFinding, findingOf } from './finding.ts';

export type Bump = 'none' | 'patch' | 'minor' | 'major';

export interface VersionAdvice {
  bump: Bump;
  base: string;
  revision: string;
  /** The lowest version that says it; undefined when the base's version has no numbers. */
  atLeast?: string;
  /** Whether the revision's version says it. */
  enough: boolean;
}

/** Findings about words, tags and writing, which give callers nothing new. */
const small = /^(operation\.(tag|id)|contract|security\.component|schema\.change\.compatible)\b/;

/** Major for what breaks (minor below 1.0 and for operations that are no promise yet), minor for what is new, else patch. */
export function adviseVersion(base: Contract, revision: Contract, findings: readonly DiffFinding[]): VersionAdvice {
  const unsettled = new Set(
    base.operations.filter(({ policy }) => policy.stage === 'draft' || policy.stage === 'preview').map(({ id }) => id),
  );
  const bumps = findings.map(({ rule, severity, operations }): Bump => {
    if (severity === 'error' && !(operations.length > 0 && operations.every((id) => unsettled.has(id)))) return 'major';
    return small.test(rule) ? 'patch' : 'minor';
  });
  const bump: Bump = (['major', 'minor', 'patch'] as const).find((one) => bumps.includes(one)) ?? 'none';
  const [from, to] = [numbersOf(base.version), numbersOf(revision.version)];
  const words = { bump, base: base.version, revision: revision.version };
  // A version without numbers can only be another one.
  if (from === undefined || to === undefined)
    return { ...words, enough: bump === 'none' || base.version !== revision.version };
  const least = raised(from, bump);
  return { ...words, atLeast: least.join('.'), enough: bump === 'none' || compare(to, least) >= 0 };
}

/** The finding for a version that says too little; `asked` makes it an error. */
export function versionFindings(advice: VersionAdvice, revision: Contract, asked: boolean): DiffFinding[] {
  if (advice.enough) return [];
  const { info } = revision.document;
  const position = revision.at(typeof info === 'object' && info !== null ? info : revision.document);
  const told = {
    rule: 'contract.version.too-low',
    place: 'contract',
    position,
    before: advice.atLeast ?? `another version than ${advice.base}`,
    after: advice.revision,
  };
  return [findingOf(asked ? { ...told, level: 'error' } : told)];
}

type Numbers = [major: number, minor: number, patch: number];

function numbersOf(version: string): Numbers | undefined {
  const match = /^v?(\d+)(?:\.(\d+))?(?:\.(\d+))?/.exec(version);
  return match === null ? undefined : [Number(match[1]), Number(match[2] ?? 0), Number(match[3] ?? 0)];
}

function raised([major, minor, patch]: Numbers, bump: Bump): Numbers {
  if (bump === 'none') return [major, minor, patch];
  if (bump === 'patch') return [major, minor, patch + 1];
  return bump === 'major' && major > 0 ? [major + 1, 0, 0] : [major, minor + 1, 0];
}

function compare(a: Numbers, b: Numbers): number {
  return a[0] - b[0] || a[1] - b[1] || a[2] - b[2];
}

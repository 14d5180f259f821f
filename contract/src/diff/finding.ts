// A finding of the gate: what changed, where, how bad it is, what shows it, whom it concerns.

import { hashText } from '../generate/draw.ts';
import type { Finding, JsonValue, Position } from '../model/contract.ts';
import { shownValue } from './json.ts';
import { diffRule, type DiffLevel } from './rules.ts';

/** What a caller would have to do to notice the change; compared with what consumers really do. */
export interface Touch {
  kind: 'call' | 'parameter' | 'sent' | 'read';
  /** `query.limit`, or a path into the body: `/lines/[]/gift`. Empty for `call`. */
  at: string;
  /** Harm only to those who do it (`use`), or to those who leave it out (`omit`). */
  by: 'use' | 'omit';
  /** With these values only; undefined = with any. */
  values?: readonly JsonValue[];
}

/** How a consumer fares. */
export interface ConsumerVerdict {
  consumer: string;
  owner?: string;
  verdict: 'breaks' | 'safe' | 'unknown';
}

export interface DiffFinding extends Finding {
  severity: DiffLevel;
  /** Where it is, in words: `placeOrder request body /lines/[]/gift`. */
  place: string;
  /** Ids of all operations it concerns, webhooks and events included. */
  operations: string[];
  before?: JsonValue;
  after?: JsonValue;
  /** A value of the new (answers) or old (requests) contract that the other one refuses. */
  witness?: JsonValue;
  /** Stable name of exactly this change; what an approval refers to. */
  fingerprint: string;
  touch: Touch;
  consumers?: ConsumerVerdict[];
  /** Who agreed to it, and how bad it is without that. */
  approved?: { by: string; because: string; level: DiffLevel };
}

/** What a comparison tells; position, level and fingerprint follow from it. */
export interface Told {
  rule: string;
  place: string;
  operation?: string;
  /** The place in the revision, or in the base for what is gone. */
  position: Position;
  before?: JsonValue | undefined;
  after?: JsonValue | undefined;
  witness?: JsonValue | undefined;
  /** Looks for a witness; called once for each group of findings. */
  show?: () => JsonValue | undefined;
  touch?: Touch;
  /** Another level than the table's, for a reason that the caller knows. */
  level?: DiffLevel;
  fix?: string;
}

/** A finding before it is grouped. */
export interface Pending extends DiffFinding {
  show?: () => JsonValue | undefined;
}

const call: Touch = { kind: 'call', at: '', by: 'use' };

export function findingOf(told: Told): Pending {
  const { rule, place, operation, position, before, after, witness, fix, show } = told;
  const { level, says } = diffRule(rule);
  const filled = says.replaceAll('{before}', () => shownValue(before)).replaceAll('{after}', () => shownValue(after));
  return {
    ...position,
    rule,
    severity: told.level ?? level,
    message: `${place}: ${filled}.`,
    place,
    operations: operation === undefined ? [] : [operation],
    ...(before === undefined ? {} : { before }),
    ...(after === undefined ? {} : { after }),
    ...(witness === undefined ? {} : { witness }),
    ...(fix === undefined ? {} : { fix }),
    ...(show === undefined ? {} : { show }),
    fingerprint: fingerprintOf(rule, position.pointer || place, before, after),
    touch: told.touch ?? call,
  };
}

/** 16 hexadecimal digits over rule, place, before and after; lines may move without changing it. */
function fingerprintOf(rule: string, where: string, before?: JsonValue, after?: JsonValue): string {
  const text = JSON.stringify([rule, where, before ?? null, after ?? null]);
  return [text, `${text}\n`].map((part) => hashText(part).toString(16).padStart(8, '0')).join('');
}

/** One finding for each change, however many operations it reaches, with its witness where one is found. */
export function grouped(findings: readonly Pending[]): DiffFinding[] {
  const groups = Map.groupBy(findings, (finding) =>
    [finding.rule, finding.severity, finding.fingerprint, finding.file, finding.pointer].join('\n'),
  );
  return [...groups.values()].map((group) => {
    const { show: _show, ...first } = group[0] as Pending;
    const witness = first.witness ?? firstOf(group, ({ show }) => show?.());
    const operations = [...new Set(group.flatMap((finding) => finding.operations))];
    return { ...first, operations, ...(witness === undefined ? {} : { witness }) };
  });
}

/** In how many places of a group a witness is looked for. */
const mostLooks = 3;

function firstOf(group: readonly Pending[], find: (finding: Pending) => JsonValue | undefined): JsonValue | undefined {
  for (const finding of group.slice(0, mostLooks)) {
    const found = find(finding);
    if (found !== undefined) return found;
  }
  return undefined;
}

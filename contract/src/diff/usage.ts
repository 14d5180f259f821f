// Who uses what: from the records of an edge, one JSON object a line. A change is safe for a consumer who does not touch
// what it is about; where nothing is known, it counts as used.

import { isObject } from '../load/pointer.ts';
import type { JsonObject, JsonValue } from '../model/contract.ts';
import type { ConsumerVerdict, DiffFinding } from './finding.ts';
import { sameJson } from './json.ts';

/** What one consumer did with one operation. Lists that are absent were not recorded. */
export interface Use {
  consumer: string;
  /** Whom to tell. */
  owner?: string;
  /** operationId, or method and path where there is none. */
  operation: string;
  calls: number;
  /** `query.limit` */
  parameters?: string[];
  /** Paths of properties that requests carried and that were read of answers: `/lines/[]/sku`. */
  sent?: string[];
  read?: string[];
  /** Values seen, by path or parameter. */
  values?: Record<string, JsonValue[]>;
}

export interface Usage {
  uses: Use[];
  /** Days that the records cover, when they cover every call; undefined when they may lack some. */
  completeDays?: number;
}

const limits = { lines: 100_000, days: 90 } as const;

/**
 * Reads NDJSON. A line `{"complete": true, "windowDays": 120}` says that the records hold every call of that time; the
 * others are uses. `faults` names the lines that cannot be used.
 */
export function readUsage(text: string): { usage: Usage; faults: string[] } {
  const usage: Usage = { uses: [] };
  const faults: string[] = [];
  const lines = text.split('\n');
  if (lines.length > limits.lines) faults.push(`It has more than ${limits.lines} lines.`);
  for (const [index, line] of lines.slice(0, limits.lines).entries()) {
    if (line.trim() === '') continue;
    const fault = addLine(usage, line);
    if (fault !== undefined) faults.push(`line ${index + 1}: ${fault}`);
  }
  return { usage, faults };
}

function addLine(usage: Usage, line: string): string | undefined {
  let value: JsonValue;
  try {
    value = JSON.parse(line) as JsonValue;
  } catch (error) {
    return (error as Error).message;
  }
  if (!isObject(value)) return 'it is no object.';
  const { consumer, operation, calls, owner, complete, windowDays } = value;
  if (consumer === undefined && typeof windowDays === 'number') {
    if (complete === true) usage.completeDays = windowDays;
    return undefined;
  }
  if (typeof consumer !== 'string' || typeof operation !== 'string') return 'consumer and operation are needed.';
  if (typeof calls !== 'number') return 'calls must be a number.';
  const lists = (['parameters', 'sent', 'read'] as const).flatMap((key) => {
    const list = value[key];
    return Array.isArray(list) ? [[key, list.filter((one) => typeof one === 'string').map(withoutIndexes)]] : [];
  });
  const { values } = value;
  usage.uses.push({
    consumer,
    operation,
    calls,
    ...(typeof owner === 'string' ? { owner } : {}),
    ...(Object.fromEntries(lists) as Pick<Use, 'parameters'>),
    ...(isObject(values) ? { values: valuesOf(values) } : {}),
  });
  return undefined;
}

function valuesOf(values: JsonObject): Record<string, JsonValue[]> {
  return Object.fromEntries(
    Object.entries(values).map(([path, seen]) => [withoutIndexes(path), Array.isArray(seen) ? seen : [seen]]),
  );
}

/** `/lines/0/sku` → `/lines/[]/sku` */
function withoutIndexes(path: string): string {
  return path.startsWith('/') ? path.replaceAll(/\/\d+(?=\/|$)/g, '/[]') : path;
}

/**
 * Findings with a verdict for each consumer of their operations. An error becomes a warning only when nobody is hurt for
 * certain: every consumer is safe, the records are complete over at least 90 days, and the operations are deprecated.
 */
export function withUsage(
  findings: readonly DiffFinding[],
  usage: Usage,
  isDeprecated: (operation: string) => boolean,
): DiffFinding[] {
  const enough = (usage.completeDays ?? 0) >= limits.days;
  return findings.map((finding) => {
    if (finding.severity === 'info') return finding;
    const consumers = verdicts(finding, usage);
    const nobody = consumers.every(({ verdict }) => verdict === 'safe');
    const leaving = finding.operations.length > 0 && finding.operations.every(isDeprecated);
    const severity = finding.severity === 'error' && nobody && enough && leaving ? 'warn' : finding.severity;
    return { ...finding, severity, consumers };
  });
}

const order = ['safe', 'unknown', 'breaks'] as const;

/** The worst verdict of each consumer. */
function verdicts(finding: DiffFinding, { uses }: Usage): ConsumerVerdict[] {
  const found = new Map<string, ConsumerVerdict>();
  for (const use of uses) {
    if (!finding.operations.includes(use.operation) || use.calls === 0) continue;
    const { consumer, owner } = use;
    const verdict = verdictOf(finding, use);
    const before = found.get(consumer);
    if (before === undefined || order.indexOf(verdict) > order.indexOf(before.verdict))
      found.set(consumer, { consumer, ...(owner === undefined ? {} : { owner }), verdict });
  }
  return [...found.values()];
}

/** Changes that hurt whoever uses the thing, whatever the values. */
const certain =
  /\.(removed|removed-refused|removed-required|removed-before-sunset|made-optional|write-only|write-only-required|moved|style-changed|media-changed)$|\.type\.changed$/;

function verdictOf({ rule, touch }: DiffFinding, use: Use): ConsumerVerdict['verdict'] {
  if (touch.kind === 'call') return 'breaks';
  const list = touch.kind === 'parameter' ? use.parameters : use[touch.kind];
  if (list === undefined) return 'unknown';
  const used = list.some((path) => touches(path, touch.at));
  // Who once sent it may have left it out another time.
  if (touch.by === 'omit') return used ? 'unknown' : 'breaks';
  if (!used) return 'safe';
  const seen = use.values?.[touch.at];
  if (touch.values !== undefined && seen !== undefined)
    return touch.values.some((value) => seen.some((one) => sameJson(one, value))) ? 'breaks' : 'safe';
  return certain.test(rule) ? 'breaks' : 'unknown';
}

/** The same place, or one inside the other. */
function touches(path: string, at: string): boolean {
  const [a, b] = [path.toLowerCase(), at.toLowerCase()];
  return a === b || a.startsWith(`${b}/`) || b.startsWith(`${a}/`);
}

/** Whom to tell, the hurt ones first. */
export interface Notice {
  consumer: string;
  owner?: string;
  breaks: number;
  unknown: number;
}

export function noticesOf(findings: readonly DiffFinding[]): Notice[] {
  const notices = new Map<string, Notice>();
  for (const { consumer, owner, verdict } of findings.flatMap((finding) => finding.consumers ?? [])) {
    if (verdict === 'safe') continue;
    const notice = notices.get(consumer) ?? {
      consumer,
      ...(owner === undefined ? {} : { owner }),
      breaks: 0,
      unknown: 0,
    };
    notice[verdict] += 1;
    notices.set(consumer, notice);
  }
  return [...notices.values()].toSorted((a, b) => b.breaks - a.breaks || b.unknown - a.unknown);
}

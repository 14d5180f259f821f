// Stage `life`: operations on their way out. They say so in headers (RFC 9745, RFC 8594), fail for announced minutes in
// their last four weeks so that nobody is surprised, and are gone after the sunset.

import type { Deprecation } from '@plinth/contract';
import type { Clock } from '../../kernel/index.ts';
import type { LeaveKind, Leaves } from '../../security/leaves.ts';
import type { Answer, Exchange, Step } from '../exchange.ts';
import { refuse, type CompiledOperation } from '../operation.ts';
import type { Phrase } from '../problem-values.ts';

const dayMs = 86_400_000;
const minuteMs = 60_000;

/** Brown-outs of one day in UTC, by days that are left until the sunset. */
const brownOuts: readonly { daysLeft: number; starts: readonly string[]; minutes: number }[] = [
  { daysLeft: 7, starts: ['14:00'], minutes: 60 },
  { daysLeft: 14, starts: ['09:00', '14:00'], minutes: 30 },
  { daysLeft: 28, starts: ['09:00', '14:00'], minutes: 5 },
];

/** Of an operation that ended without a day in its contract. */
const dayThatWasSet: Phrase = { en: 'the day that was set', de: 'festgesetzten Tag' };

/** undefined for an operation that stays. */
export function compileLife(operation: CompiledOperation, { clock, leaves }: LifeParts): Step | undefined {
  const { stage, deprecation } = operation.operation.policy;
  const isRetired = stage === 'retired';
  if (!isRetired && deprecation === undefined) return undefined;
  const sunsetMs = isRetired || deprecation === undefined ? -Infinity : startOf(deprecation.sunset);
  const sunset = deprecation === undefined ? dayThatWasSet : Temporal.PlainDate.from(deprecation.sunset);
  const refusalAt = (x: Exchange, nowMs: number): Answer | undefined => {
    if (nowMs >= sunsetMs) return refuse(x, 'retired', { values: { sunset } });
    const endMs = brownOutAt(nowMs, sunsetMs);
    if (endMs === undefined) return undefined;
    const headers = ['Retry-After', String(Math.ceil((endMs - nowMs) / 1000))];
    return refuse(x, 'brown-out', { values: { sunset }, headers });
  };
  return (x) => {
    const refusal = refusalAt(x, clock.now().epochMilliseconds);
    // Somebody has leave; whether it is this caller is known behind authentication.
    if (refusal !== undefined && leaves?.concerns('extension', operation.key) === true) {
      x.due = refusal;
      return undefined;
    }
    return refusal;
  };
}

/**
 * Applications with leave pass where others do not: beyond the end of an operation, and into one that is not promised
 * yet. Our own pages, staff and services need none for the latter: they change together with it.
 */
export function compileLeave(operation: CompiledOperation, { clock, leaves }: LifeParts): Step | undefined {
  const { stage, deprecation } = operation.operation.policy;
  const isEarly = (stage === 'draft' || stage === 'preview') && operation.binding.principal === undefined;
  if (!isEarly && stage !== 'retired' && deprecation === undefined) return undefined;
  const mayPass = (x: Exchange, kind: LeaveKind): boolean => {
    const at = { operation: operation.key, nowMs: clock.now().epochMilliseconds };
    return leaves?.allows(kind, x.principal, at) === true;
  };
  return (x) => {
    const { audience, applicationId } = x.principal;
    if (x.due !== undefined && !mayPass(x, 'extension')) return x.due;
    const isOthers = audience === 'partner' || (audience === 'agent' && applicationId !== undefined);
    return isEarly && isOthers && !mayPass(x, 'preview')
      ? refuse(x, 'opt-in-required', { values: { stage } })
      : undefined;
  };
}

/** Brown-outs to come before a sunset, in order: announced, so that nobody is surprised. */
export function brownOutsBefore(sunset: string): { from: string; to: string }[] {
  const sunsetMs = startOf(sunset);
  const windows: { from: string; to: string }[] = [];
  for (let daysLeft = 28; daysLeft >= 1; daysLeft--) {
    const midnightMs = sunsetMs - daysLeft * dayMs;
    const plan = planFor(daysLeft);
    for (const start of plan?.starts ?? []) {
      const fromMs = midnightMs + minutesOf(start) * minuteMs;
      const [from, to] = [fromMs, fromMs + (plan?.minutes ?? 0) * minuteMs].map((ms) => new Date(ms).toISOString());
      windows.push({ from: from as string, to: to as string });
    }
  }
  return windows;
}

interface LifeParts {
  clock: Clock;
  leaves: Leaves | undefined;
}

/** End of the brown-out that is on, in milliseconds since the epoch. */
export function brownOutAt(nowMs: number, sunsetMs: number): number | undefined {
  const midnightMs = Math.floor(nowMs / dayMs) * dayMs;
  // Sunsets are midnights: a day is one of so many whole days before.
  const plan = planFor(Math.ceil((sunsetMs - midnightMs) / dayMs));
  if (plan === undefined) return undefined;
  for (const start of plan.starts) {
    const fromMs = midnightMs + minutesOf(start) * minuteMs;
    const endMs = fromMs + plan.minutes * minuteMs;
    if (nowMs >= fromMs && nowMs < endMs) return endMs;
  }
  return undefined;
}

function planFor(daysLeft: number): (typeof brownOuts)[number] | undefined {
  return daysLeft <= 0 ? undefined : brownOuts.find((each) => daysLeft <= each.daysLeft);
}

function minutesOf(time: string): number {
  const [hours = 0, minutes = 0] = time.split(':').map(Number);
  return hours * 60 + minutes;
}

/** `Deprecation`, `Sunset` and `Link` of an operation on its way out, alternating names and values. */
export function lifeHeaders(deprecation: Deprecation | undefined, page: (operationId?: string) => string): string[] {
  if (deprecation === undefined) return [];
  const { since, sunset, successor } = deprecation;
  const links = [`<${page()}>; rel="deprecation"`, `<${page()}>; rel="sunset"`];
  if (successor !== undefined) links.push(`<${page(successor)}>; rel="successor-version"`);
  return [
    'Deprecation',
    `@${Math.floor(startOf(since) / 1000)}`,
    'Sunset',
    new Date(startOf(sunset)).toUTCString(),
    'Link',
    links.join(', '),
  ];
}

/** Midnight UTC of a day such as 2026-07-01. */
function startOf(day: string): number {
  return Temporal.PlainDate.from(day).toZonedDateTime('UTC').epochMilliseconds;
}

// Stage `life`: operations on their way out. They say so in headers (RFC 9745, RFC 8594), fail for announced minutes in
// their last four weeks so that nobody is surprised, and are gone after the sunset.

import type { Deprecation } from '@plinth/contract';
import type { Clock } from '../../kernel/index.ts';
import type { Step } from '../exchange.ts';
import { refuse, type CompiledOperation } from '../operation.ts';

const dayMs = 86_400_000;
const minuteMs = 60_000;

/** Brown-outs of one day in UTC, by days that are left until the sunset. */
const brownOuts: readonly { daysLeft: number; starts: readonly string[]; minutes: number }[] = [
  { daysLeft: 7, starts: ['14:00'], minutes: 60 },
  { daysLeft: 14, starts: ['09:00', '14:00'], minutes: 30 },
  { daysLeft: 28, starts: ['09:00', '14:00'], minutes: 5 },
];

/** undefined for an operation that stays. */
export function compileLife(operation: CompiledOperation, { clock }: { clock: Clock }): Step | undefined {
  const { stage, deprecation } = operation.operation.policy;
  const isRetired = stage === 'retired';
  if (!isRetired && deprecation === undefined) return undefined;
  const sunsetMs = isRetired || deprecation === undefined ? -Infinity : startOf(deprecation.sunset);
  const sunset = deprecation?.sunset ?? 'its end';
  return (x) => {
    const nowMs = clock.now().epochMilliseconds;
    if (nowMs >= sunsetMs) return refuse(x, 'retired', { values: { sunset } });
    const endMs = brownOutAt(nowMs, sunsetMs);
    if (endMs === undefined) return undefined;
    const headers = ['Retry-After', String(Math.ceil((endMs - nowMs) / 1000))];
    return refuse(x, 'brown-out', { values: { sunset }, headers });
  };
}

/** End of the brown-out that is on, in milliseconds since the epoch. */
export function brownOutAt(nowMs: number, sunsetMs: number): number | undefined {
  const daysLeft = (sunsetMs - nowMs) / dayMs;
  const plan = brownOuts.find((each) => daysLeft <= each.daysLeft);
  if (plan === undefined || daysLeft <= 0) return undefined;
  const midnightMs = Math.floor(nowMs / dayMs) * dayMs;
  for (const start of plan.starts) {
    const [hours = 0, minutes = 0] = start.split(':').map(Number);
    const fromMs = midnightMs + (hours * 60 + minutes) * minuteMs;
    const endMs = fromMs + plan.minutes * minuteMs;
    if (nowMs >= fromMs && nowMs < endMs) return endMs;
  }
  return undefined;
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

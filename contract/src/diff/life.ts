// Deprecation, sunset and stage of an operation, a parameter or a schema, and what their changes mean on a given day.

import { isObject } from '../load/pointer.ts';
import type { JsonObject, JsonValue } from '../model/contract.ts';

export interface Life {
  deprecated: boolean;
  sunset: string | undefined;
  stage: string | undefined;
}

export interface LifeChange {
  subject: 'deprecated' | 'sunset' | 'stage';
  change: string;
  before?: string | undefined;
  after?: string | undefined;
}

export interface Day {
  /** ISO date of the comparison. */
  today: string;
  /** A contract of ours: it must say a sunset, at least `graceDays` ahead. */
  own: boolean;
}

/** Days between the word of a sunset and the sunset, for what is stable. */
export const graceDays = 90;

const stages = ['draft', 'preview', 'stable'];

/** `x-plinth` (`deprecation.sunset`, `stage`), OpenAPI's `deprecated`, and `x-sunset` as others write it. */
export function lifeOf(node: JsonObject | undefined): Life {
  const policy = isObject(node?.['x-plinth']) ? node['x-plinth'] : {};
  const deprecation = isObject(policy['deprecation']) ? policy['deprecation'] : {};
  const sunset = deprecation['sunset'] ?? node?.['x-sunset'];
  const stage = policy['stage'];
  return {
    deprecated:
      node?.['deprecated'] === true || stage === 'deprecated' || stage === 'retired' || 'since' in deprecation,
    sunset: typeof sunset === 'string' ? sunset : undefined,
    stage: typeof stage === 'string' ? stage : undefined,
  };
}

export function lifeChanges(before: Life, after: Life, day: Day): LifeChange[] {
  const changes: LifeChange[] = [];
  const [was, is] = [stages.indexOf(before.stage ?? 'stable'), stages.indexOf(after.stage ?? 'stable')];
  if (was >= 0 && is >= 0 && was !== is)
    changes.push({
      subject: 'stage',
      change: is < was ? 'lowered' : 'raised',
      before: before.stage ?? 'stable',
      after: after.stage ?? 'stable',
    });
  if (before.deprecated !== after.deprecated)
    changes.push({ subject: 'deprecated', change: after.deprecated ? 'added' : 'removed' });
  if (after.deprecated) changes.push(...sunsetChanges(before, after, day));
  return changes;
}

function sunsetChanges(before: Life, after: Life, day: Day): LifeChange[] {
  const tell = (change: string): LifeChange[] => [
    { subject: 'sunset', change, before: before.sunset, after: after.sunset },
  ];
  if (before.deprecated && before.sunset === after.sunset) return [];
  if (after.sunset === undefined) {
    if (before.sunset !== undefined) return tell('removed');
    return day.own && !before.deprecated ? tell('missing') : [];
  }
  const date = dateOf(after.sunset);
  if (date === undefined) return tell('invalid');
  const old = before.sunset === undefined ? undefined : dateOf(before.sunset);
  if (old !== undefined) return Temporal.PlainDate.compare(date, old) < 0 ? tell('nearer') : [];
  const earliest = Temporal.PlainDate.from(day.today).add({ days: day.own ? graceDays : 0 });
  return Temporal.PlainDate.compare(date, earliest) < 0 ? tell('too-soon') : [];
}

/** True when a sunset was announced and lies before `today`. */
export function isOver(life: Life, today: string): boolean {
  const date = life.sunset === undefined ? undefined : dateOf(life.sunset);
  return date !== undefined && Temporal.PlainDate.compare(date, Temporal.PlainDate.from(today)) < 0;
}

/** The day of an ISO 8601 date or date and time. */
function dateOf(text: string): Temporal.PlainDate | undefined {
  try {
    return Temporal.PlainDate.from(text.slice(0, 10), { overflow: 'reject' });
  } catch {
    return undefined;
  }
}

/** The words of a schema's life, as `schema-changes.ts` hands them on. */
export function lifeOfWords(words: JsonValue | undefined): Life {
  return lifeOf(isObject(words) ? words : undefined);
}

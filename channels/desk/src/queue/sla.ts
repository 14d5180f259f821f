// How long until an answer was promised, in words, and what comes first.

export interface Promised {
  state: string;
  dueAt: string;
  firstReplyAt?: string | undefined;
}

export type Urgency = 'breached' | 'soon' | 'calm' | 'kept';

export interface Sla {
  urgency: Urgency;
  /** `12 min left`, `3 h late`, `answered`. */
  words: string;
}

const soonMs = 60 * 60_000;

/** Where a request stands towards its promise. `nowMs`: milliseconds of the epoch. */
export function slaOf({ state, dueAt, firstReplyAt }: Promised, nowMs: number): Sla {
  if (['resolved', 'closed'].includes(state)) return { urgency: 'kept', words: 'solved' };
  if (firstReplyAt !== undefined) return { urgency: 'kept', words: 'answered' };
  const leftMs = Date.parse(dueAt) - nowMs;
  if (leftMs < 0) return { urgency: 'breached', words: `${durationWords(-leftMs)} late` };
  return { urgency: leftMs < soonMs ? 'soon' : 'calm', words: `${durationWords(leftMs)} left` };
}

/** The largest unit that says enough: `40 s`, `12 min`, `3 h`, `2 days`. */
export function durationWords(ms: number): string {
  const minutes = Math.floor(ms / 60_000);
  if (minutes < 1) return `${Math.max(1, Math.floor(ms / 1000))} s`;
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return `${hours} h`;
  return `${Math.floor(hours / 24)} days`;
}

/** Who waits for a first answer comes first, by the time left; the others by when they came. */
export function byUrgency(left: Promised, right: Promised): number {
  const waits = (each: Promised): boolean =>
    each.firstReplyAt === undefined && !['resolved', 'closed'].includes(each.state);
  if (waits(left) !== waits(right)) return waits(left) ? -1 : 1;
  return Date.parse(left.dueAt) - Date.parse(right.dueAt);
}

// Days as people say them, relative to today. Ambiguous ones (03/04/2026) are not guessed.

import { normalize } from './text.ts';

const weekdays = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'];
const months = [
  'january',
  'february',
  'march',
  'april',
  'may',
  'june',
  'july',
  'august',
  'september',
  'october',
  'november',
  'december',
];
const month = `(${months.map((name) => `${name.slice(0, 3)}(?:${name.slice(3)})?`).join('|')})`;

/** `today`: an ISO date. Answers an ISO date. */
export function dateOf(text: string, today: string): string | undefined {
  const day = Temporal.PlainDate.from(today);
  const plain = normalize(text);
  const iso = /\b(\d{4})-(\d{2})-(\d{2})\b/.exec(plain);
  if (iso) return make(Number(iso[1]), Number(iso[2]), Number(iso[3]));
  if (/\btoday\b/.test(plain)) return day.toString();
  if (/\bday after tomorrow\b/.test(plain)) return day.add({ days: 2 }).toString();
  if (/\btomorrow\b/.test(plain)) return day.add({ days: 1 }).toString();
  if (/\byesterday\b/.test(plain)) return day.subtract({ days: 1 }).toString();
  const span = /\bin (?:a|an|(\d{1,3})) (day|week|month|year)s?\b/.exec(plain);
  if (span) return day.add({ [`${span[2]}s`]: Number(span[1] ?? 1) }).toString();
  const ago = /\b(?:a|an|(\d{1,3})) (day|week|month|year)s? ago\b/.exec(plain);
  if (ago) return day.subtract({ [`${ago[2]}s`]: Number(ago[1] ?? 1) }).toString();
  const weekday = new RegExp(`\\b(?:(next|last|this) )?(${weekdays.join('|')})\\b`).exec(plain);
  if (weekday) return nearWeekday(day, weekdays.indexOf(weekday[2] ?? '') + 1, weekday[1]).toString();
  const named =
    new RegExp(`\\b(\\d{1,2})(?:st|nd|rd|th)?(?: of)? ${month}\\.?(?: (\\d{4}))?\\b`).exec(plain) ??
    swap(new RegExp(`\\b${month}\\.? (\\d{1,2})(?:st|nd|rd|th)?(?:,? (\\d{4}))?\\b`).exec(plain));
  if (named) {
    const number = months.findIndex((name) => name.startsWith((named[2] ?? '').slice(0, 3))) + 1;
    return make(named[3] === undefined ? day.year : Number(named[3]), number, Number(named[1]));
  }
  const dotted = /\b(\d{1,2})\.(\d{1,2})\.(\d{4})\b/.exec(plain);
  if (dotted) return make(Number(dotted[3]), Number(dotted[2]), Number(dotted[1]));
  const slashed = /\b(\d{1,2})\/(\d{1,2})\/(\d{4})\b/.exec(plain);
  if (slashed) return fromSlashes(Number(slashed[1]), Number(slashed[2]), Number(slashed[3]));
  const ordinal = /\bthe (\d{1,2})(?:st|nd|rd|th)\b/.exec(plain);
  if (ordinal) {
    const inMonth = make(day.year, day.month, Number(ordinal[1]));
    return inMonth !== undefined && inMonth < day.toString()
      ? Temporal.PlainDate.from(inMonth).add({ months: 1 }).toString()
      : inMonth;
  }
  return undefined;
}

/** Only one reading may be possible. */
function fromSlashes(first: number, second: number, year: number): string | undefined {
  if (first > 12) return make(year, second, first);
  if (second > 12) return make(year, first, second);
  return first === second ? make(year, first, second) : undefined;
}

function swap(match: RegExpExecArray | null): (string | undefined)[] | undefined {
  return match === null ? undefined : [match[0], match[2], match[1], match[3]];
}

function make(year: number, monthNumber: number, day: number): string | undefined {
  try {
    return Temporal.PlainDate.from({ year, month: monthNumber, day }, { overflow: 'reject' }).toString();
  } catch {
    return undefined;
  }
}

function nearWeekday(day: Temporal.PlainDate, wanted: number, which: string | undefined): Temporal.PlainDate {
  const ahead = (wanted - day.dayOfWeek + 7) % 7;
  if (which === 'last') return day.subtract({ days: (day.dayOfWeek - wanted + 7) % 7 || 7 });
  return day.add({ days: ahead === 0 ? 7 : ahead });
}

/** `2026-11-24` → `Tuesday 24 November 2026`; the time of an instant is left to whole minutes UTC. */
export function sayDate(value: string): string {
  const instant = value.includes('T');
  try {
    const at = instant ? Temporal.Instant.from(value).toZonedDateTimeISO('UTC').toPlainDateTime() : undefined;
    const date = at?.toPlainDate() ?? Temporal.PlainDate.from(value);
    const weekday = weekdays[date.dayOfWeek - 1] ?? '';
    const name = months[date.month - 1] ?? '';
    const text = `${cap(weekday)} ${date.day} ${cap(name)} ${date.year}`;
    return at === undefined
      ? text
      : `${text}, ${String(at.hour).padStart(2, '0')}:${String(at.minute).padStart(2, '0')} UTC`;
  } catch {
    return value;
  }
}

function cap(word: string): string {
  return `${word.charAt(0).toUpperCase()}${word.slice(1)}`;
}

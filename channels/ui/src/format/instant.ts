// Times as people read them. Input is RFC 3339; what cannot be read is given back as it is.

const dayMs = 86_400_000;

/** `Today 14:02`, `Yesterday 09:11`, `Fri 20 Nov`, `3 Mar 2024`. Times are in the reader's own zone. */
export function formatInstant(instant: string, nowMs: number, locale = 'en-GB'): string {
  const atMs = Date.parse(instant);
  if (Number.isNaN(atMs)) return instant;
  const clock = new Intl.DateTimeFormat(locale, { hour: '2-digit', minute: '2-digit' }).format(atMs);
  const days = Math.round((startOfDay(nowMs) - startOfDay(atMs)) / dayMs);
  if (days === 0) return `Today ${clock}`;
  if (days === 1) return `Yesterday ${clock}`;
  if (days === -1) return `Tomorrow ${clock}`;
  if (days < 0 && days > -7) return `${day(atMs, { weekday: 'long' }, locale)} ${clock}`;
  if (days > 1 && days < 180) return day(atMs, { weekday: 'short', day: 'numeric', month: 'short' }, locale);
  return day(atMs, { day: 'numeric', month: 'short', year: 'numeric' }, locale);
}

/** `Friday 20 November 2026, 14:02 CET`. */
export function formatInstantFully(instant: string, locale = 'en-GB'): string {
  const atMs = Date.parse(instant);
  if (Number.isNaN(atMs)) return instant;
  return new Intl.DateTimeFormat(locale, {
    weekday: 'long',
    day: 'numeric',
    month: 'long',
    year: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    timeZoneName: 'short',
  }).format(atMs);
}

/** `20 November 2026` of a date without time. */
export function formatDate(date: string, locale = 'en-GB'): string {
  const atMs = Date.parse(`${date}T00:00:00Z`);
  if (Number.isNaN(atMs)) return date;
  return day(atMs, { day: 'numeric', month: 'long', year: 'numeric', timeZone: 'UTC' }, locale);
}

/** `14:02`. */
export function formatClock(instant: string, locale = 'en-GB'): string {
  const atMs = Date.parse(instant);
  if (Number.isNaN(atMs)) return instant;
  return new Intl.DateTimeFormat(locale, { hour: '2-digit', minute: '2-digit' }).format(atMs);
}

function day(atMs: number, parts: Intl.DateTimeFormatOptions, locale: string): string {
  return new Intl.DateTimeFormat(locale, parts).format(atMs).replace(',', '');
}

function startOfDay(atMs: number): number {
  return new Date(atMs).setHours(0, 0, 0, 0);
}

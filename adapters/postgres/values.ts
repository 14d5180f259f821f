// Values on their way in and out. Out: int8 as bigint, timestamptz as Temporal.Instant, date as Temporal.PlainDate,
// numeric as text (no digit is lost), jsonb parsed. In: the same types, and everything pg itself takes.

import { type CustomTypesConfig, types as builtin } from 'pg';

const parsers: Readonly<Record<number, (text: string) => unknown>> = {
  // int8
  20: (text) => BigInt(text),
  // date
  1082: (text) => Temporal.PlainDate.from(text),
  // timestamptz: `2026-11-24 09:30:00.123456+00` → RFC 3339.
  1184: (text) => Temporal.Instant.from(text.replace(' ', 'T').replace(/([+-]\d\d)$/, '$1:00')),
};

/** Parsers of one pool; pg's global ones stay as they are. */
export const types: CustomTypesConfig = {
  getTypeParser: (id, format) =>
    (format === 'binary' ? undefined : parsers[id]) ?? (builtin.getTypeParser(id, format) as (text: string) => unknown),
};

/** Left alone, pg would write a Temporal value as a JSON text, in quotes. */
export function toParameter(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(toParameter);
  return value instanceof Temporal.Instant ||
    value instanceof Temporal.PlainDate ||
    value instanceof Temporal.PlainDateTime ||
    value instanceof Temporal.PlainTime ||
    value instanceof Temporal.Duration
    ? value.toString()
    : value;
}

// Values in the sentences of problems, as people of one language write them. As members of the document the same values
// stay data: money in minor units, days and times in ISO 8601.

import { formatMoney, type WireMoney } from '../kernel/index.ts';

/** A phrase of ours in place of a value that is not known, by language tag; English is always there. */
export type Phrase = Readonly<{ en: string; [tag: string]: string }>;

export function isPhrase(value: unknown): value is Phrase {
  return typeof value === 'object' && value !== null && typeof (value as { en?: unknown }).en === 'string';
}

/** Locales of texts without a region. English is that of these texts: days stand before months. */
const regional: Readonly<Record<string, string>> = { en: 'en-GB' };

/**
 * Replaces `{name}` by the value in words of `language` (a tag); unknown names stay readable. Texts, which are names and
 * codes, stay as they are; so does what is none of money, number, day, instant, list or phrase.
 */
export function fill(template: string, values: Readonly<Record<string, unknown>>, language: string): string {
  if (!template.includes('{')) return template;
  return template.replaceAll(/\{(\w+)\}/g, (whole, name: string) => {
    const value = values[name];
    return value === undefined || value === null ? whole : written(value, language);
  });
}

function written(value: unknown, language: string): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'boolean') return String(value);
  const locale = regional[language] ?? language;
  // From five digits on: four of them are as often a year or a code.
  if (typeof value === 'number' || typeof value === 'bigint') return numbersOf(locale).format(value);
  if (Array.isArray(value)) return value.map((each) => written(each, language)).join(', ');
  if (value instanceof Temporal.PlainDate) return value.toLocaleString(locale, { dateStyle: 'long' });
  if (value instanceof Temporal.Instant)
    return `${value.toLocaleString(locale, { dateStyle: 'long', timeStyle: 'short', timeZone: 'UTC' })} UTC`;
  if (isPhrase(value)) return value[language] ?? value.en;
  return isMoney(value) ? formatMoney(value, locale) : (JSON.stringify(value) ?? '');
}

/** Making one costs more than a refusal may; there are as many as contracts have languages. */
const numbers = new Map<string, Intl.NumberFormat>();

function numbersOf(locale: string): Intl.NumberFormat {
  let format = numbers.get(locale);
  if (format === undefined) {
    format = new Intl.NumberFormat(locale, { useGrouping: 'min2', maximumFractionDigits: 20 });
    numbers.set(locale, format);
  }
  return format;
}

function isMoney(value: unknown): value is WireMoney {
  const { amount, currency } = value as Partial<WireMoney>;
  return Number.isSafeInteger(amount) && typeof currency === 'string';
}

// Values for slots out of what was said, typed by schema. Spontaneous finds are strict; an answer to its own question may
// be looser. Whether a value is allowed is decided by the operation's own validation, not here.

import type { JsonValue } from '@plinth/contract';
import { dateOf } from './dates.ts';
import { actOf, numberOf } from './lexicon.ts';
import type { Skill, Slot } from './model.ts';
import { contentStems, normalize, stem, words } from './text.ts';

export interface Found {
  value: JsonValue;
  label: string;
}

/** Values that the words name by themselves, by slot path. Slots with a lookup are filled elsewhere. */
export function extractAll(skill: Skill, text: string, today: string): Map<string, Found> {
  const found = new Map<string, Found>();
  const plain = normalize(text);
  const own = new Set(skill.phrases.flatMap((phrase) => contentStems(normalize(phrase))));
  for (const slot of skill.slots) {
    if (slot.from !== undefined) continue;
    const value = spontaneous(slot, text, { plain, today, own });
    if (value !== undefined) found.set(slot.path, value);
  }
  return found;
}

function spontaneous(
  slot: Slot,
  text: string,
  { plain, today, own }: { plain: string; today: string; own: ReadonlySet<string> },
): Found | undefined {
  const named = words(normalize(slot.title)).some(
    (word) => word.length > 3 && words(plain).map(stem).includes(stem(word)),
  );
  switch (slot.kind) {
    case 'enum':
      return enumIn(slot, plain, own);
    case 'integer':
    case 'number':
      return slot.required || named ? numberIn(slot, plain) : undefined;
    case 'money':
      return moneyIn(plain);
    case 'date':
    case 'dateTime':
      return dateIn(slot, plain, today);
    case 'pattern':
      return patternIn(slot, text);
    case 'boolean':
    case 'text':
      return undefined;
    default:
      return undefined;
  }
}

/** The answer to this slot's own question; undefined when it cannot be one. */
export function answerTo(slot: Slot, text: string, today: string): Found | undefined {
  const plain = normalize(text);
  switch (slot.kind) {
    case 'enum':
      return enumIn(slot, plain, new Set());
    case 'boolean': {
      const act = actOf(text);
      return act === 'affirm'
        ? { value: true, label: 'Yes' }
        : act === 'deny'
          ? { value: false, label: 'No' }
          : undefined;
    }
    case 'integer':
    case 'number':
      return numberIn(slot, plain);
    case 'money':
      return moneyIn(plain) ?? bareMoney(slot, plain);
    case 'date':
    case 'dateTime':
      return dateIn(slot, plain, today);
    case 'pattern':
      return patternIn(slot, text) ?? whole(text);
    case 'text':
      return whole(text);
    default:
      return undefined;
  }
}

function whole(text: string): Found | undefined {
  const value = text.trim().slice(0, 2000);
  return value === '' ? undefined : { value, label: value };
}

function enumIn(slot: Slot, plain: string, own: ReadonlySet<string>): Found | undefined {
  const said = ` ${words(plain).join(' ')} `;
  const stems = ` ${words(plain).map(stem).join(' ')} `;
  const hits = slot.values.filter(({ words: names }) =>
    names.some((name) => {
      const list = words(name);
      // A word that stands in the skill's own phrases names the skill, not a value.
      if (list.every((word) => own.has(stem(word)))) return false;
      return (
        said.includes(` ${list.join(' ')} `) || stems.includes(` ${list.map(stem).join(' ')} `) || isNear(list, plain)
      );
    }),
  );
  const [hit] = hits;
  return hits.length === 1 && hit !== undefined ? { value: hit.value as JsonValue, label: hit.label } : undefined;
}

/** One typing mistake in a word of five letters or more. */
function isNear(names: readonly string[], plain: string): boolean {
  const [name = ''] = names;
  return (
    names.length === 1 &&
    name.length >= 5 &&
    words(plain).some((word) => Math.abs(word.length - name.length) <= 1 && distance(word, name) === 1)
  );
}

/** Edit distance with swaps counted as one; both words are short. */
export function distance(left: string, right: string): number {
  let before: number[] = [];
  let row = Array.from({ length: right.length + 1 }, (_, index) => index);
  for (let i = 1; i <= left.length; i++) {
    const next = [i];
    for (let j = 1; j <= right.length; j++) {
      const same = left[i - 1] === right[j - 1] ? 0 : 1;
      let least = Math.min((next[j - 1] ?? 0) + 1, (row[j] ?? 0) + 1, (row[j - 1] ?? 0) + same);
      if (i > 1 && j > 1 && left[i - 1] === right[j - 2] && left[i - 2] === right[j - 1])
        least = Math.min(least, (before[j - 2] ?? 0) + 1);
      next.push(least);
    }
    before = row;
    row = next;
  }
  return row[right.length] ?? 0;
}

function numberIn(slot: Slot, plain: string): Found | undefined {
  const number = numberOf(plain);
  if (number === undefined || (slot.kind === 'integer' && !Number.isSafeInteger(number.value))) return undefined;
  return { value: number.value, label: String(number.value) };
}

const currencyWords: Readonly<Record<string, string>> = {
  '€': 'EUR',
  eur: 'EUR',
  euro: 'EUR',
  euros: 'EUR',
  '£': 'GBP',
  gbp: 'GBP',
  pound: 'GBP',
  pounds: 'GBP',
  usd: 'USD',
  sek: 'SEK',
  dkk: 'DKK',
  nok: 'NOK',
  chf: 'CHF',
};

function moneyIn(plain: string): Found | undefined {
  const names = Object.keys(currencyWords)
    .filter((name) => /^[a-z]+$/.test(name))
    .join('|');
  const before = /(€|£)\s?(\d[\d,]*(?:[.,]\d{1,2})?)/.exec(plain);
  const after = new RegExp(`(\\d[\\d,]*(?:[.,]\\d{1,2})?)\\s?(€|£|${names})(?![\\p{L}])`, 'u').exec(plain);
  const amount = before?.[2] ?? after?.[1];
  const currency = currencyWords[before?.[1] ?? after?.[2] ?? ''];
  return amount === undefined || currency === undefined ? undefined : money(amount, currency);
}

/** A bare number answers the question for an amount only when the contract names the currency. */
function bareMoney(slot: Slot, plain: string): Found | undefined {
  const currency = slot.fill as { currency?: unknown } | undefined;
  const amount = /^\s*(\d[\d,]*(?:[.,]\d{1,2})?)\s*$/.exec(plain)?.[1];
  return amount === undefined
    ? undefined
    : money(amount, typeof currency?.currency === 'string' ? currency.currency : 'EUR');
}

/** `1,234.50` and `24,5` → minor units, without ever being a fraction. */
function money(text: string, currency: string): Found {
  const match = /^(.*?)(?:[.,](\d{1,2}))?$/.exec(text);
  const units = (match?.[1] ?? '0').replaceAll(/[.,]/g, '') || '0';
  const cents = (match?.[2] ?? '').padEnd(2, '0');
  return { value: { amount: Number(`${units}${cents}`), currency }, label: `${units}.${cents} ${currency}` };
}

function dateIn(slot: Slot, plain: string, today: string): Found | undefined {
  const date = dateOf(plain, today);
  if (date === undefined) return undefined;
  return slot.kind === 'date' ? { value: date, label: date } : { value: `${date}T00:00:00Z`, label: date };
}

function patternIn(slot: Slot, text: string): Found | undefined {
  if (slot.schema['format'] === 'email') {
    const mail = /[^\s@<>,;]+@[^\s@<>,;]+\.[\p{L}]{2,}/u.exec(text)?.[0];
    return mail === undefined ? undefined : { value: mail, label: mail };
  }
  const pattern = slot.schema['pattern'];
  if (typeof pattern !== 'string') return undefined;
  const test = compiled(pattern);
  if (test === undefined) return undefined;
  const compact = text.replaceAll(/[\s().-]/g, '');
  const tokens = text.split(/[\s,;]+/).map((token) => token.replace(/[.!?]+$/, ''));
  // Short codes are everywhere in plain sentences; only a lone answer may be one.
  const long = [...tokens.filter((token) => token.length >= 5), ...numbersIn(text)];
  const hit = [...long, ...(tokens.length === 1 || compact.length <= 5 ? [compact, compact.toUpperCase()] : [])].find(
    (token) => test.test(token),
  );
  return hit === undefined ? undefined : { value: hit, label: hit };
}

/** Numbers spoken with gaps: `+46 70 174 00 01`. */
function numbersIn(text: string): string[] {
  return (text.match(/\+?\d[\d\s().-]{5,}\d/g) ?? []).map((run) => run.replaceAll(/[\s().-]/g, ''));
}

function compiled(pattern: string): RegExp | undefined {
  try {
    return pattern.length > 200 ? undefined : new RegExp(pattern, 'u');
  } catch {
    return undefined;
  }
}

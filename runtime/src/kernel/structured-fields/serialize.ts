// Structured Field Values for HTTP, to text (RFC 9651, section 4.1). What cannot be written is our own mistake: a
// RangeError says which value.

import {
  type BareItem,
  DateItem,
  Decimal,
  type Dictionary,
  DisplayString,
  type Item,
  type List,
  type Member,
  mostInteger,
  type Parameters,
  Token,
} from './values.ts';

export function serializeItem({ value, params }: Item): string {
  return serializeBareItem(value) + parametersOf(params);
}

/** '' for an empty list: the field is left out. */
export function serializeList(list: List): string {
  return list.map(memberOf).join(', ');
}

/** '' for an empty dictionary: the field is left out. */
export function serializeDictionary(dictionary: Dictionary): string {
  return [...dictionary]
    .map(([key, member]) => {
      const isTrue = 'value' in member && member.value === true;
      return keyOf(key) + (isTrue ? parametersOf(member.params) : `=${memberOf(member)}`);
    })
    .join(', ');
}

export function serializeBareItem(value: BareItem): string {
  if (typeof value === 'number') return integerOf(value);
  if (typeof value === 'string') return stringOf(value);
  if (typeof value === 'boolean') return value ? '?1' : '?0';
  if (value instanceof Token) return checked(value.value, /^[A-Za-z*][!#$%&'*+\-.^_`|~0-9A-Za-z:/]*$/);
  if (value instanceof Decimal) return decimalOf(value.value);
  if (value instanceof DateItem) return `@${integerOf(value.seconds)}`;
  if (value instanceof DisplayString) return displayStringOf(value.value);
  return `:${Buffer.from(value).toString('base64')}:`;
}

function memberOf(member: Member): string {
  if ('value' in member) return serializeItem(member);
  return `(${member.items.map(serializeItem).join(' ')})${parametersOf(member.params)}`;
}

function parametersOf(params: Parameters): string {
  let text = '';
  for (const [key, value] of params) {
    text += `;${keyOf(key)}${value === true ? '' : `=${serializeBareItem(value)}`}`;
  }
  return text;
}

function keyOf(key: string): string {
  return checked(key, /^[a-z*][a-z0-9_\-.*]*$/);
}

function integerOf(value: number): string {
  if (!Number.isInteger(value) || Math.abs(value) > mostInteger) throw new RangeError(String(value));
  return String(value);
}

/** Three digits, the last rounded to even where it lies in the middle. */
function decimalOf(value: number): string {
  const thousandths = Math.abs(value) * 1_000;
  const below = Math.floor(thousandths);
  const rest = thousandths - below;
  const isUp = rest > 0.5 || (rest === 0.5 && below % 2 === 1);
  const rounded = below + (isUp ? 1 : 0);
  const whole = Math.floor(rounded / 1_000);
  if (!Number.isFinite(value) || whole > 999_999_999_999) throw new RangeError(String(value));
  const fraction = String(rounded % 1_000)
    .padStart(3, '0')
    .replace(/0{1,2}$/, '');
  return `${value < 0 ? '-' : ''}${whole}.${fraction}`;
}

function stringOf(value: string): string {
  return `"${checked(value, /^[\x20-\x7e]*$/).replaceAll(/["\\]/g, String.raw`\$&`)}"`;
}

function displayStringOf(value: string): string {
  if (!value.isWellFormed()) throw new RangeError(value);
  let text = '';
  for (const byte of Buffer.from(value)) {
    const isPlain = byte >= 0x20 && byte <= 0x7e && byte !== 0x25 && byte !== 0x22;
    text += isPlain ? String.fromCharCode(byte) : `%${byte.toString(16).padStart(2, '0')}`;
  }
  return `%"${text}"`;
}

function checked(text: string, shape: RegExp): string {
  if (!shape.test(text)) throw new RangeError(text);
  return text;
}

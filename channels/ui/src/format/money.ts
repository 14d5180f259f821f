// Money as people read it: grouped, with the digits of its currency, the currency behind, a real minus sign.

export interface WireMoney {
  /** Integer minor units. */
  readonly amount: number;
  /** ISO 4217. */
  readonly currency: string;
}

const digitsByCurrency = new Map<string, number>();

/** Minor digits of a currency: 2 for EUR, 0 for JPY, 3 for KWD; 2 when the code is unknown. */
export function minorDigits(currency: string): number {
  const known = digitsByCurrency.get(currency);
  if (known !== undefined) return known;
  let digits = 2;
  try {
    digits = new Intl.NumberFormat('en', { style: 'currency', currency }).resolvedOptions().maximumFractionDigits ?? 2;
  } catch {
    // Not a currency code: shown with two digits rather than not at all.
  }
  digitsByCurrency.set(currency, digits);
  return digits;
}

/** `{ amount: 241806, currency: 'EUR' }` → `2,418.06 EUR`; `signed` also writes `+`. */
export function formatMoney(money: WireMoney, options: { locale?: string; signed?: boolean } = {}): string {
  const digits = minorDigits(money.currency);
  const number = new Intl.NumberFormat(options.locale ?? 'en', {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  }).format(Math.abs(money.amount) / 10 ** digits);
  const sign = money.amount < 0 ? '\u2212' : options.signed && money.amount > 0 ? '+' : '';
  return `${sign}${number}\u00A0${money.currency}`;
}

/** What a person typed → minor units. Accepts `1,234.5`, `1 234,50`, `-3`; undefined when it is no amount. */
export function parseAmount(typed: string, currency: string): number | undefined {
  const digits = minorDigits(currency);
  const compact = typed.replaceAll(/[\s\u00A0\u202F']/g, '').replace('\u2212', '-');
  const decimal = /[.,](\d{1,3})$/.exec(compact);
  // One separator before exactly three digits groups thousands, unless the currency itself has three digits.
  const hasFraction = decimal?.[1] !== undefined && decimal[1].length <= digits && digits > 0;
  const whole = hasFraction ? compact.slice(0, decimal.index) : compact;
  const fraction = hasFraction ? (decimal[1] ?? '') : '';
  if (!/^-?(\d{1,13}|\d{1,3}([.,]\d{3}){1,4})$/.test(whole)) return undefined;
  const amount = Number(`${whole.replaceAll(/[.,]/g, '')}${fraction.padEnd(digits, '0')}`);
  return Number.isSafeInteger(amount) ? amount : undefined;
}

export function isMoney(value: unknown): value is WireMoney {
  return (
    typeof value === 'object' &&
    value !== null &&
    typeof (value as WireMoney).amount === 'number' &&
    typeof (value as WireMoney).currency === 'string'
  );
}

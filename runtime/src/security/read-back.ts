// The sentence a customer confirms: what will be done, with the arguments of this very call and nothing else.

import type { Operation } from '@plinth/contract';

const mostParts = 12;
const mostLength = 120;

/** `Cancel an order: order ord_01k9…, reason “Too late”.` */
export function readBackText(operation: Operation, input: Readonly<Record<string, unknown>>): string {
  const wanted = operation.policy.skill?.say?.readback;
  const parts =
    wanted === undefined ? flatten(input) : wanted.flatMap((path) => flatten(at(input, path), lastName(path)));
  const list = parts.slice(0, mostParts).join(', ');
  const summary = operation.summary || operation.id;
  const more = parts.length > mostParts ? ' …' : '';
  return list === '' ? `${summary}.` : `${summary}: ${list}${more}.`;
}

function at(input: Readonly<Record<string, unknown>>, path: string): unknown {
  let value: unknown = input;
  for (const name of path.split('.')) {
    if (typeof value !== 'object' || value === null) return undefined;
    value = (value as Record<string, unknown>)[name];
  }
  return value;
}

function flatten(value: unknown, name = '', depth = 0): string[] {
  if (value === undefined || value === null || depth > 6) return [];
  if (Array.isArray(value)) return value.flatMap((item) => flatten(item, name, depth + 1));
  if (typeof value !== 'object') return [label(name, value)];
  const money = readMoney(value as Record<string, unknown>);
  if (money !== undefined) return [label(name, money)];
  return Object.entries(value).flatMap(([member, each]) => flatten(each, member === 'body' ? '' : member, depth + 1));
}

/** Amounts are read as people write them: `24.50 EUR`. */
function readMoney(value: Record<string, unknown>): string | undefined {
  const { amount, currency } = value;
  // What is no code of a currency is read as it was sent: foreign contracts may mean something else by the word.
  if (typeof amount !== 'number' || typeof currency !== 'string' || !/^[A-Z]{3}$/i.test(currency)) return undefined;
  const exponent =
    new Intl.NumberFormat('en', { style: 'currency', currency }).resolvedOptions().maximumFractionDigits ?? 2;
  return `${(amount / 10 ** exponent).toFixed(exponent)} ${currency}`;
}

function label(name: string, value: unknown): string {
  const text = String(value).slice(0, mostLength);
  return name === '' ? text : `${words(name)} ${text}`;
}

/** `trackingCode` → `tracking code`, `orderId` → `order`. */
function words(name: string): string {
  return name.replace(/Id$/, '').replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}

function lastName(path: string): string {
  const name = path.split('.').at(-1) ?? '';
  return name === 'body' ? '' : name;
}

// Notifications of Adyen. Each item of one carries its own signature: HMAC-SHA256 over eight of its fields, so it can only
// be checked after the body was parsed, and whatever the eight do not hold (the time, the reason) is anybody's word.

import { createHmac, timingSafeEqual } from 'node:crypto';
import { isObject } from '@plinth/contract/serving';
import type { SignatureFault } from './webhook-signature.ts';

/** Most items of one notification. Adyen sends one in JSON. */
export const mostItems = 100;

/** The fields of an item that are signed. */
interface SignedFields {
  pspReference: string;
  originalReference?: string;
  merchantAccountCode: string;
  merchantReference?: string;
  amount?: { value: number; currency: string };
  eventCode: string;
  success: string;
}

/** `id`: the same for every telling, and made of signed fields only. `item`: all of it, as it came. */
export interface AdyenItem {
  id: string;
  item: Readonly<Record<string, unknown>>;
}

/** The signature of an item, base64. Fields are joined as they are: nothing in them is escaped. */
export function adyenSignature(item: SignedFields, key: string): string {
  return sign(signedText(item), key).toString('base64');
}

/** The items of a notification when one of the keys signed each of them; else why the first of the others is not believed. */
export function readAdyenItems(
  body: unknown,
  keys: readonly string[],
): { items: AdyenItem[] } | { fault: SignatureFault } {
  const listed = isObject(body) ? body['notificationItems'] : undefined;
  if (!Array.isArray(listed) || listed.length === 0 || listed.length > mostItems) return { fault: 'malformed' };
  const items: AdyenItem[] = [];
  for (const entry of listed as readonly unknown[]) {
    const item = isObject(entry) ? entry['NotificationRequestItem'] : undefined;
    if (!isObject(item)) return { fault: 'malformed' };
    const fault = faultOf(item, keys);
    if (fault !== undefined) return { fault };
    items.push({ id: `${text(item['pspReference'])}/${text(item['eventCode'])}/${text(item['success'])}`, item });
  }
  return { items };
}

function faultOf(item: Readonly<Record<string, unknown>>, keys: readonly string[]): SignatureFault | undefined {
  const more = item['additionalData'];
  const signature = isObject(more) ? more['hmacSignature'] : undefined;
  if (signature === undefined) return 'missing';
  if (typeof signature !== 'string' || !areSignedFields(item)) return 'malformed';
  const given = Buffer.from(signature, 'base64');
  const signed = signedText(item);
  const isTrue = keys.some((key) => {
    const right = sign(signed, key);
    return given.length === right.length && timingSafeEqual(given, right);
  });
  return isTrue ? undefined : 'wrong';
}

/**
 * Only their reference of ours may hold a colon. With two such fields one signature would be true of several items, in
 * which parts of one field have moved into the next.
 */
function areSignedFields(
  item: Readonly<Record<string, unknown>>,
): item is Readonly<Record<string, unknown>> & SignedFields {
  const { amount } = item;
  const isAmount =
    amount === undefined ||
    (isObject(amount) && Number.isSafeInteger(amount['value']) && /^[A-Z]{3}$/.test(text(amount['currency'])));
  return (
    isAmount &&
    /^[^:\p{Cc}]{1,100}$/u.test(text(item['pspReference'])) &&
    /^[^:\p{Cc}]{0,100}$/u.test(text(item['originalReference'] ?? '')) &&
    /^[^:\p{Cc}]{1,100}$/u.test(text(item['merchantAccountCode'])) &&
    /^\P{Cc}{0,200}$/u.test(text(item['merchantReference'] ?? '')) &&
    /^[A-Z_]{1,60}$/.test(text(item['eventCode'])) &&
    /^(?:true|false)$/.test(text(item['success']))
  );
}

/** A line feed fits none of the patterns: what is no text is refused by each. */
function text(value: unknown): string {
  return typeof value === 'string' ? value : '\n';
}

function signedText(item: SignedFields): string {
  const { pspReference, originalReference = '', merchantAccountCode, merchantReference = '', amount } = item;
  const { value = '', currency = '' } = amount ?? {};
  const { eventCode, success } = item;
  return [
    pspReference,
    originalReference,
    merchantAccountCode,
    merchantReference,
    value,
    currency,
    eventCode,
    success,
  ].join(':');
}

function sign(signed: string, key: string): Buffer {
  return createHmac('sha256', Buffer.from(key, 'hex')).update(signed).digest();
}

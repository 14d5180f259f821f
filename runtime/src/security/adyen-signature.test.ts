import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { adyenSignature, mostItems, readAdyenItems } from './adyen-signature.ts';
import { isAdyenKey } from './webhook-secrets.ts';

const key = 'DFB1EB5485895CFA84146406857104ABB4CBCABDC8AAF103A624C8F6A3EAAB00';
const otherKey = '44782DEF547AAA06C910C43932B1EB0C71FC68D9D0C057550C48EC2ACF6BA056';
const referenceKey = '74F490DD33F7327BAECC88B2947C011FC02D014A473AAA33A8EC93E4DC069174';

/** Signatures that Adyen made itself: of its guide, and of notifications that its libraries are tested with. */
const vectors = [
  {
    key: otherKey,
    signature: 'coqCmt/IZ4E3CzPvMY8zTjQVL5hYJUiBRg8UU+iCWo0=',
    item: {
      pspReference: '7914073381342284',
      merchantAccountCode: 'TestMerchant',
      merchantReference: 'TestPayment-1407325143704',
      amount: { value: 1130, currency: 'EUR' },
      eventCode: 'AUTHORISATION',
      success: 'true',
    },
  },
  {
    key,
    signature: 'xhpHvYq2u2Np0rstbZ6QjLGu7JWhvf7Iwaa6EviJSX0=',
    item: {
      pspReference: 'pspReference',
      originalReference: 'originalReference',
      merchantAccountCode: 'merchantAccount',
      merchantReference: 'reference',
      amount: { value: 1000, currency: 'EUR' },
      eventCode: 'CAPTURE',
      success: 'true',
    },
  },
  {
    key: referenceKey,
    signature: '2EQYm7YJpKO4EtHSPu55SQTyWf8dkW5u2nD1tJFpViA=',
    item: {
      pspReference: 'M8NB66SBZSGLNK82',
      merchantAccountCode: 'AntoniStroinski',
      merchantReference: ':slashes are fun',
      amount: { value: 1000, currency: 'EUR' },
      eventCode: 'AUTHORISATION',
      success: 'true',
    },
  },
  {
    key: referenceKey,
    signature: 'CZErGCNQaSsxbaQfZaJlakqo7KPP+mIa8a+wx3yNs9A=',
    item: {
      pspReference: 'ZVWN7D3WSMK2WN82',
      merchantAccountCode: 'AntoniStroinski',
      merchantReference: String.raw`\:/\/slashes are fun`,
      amount: { value: 1000, currency: 'EUR' },
      eventCode: 'AUTHORISATION',
      success: 'true',
    },
  },
];

const captured = vectors[1]?.item as Item;

type Item = (typeof vectors)[number]['item'] & Record<string, unknown>;

function signed(item: Record<string, unknown>, by = key): Record<string, unknown> {
  return { ...item, additionalData: { hmacSignature: adyenSignature(item as never, by) } };
}

function notification(...items: unknown[]): unknown {
  return { live: 'false', notificationItems: items.map((item) => ({ NotificationRequestItem: item })) };
}

it.each(vectors)('is what Adyen made of $item.merchantReference', ({ key: by, item, signature }) => {
  expect(adyenSignature(item, by)).toBe(signature);
  const whole = { ...item, reason: '', additionalData: { hmacSignature: signature } };
  expect(readAdyenItems(notification(whole), [by])).toEqual({
    items: [{ id: `${item.pspReference}/${item.eventCode}/true`, item: whole }],
  });
});

it('keys are 32 bytes in hexadecimal', () => {
  for (const right of [key, key.toLowerCase()]) expect(isAdyenKey(right)).toBe(true);
  for (const wrong of ['', key.slice(2), `${key}00`, `${key.slice(1)}g`, `${key}\n`])
    expect(isAdyenKey(wrong)).toBe(false);
});

describe('an item', () => {
  const good = signed(captured);

  it.each([
    ['pspReference', { pspReference: 'pspReferencf' }],
    ['originalReference', { originalReference: 'another' }],
    ['no originalReference', { originalReference: undefined }],
    ['account', { merchantAccountCode: 'somebodyElse' }],
    ['our reference', { merchantReference: 'reference2' }],
    ['amount', { amount: { value: 1001, currency: 'EUR' } }],
    ['currency', { amount: { value: 1000, currency: 'USD' } }],
    ['event', { eventCode: 'CAPTURE_FAILED' }],
    ['outcome', { success: 'false' }],
  ])('with another %s is not believed', (_, change) => {
    expect(readAdyenItems(notification({ ...good, ...change }), [key])).toEqual({ fault: 'wrong' });
  });

  it.each([
    ['no signature', { additionalData: {} }, 'missing'],
    ['no additional data', { additionalData: undefined }, 'missing'],
    ['a number as signature', { additionalData: { hmacSignature: 7 } }, 'malformed'],
    ['an empty signature', { additionalData: { hmacSignature: '' } }, 'wrong'],
    ['half a signature', { additionalData: { hmacSignature: adyenSignature(captured, key).slice(0, 20) } }, 'wrong'],
    ['the signature of another key', signed(captured, otherKey), 'wrong'],
    ['an amount as text', { amount: { value: '1000', currency: 'EUR' } }, 'malformed'],
    ['an amount that is not exact', { amount: { value: 2 ** 53, currency: 'EUR' } }, 'malformed'],
    ['an outcome that is no word of theirs', { success: 'TRUE' }, 'malformed'],
    ['no reference', { pspReference: undefined }, 'malformed'],
  ])('with %s is not believed', (_, change, fault) => {
    expect(readAdyenItems(notification({ ...good, ...change }), [key])).toEqual({ fault });
  });

  it('is believed by either of two keys, and by no third', () => {
    const each = (by: string): unknown => readAdyenItems(notification(signed(captured, by)), [key, otherKey]);
    expect(each(key)).toHaveProperty('items');
    expect(each(otherKey)).toHaveProperty('items');
    expect(each(referenceKey)).toEqual({ fault: 'wrong' });
  });

  it('whose fields were moved into one another has the same signature, and is not believed', () => {
    const ours = { ...captured, merchantReference: 'shop:reference' };
    const moved = { ...captured, merchantAccountCode: 'merchantAccount:shop' };
    expect(adyenSignature(moved, key)).toBe(adyenSignature(ours, key));
    expect(readAdyenItems(notification(signed(ours)), [key])).toHaveProperty('items');
    expect(readAdyenItems(notification(signed(moved)), [key])).toEqual({ fault: 'malformed' });
  });
});

describe('a notification', () => {
  const other = { ...captured, pspReference: 'another' };

  it('is believed with all of its items, or not at all', () => {
    expect(readAdyenItems(notification(signed(captured), signed(other, otherKey)), [key, otherKey])).toMatchObject({
      items: [{ id: 'pspReference/CAPTURE/true' }, { id: 'another/CAPTURE/true' }],
    });
    expect(readAdyenItems(notification(signed(captured), { ...signed(other), success: 'false' }), [key])).toEqual({
      fault: 'wrong',
    });
    expect(readAdyenItems(notification(signed(captured), other), [key])).toEqual({ fault: 'missing' });
  });

  it.each([
    ['nothing', undefined],
    ['a text', 'notificationItems'],
    ['a list', [notification(signed(captured))]],
    ['no items', notification()],
    ['items that are none', { notificationItems: [signed(captured)] }],
    ['too many items', notification(...Array.from({ length: mostItems + 1 }, () => signed(captured)))],
  ])('of %s is not believed', (_, body) => {
    expect(readAdyenItems(body, [key])).toEqual({ fault: 'malformed' });
  });

  it('of as many items as there may be is believed', () => {
    const items = Array.from({ length: mostItems }, () => signed(captured));
    expect(readAdyenItems(notification(...items), [key])).toHaveProperty('items');
  });
});

it('signs the fields joined by colons, as they are', () => {
  const text = String.raw`psp:orig:shop:a\:b:5:EUR:REFUND:false`;
  const expected = createHmac('sha256', Buffer.from(key, 'hex')).update(text).digest('base64');
  const fields = { pspReference: 'psp', originalReference: 'orig', merchantAccountCode: 'shop', eventCode: 'REFUND' };
  const item = {
    ...fields,
    merchantReference: String.raw`a\:b`,
    amount: { value: 5, currency: 'EUR' },
    success: 'false',
  };
  expect(adyenSignature(item, key)).toBe(expected);
});

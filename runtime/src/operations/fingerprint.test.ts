import { expect, it } from 'vitest';
import { anonymous } from '../kernel/index.ts';
import type { Exchange } from '../pipeline/exchange.ts';
import { type KeyPlace, placeOf, scopedKey } from './fingerprint.ts';

/** Of a call with this body, which is `a` in each type. */
function fingerprintOf(type: string | undefined, input: object = { body: 'a' }): string {
  const x = {
    principal: anonymous,
    operation: { key: 'o', shapes: { seals: false } },
    input,
    body: type && Buffer.from('a'),
    header: () => type,
  };
  return placeOf(x as unknown as Exchange, 'k').fingerprint.toString('hex');
}

it('one value in two media types is two calls; parameters and case of a type do not matter', () => {
  expect(fingerprintOf('text/plain')).not.toBe(fingerprintOf('application/json'));
  expect(fingerprintOf('application/merge-patch+json')).not.toBe(fingerprintOf('application/json'));
  expect(fingerprintOf('Text/Plain; charset=utf-8')).toBe(fingerprintOf('text/plain'));
});

it('a call from inside is the same as one of JSON', () => {
  expect(fingerprintOf(undefined)).toBe(fingerprintOf('application/json'));
});

it('parameters count, the order of members does not', () => {
  expect(fingerprintOf(undefined, { a: 1, b: 2 })).toBe(fingerprintOf(undefined, { b: 2, a: 1 }));
  expect(fingerprintOf(undefined, { a: 1, b: 2 })).not.toBe(fingerprintOf(undefined, { a: 1, b: 3 }));
});

/** Of a form that was read piece by piece. */
function formOf(type: string): string {
  const operation = { key: 'o', shapes: { seals: false } };
  const x = { principal: anonymous, operation, input: {}, form: { value: 'a' }, header: () => type };
  return placeOf(x as unknown as Exchange, 'k').fingerprint.toString('hex');
}

it('of a form, whose bytes nobody keeps, the media type counts as well', () => {
  expect(formOf('multipart/form-data; boundary=a')).toBe(formOf('multipart/form-data; boundary=b'));
  expect(formOf('multipart/form-data; boundary=a')).not.toBe(formOf('application/x-www-form-urlencoded'));
});

it('what a call starts has a key of its caller, operation and key, and of these alone', () => {
  const place: KeyPlace = {
    principalHash: Buffer.from('ada'),
    operation: 'o',
    keyHash: Buffer.from('k'),
    fingerprint: Buffer.from('f'),
  };
  const own = scopedKey(place);
  expect(own).toMatch(/^[0-9a-f]{64}$/);
  expect(scopedKey({ ...place, fingerprint: Buffer.from('g') })).toBe(own);
  for (const other of [{ principalHash: Buffer.from('eve') }, { operation: 'p' }, { keyHash: Buffer.from('l') }])
    expect(scopedKey({ ...place, ...other })).not.toBe(own);
});

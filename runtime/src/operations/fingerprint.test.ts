import { expect, it } from 'vitest';
import { anonymous } from '../kernel/index.ts';
import type { Exchange } from '../pipeline/exchange.ts';
import { placeOf } from './fingerprint.ts';

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

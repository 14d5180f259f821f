// How long a token may be, and how far its times may be off.

import { expect, it } from 'vitest';
import { testAudience, testIssuer } from '../pipeline/test-edge.ts';
import { checkClaims } from './issuers.ts';
import { readToken } from './strict-token.ts';

it.each([
  [8_192, 'not three base64url parts'],
  [8_193, 'longer than 8 KiB'],
])('of %i letters: %s', (letters, refused) => {
  expect(readToken('.'.repeat(letters))).toEqual({ refused });
});

it.each([
  ['exp', -60, -59],
  ['exp', 86_461, 86_460],
  ['nbf', 61, 60],
  ['iat', 61, 60],
  ['auth_time', 61, 60],
])('%s is wrong at %i s from now, and right at %i s', (name, wrong, right) => {
  const judged = (at: number) => {
    const claims = { sub: 'ada', aud: testAudience, exp: 2_000_100, [name]: 2_000_000 + at };
    return 'refused' in checkClaims(claims, { issuer: testIssuer }, { audience: testAudience, nowS: 2_000_000 });
  };
  expect([judged(wrong), judged(right)]).toEqual([true, false]);
});

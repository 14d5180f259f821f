// Hostile credentials for tests, made from rules: each rule is a table of values and the one place they go. Nothing here
// is part of the product. Every credential differs from a good one in exactly what its name says.

import { newApiKey } from '../api-key.ts';
import { audiences, claim, identities, issuers, otherKinds, tampered, times } from './claims.ts';
import {
  forbiddenMembers,
  headMember,
  keyIds,
  noAlgorithm,
  otherAlgorithms,
  publicKeyAsSecret,
  types,
} from './heads.ts';
import { edSignatures, rsaSignatures, signatures } from './signatures.ts';
import type { Signers } from './signers.ts';
import { duplicates, notObjects, oversize, shapes, spellings } from './spellings.ts';

export interface Attack {
  readonly rule: string;
  readonly name: string;
  /** The whole field `Authorization`. */
  readonly authorization: string;
}

/** All of them. Names are distinct; so are the credentials. */
export function attacks(by: Signers): Attack[] {
  const rules: Record<string, Iterable<readonly [name: string, token: string]>> = {
    'no algorithm': noAlgorithm(by),
    'the public key as HMAC secret': publicKeyAsSecret(by),
    'another algorithm': otherAlgorithms(by),
    'the key id': keyIds(by),
    'the type': headMember(by, 'typ', types),
    'a forbidden header member': forbiddenMembers(by),
    'a member that stands twice': duplicates(by),
    'a spelling of base64url': spellings(by),
    'the number of parts': shapes(by),
    'too many bytes': oversize(by),
    'not one JSON object': notObjects(by),
    'a time': times(by),
    'the audience': claim(by, 'aud', audiences),
    'the issuer': claim(by, 'iss', issuers),
    'a claim of another kind': otherKinds(by),
    'who is meant': identities(by),
    'a signature': signatures(by),
    'an RSA signature': rsaSignatures(by),
    'an EdDSA signature': edSignatures(by),
    'claims changed under the signature': tampered(by),
  };
  const bearers = Object.entries(rules).flatMap(([rule, tokens]) =>
    [...tokens].map(([name, token]) => ({ rule, name, authorization: `Bearer ${token}` })),
  );
  const fields = { 'the scheme': schemes(by.good()), 'an API key': apiKeys() };
  const whole = Object.entries(fields).flatMap(([rule, list]) =>
    list.map(([name, authorization]) => ({ rule, name, authorization })),
  );
  return [...bearers, ...whole];
}

type Field = readonly [name: string, authorization: string];

function schemes(good: string): Field[] {
  const before = ['', 'Basic ', 'DPoP ', 'Token ', 'JWT ', 'Digest ', 'Negotiate ', 'Bearer: ', 'Bearer=', 'Bearer\t'];
  const more = [
    'Bearer  ',
    'Bearer Bearer ',
    'Bearer "',
    "Bearer '",
    'Bearer <',
    'Bearer token=',
    'Bearer,',
    'Bearerx ',
    'bearer\u00a0',
  ];
  const after = [` ${good}`, ',', ', Basic YTpi', ';', '"', ' x', '#', '?', '&a=b', '\t.'];
  return [
    ...[...before, ...more].map((text) => [`${JSON.stringify(text)} before a good token`, text + good] as const),
    ...after.map(
      (text) => [`${JSON.stringify(text.slice(0, 12))} behind a good token`, `Bearer ${good}${text}`] as const,
    ),
    ['Bearer alone', 'Bearer'],
    ['basic credentials', `Basic ${Buffer.from(`ada:${good}`).toString('base64')}`],
  ];
}

function apiKeys(): Field[] {
  const { text } = newApiKey('live', 'shop1');
  const [secret, sum] = [text.slice(15, 58), text.slice(58)];
  const rotated = sum.slice(1) + sum.slice(0, 1);
  const keys: Record<string, string> = {
    'of nobody': text,
    'without checksum': text.slice(0, -6),
    'a checksum of zeros': `${text.slice(0, -6)}000000`,
    'a checksum turned round': `${text.slice(0, -6)}${rotated === sum ? 'zzzzzz' : rotated}`,
    'a letter less': text.slice(0, -1),
    'a letter more': `${text}0`,
    'another stage': text.replace('_live_', '_test_'),
    'an unknown stage': text.replace('_live_', '_prod_'),
    'another id': text.replace('shop1', 'shop2'),
    'an id with capitals': text.replace('shop1', 'SHOP1'),
    'an id with a path': text.replace('shop1', '../x1'),
    'an id with quotes': text.replace('shop1', "a'--x"),
    'an id of 41 letters': text.replace('shop1', 'a'.repeat(41)),
    'an id of 3 letters': text.replace('shop1', 'abc'),
    'without id': text.replace('shop1_', ''),
    'a secret of zeros': text.replace(secret, '0'.repeat(43)),
    'a secret of 42 letters': text.replace(secret, secret.slice(1)),
    'a secret twice': text.replace(secret, secret + secret),
    'in capitals': text.toUpperCase(),
    'in small letters': `${text.toLowerCase()}Z`,
    'the prefix alone': 'pln_',
    'only separators': 'pln____',
    quoted: `"${text}"`,
    'in base64': Buffer.from(text).toString('base64'),
    'of 9,000 letters': `pln_live_shop1_${'a'.repeat(9000)}`,
  };
  return Object.entries(keys).flatMap(([name, key]) => [
    [`${name} as bearer`, `Bearer ${key}`] as const,
    [`${name} without scheme`, key] as const,
  ]);
}

// Attacks by the head of a token: algorithm, key id, type, and members that nobody may look at.

import { createHmac } from 'node:crypto';
import { kidOf, issuerOf, part, type Signers, type Tokens } from './signers.ts';

export function* noAlgorithm({ good, claims, head }: Signers): Tokens {
  const [, , sign] = good().split('.') as [string, string, string];
  for (let bits = 0; bits < 16; bits++) {
    const alg = ['n', 'o', 'n', 'e'].map((letter, at) => ((bits >> at) & 1 ? letter.toUpperCase() : letter)).join('');
    yield [`${alg} with a signature`, `${part({ ...head, alg })}.${part(claims)}.${sign}`];
    yield [`${alg} without one`, `${part({ ...head, alg })}.${part(claims)}.`];
  }
  const spellings = ['', ' none', 'none ', 'none\u0000', 'nоne', 'None,ES256', null, false, 0, [], ['ES256'], {}];
  for (const alg of [...spellings, undefined])
    yield [`alg ${JSON.stringify(alg)}`, `${part({ ...head, alg })}.${part(claims)}.${sign}`];
}

export function* publicKeyAsSecret({ publicKey, head, claims }: Signers): Tokens {
  const pem = publicKey.export({ type: 'spki', format: 'pem' });
  const jwk = publicKey.export({ format: 'jwk' });
  const secrets: Record<string, string | Buffer> = {
    PEM: pem,
    'PEM without line end': pem.trimEnd(),
    'PEM with CRLF': pem.replaceAll('\n', '\r\n'),
    DER: publicKey.export({ type: 'spki', format: 'der' }),
    'DER in base64': publicKey.export({ type: 'spki', format: 'der' }).toString('base64'),
    JWK: JSON.stringify(jwk),
    x: Buffer.from(jwk.x as string, 'base64url'),
    'x as text': jwk.x as string,
    'x and y': Buffer.concat([Buffer.from(jwk.x as string, 'base64url'), Buffer.from(jwk.y as string, 'base64url')]),
    'key id': 'k1',
    nothing: '',
    'a space': ' ',
  };
  for (const bits of [256, 384, 512]) {
    for (const [name, secret] of Object.entries(secrets)) {
      const text = `${part({ ...head, alg: `HS${bits}` })}.${part(claims)}`;
      yield [`HS${bits} with ${name}`, `${text}.${createHmac(`sha${bits}`, secret).update(text).digest('base64url')}`];
    }
  }
}

const algorithms = 'ES256K ES384 ES512 RS256 RS384 RS512 PS256 PS384 PS512 EdDSA Ed25519 Ed448 RSA1_5 dir A128KW';

export function* otherAlgorithms({ signed, claims, head }: Signers): Tokens {
  for (const alg of [...algorithms.split(' '), 'es256', 'Es256', 'ES256 ', ' ES256', 'ES256\u0000', 'ES-256', 'SHA256'])
    yield [`${JSON.stringify(alg)} by the ES256 key`, signed(claims, { ...head, alg })];
  for (const alg of ['RS256', 'EdDSA'] as const) {
    yield [`${alg} of another issuer`, signed(claims, { ...head, alg, kid: kidOf[alg] }, alg)];
    yield [`${alg} under the kid of ES256`, signed(claims, { ...head, alg }, alg)];
    yield [`ES256 head, ${alg} signature`, signed(claims, head, alg)];
  }
  yield [
    'PS256 by the RS256 key',
    signed({ ...claims, iss: issuerOf.RS256 }, { ...head, alg: 'PS256', kid: 'r1' }, 'RS256'),
  ];
}

const kids: readonly unknown[] = [
  'k2',
  'enc',
  'bare',
  'r1',
  'e1',
  'K1',
  'k1 ',
  ' k1',
  'k1\u0000',
  'k',
  'k11',
  '',
  '0',
  '*',
  '.*',
  '__proto__',
  'constructor',
  'toString',
  '/dev/null',
  '../../../../dev/null',
  'file:///etc/passwd',
  'https://evil.test/k1',
  "k1' or '1'='1",
  "x' union select 'secret",
  'k1;ls',
  '$(id)',
  '`id`',
  'k1\n',
  '%6b1',
  'ｋ1',
  'k1/../k1',
  '{{7*7}}',
  null,
  1,
  true,
  ['k1'],
  { k1: 1 },
  'k'.repeat(2000),
];

export function* keyIds({ signed, claims, head }: Signers): Tokens {
  for (const kid of kids) yield [`kid ${JSON.stringify(kid).slice(0, 40)}`, signed(claims, { ...head, kid })];
  yield ['no kid where two keys fit', signed(claims, { alg: 'ES256', typ: 'at+jwt' })];
  yield ["a stranger's key under a known kid", signed(claims, head, 'stranger')];
  yield ["a stranger's key without kid", signed(claims, { alg: 'ES256', typ: 'at+jwt' }, 'stranger')];
}

export const types: readonly unknown[] = [
  undefined,
  null,
  '',
  'JWT',
  'jwt',
  'JOSE',
  'at',
  'jwt+at',
  'id+jwt',
  'logout+jwt',
  'dpop+jwt',
  'secevent+jwt',
  'entity-statement+jwt',
  'application/jwt',
  'application/id+jwt',
  'text/at+jwt',
  'at+jwt ',
  ' at+jwt',
  'at+jwt\n',
  'at+jwt; charset=utf-8',
  'application/application/at+jwt',
  'at jwt',
  'at+jwtx',
  'xat+jwt',
  'at+JW',
  'at%2Bjwt',
  'at+jwt\u0000',
  'at＋jwt',
  5,
  true,
  ['at+jwt'],
  { typ: 'at+jwt' },
];

export function* headMember({ signed, claims, head }: Signers, name: string, values: readonly unknown[]): Tokens {
  for (const value of values) yield [`${name} ${JSON.stringify(value)}`, signed(claims, { ...head, [name]: value })];
}

/** Each alone is refused, however it is filled: also by the trusted signer, because nothing here may be looked at. */
const forbidden: Readonly<Record<string, readonly unknown[]>> = {
  jku: ['https://evil.test/jwks', 'https://id.test/jwks', 'https://id.test@evil.test/', 'file:///jwks', '', null, []],
  x5u: ['https://evil.test/cert', 'https://id.test/cert', '', null, {}],
  x5c: [['MIIB'], [], '', null],
  jwk: [{ kty: 'oct', k: 'AA' }, { kty: 'EC' }, 'k1', null, []],
  crit: [['exp'], ['b64'], ['http://evil.test/ext'], [], ['alg', 'alg'], '', null, {}],
  b64: [false, true, 'false', null],
  cty: ['JWT', 'jwt', 'application/jwt', '', null],
  zip: ['DEF', 'GZ', '', null],
  enc: ['A256GCM', 'none', null],
};

export function* forbiddenMembers({ signed, claims, head, publicKey }: Signers): Tokens {
  for (const [name, values] of Object.entries(forbidden))
    for (const value of values) yield [`${name} ${JSON.stringify(value)}`, signed(claims, { ...head, [name]: value })];
  const embedded = { ...publicKey.export({ format: 'jwk' }), kid: 'k1', alg: 'ES256' };
  yield ['its own trusted key embedded', signed(claims, { ...head, jwk: embedded })];
  for (const name of ['jku', 'x5u', 'jwk'])
    yield [`${name} of a stranger who signed`, signed(claims, { ...head, [name]: embedded }, 'stranger')];
  yield ['crit that names its own extension', signed(claims, { ...head, crit: ['x'], x: 1 })];
  yield ['b64 false declared critical', signed(claims, { ...head, b64: false, crit: ['b64'] })];
  yield ['a token within the token', signed(JSON.stringify(signed(claims)), { ...head, cty: 'JWT' })];
  yield ['a token as claims', signed(signed(claims))];
}

// Attacks by claims, well signed: an issuer that errs, or that was made to.

import { audience, issuerOf, part, type Json, type Signers, type Tokens } from './signers.ts';

/** Written as they stand, because a number's spelling matters. */
const noTimes = ['null', 'true', '""', '"x"', '[]', '{}', '-1', '1e300', '1e400', '-1e400', '9007199254740993', '1e20'];

export function* times({ signed, claims, nowS }: Signers): Tokens {
  const near = nowS + 100;
  const wrong = [
    ...noTimes,
    `"${near}"`,
    `[${near}]`,
    `${near}.5`,
    `${near}.0`,
    `${near / 1e9}e9`,
    `${near}000`,
    `${near}e-1`,
  ];
  for (const name of ['exp', 'nbf', 'iat', 'auth_time']) {
    const { [name]: _, ...others } = claims;
    const put = (value: string): string => signed(`${JSON.stringify(others).slice(0, -1)},"${name}":${value}}`);
    for (const value of wrong) yield [`${name} ${value}`, put(value)];
    if (name === 'exp') for (const ago of [61, 3600, nowS]) yield [`exp ${ago} s ago`, put(String(nowS - ago))];
    else for (const ahead of [75, 3600, 1e9]) yield [`${name} in ${ahead} s`, put(String(nowS + ahead))];
  }
  const { exp: _, ...endless } = claims;
  yield ['no exp', signed(endless)];
  yield ['exp in a year', signed({ ...claims, exp: nowS + 31_536_000 })];
  yield ['exp in two days', signed({ ...claims, exp: nowS + 172_800 })];
}

export const audiences: readonly unknown[] = [
  undefined,
  null,
  '',
  [],
  {},
  1,
  true,
  [[audience]],
  [null],
  { [audience]: 1 },
  [audience, 1],
  [audience, null],
  `${audience}/`,
  `${audience}.evil`,
  `${audience} `,
  ` ${audience}`,
  audience.toUpperCase(),
  `${audience}\u0000`,
  `${audience},https://other.test`,
  `${audience} https://other.test`,
  'https://other.test',
  ['https://other.test'],
  'http://api.test',
  'api.test',
  '//api.test',
  `${audience}:443`,
  `${audience}#`,
  `${audience}?`,
  '*',
  ['*'],
  'https://*.test',
  'https://api.test@evil.test',
  'https://аpi.test',
  `${audience}/notes`,
];

const issuer = issuerOf.ES256;
export const issuers: readonly unknown[] = [
  undefined,
  null,
  '',
  [],
  [issuer],
  {},
  1,
  true,
  `${issuer}/`,
  `${issuer}.evil`,
  `${issuer} `,
  ` ${issuer}`,
  issuer.toUpperCase(),
  'http://id.test',
  'id.test',
  '//id.test',
  `${issuer}:443`,
  `${issuer}#`,
  `${issuer}?x`,
  'https://id.test@evil.test',
  'https://evil.test',
  'https://evil.test/https://id.test',
  'https://іd.test',
  '__proto__',
  'constructor',
  'plinth',
  'plinth:keys',
  `${issuer}\u0000`,
  issuerOf.RS256,
  issuerOf.EdDSA,
];

export function* claim({ signed, claims }: Signers, name: string, values: readonly unknown[]): Tokens {
  for (const value of values) yield [`${name} ${JSON.stringify(value)}`, signed({ ...claims, [name]: value })];
}

const kinds: readonly unknown[] = [null, 0, 1, true, false, [], ['a'], {}, { a: 1 }];

export function* otherKinds(by: Signers): Tokens {
  for (const name of [
    'sub',
    'plinth_audience',
    'customer_id',
    'partner_id',
    'client_id',
    'azp',
    'sid',
    'jti',
    'scope',
    'acr',
  ])
    yield* claim(by, name, kinds);
  yield* claim(by, 'act', [null, 0, 1, true, false, '', 'assistant', [], ['a'], [{ sub: 'a' }], {}, { sub: '' }]);
  yield* claim(by, 'act', [
    { sub: 1 },
    { act: { sub: 'a' } },
    { sub: 'a', act: 'b' },
    { sub: 'a', act: {} },
    actors(6),
  ]);
}

function actors(depth: number): Json {
  return depth === 1 ? { sub: 'a' } : { sub: 'a', act: actors(depth - 1) };
}

export function* identities(by: Signers): Tokens {
  yield* claim(by, 'sub', [undefined, '']);
  yield* claim(by, 'customer_id', ['']);
  yield* claim(by, 'plinth_audience', [
    'root',
    'admin',
    'agent',
    'Customer',
    'staff ',
    '',
    'customer,staff',
    '*',
    '__proto__',
  ]);
  yield* claim(by, 'scope', ['*', 'notes.read *', '* notes.read']);
  // Bound to a key that the caller has not shown: as a bearer token it is worth nothing (RFC 8705, RFC 9449).
  yield* claim(by, 'cnf', [{ jkt: 'x' }, { 'x5t#S256': 'x' }, { jwk: {} }, {}, null, '']);
}

export function* tampered({ good, claims, head }: Signers): Tokens {
  const [ownHead, ownClaims, sign] = good().split('.') as [string, string, string];
  for (const name of Object.keys(claims)) {
    const { [name]: value, ...others } = claims;
    const other = typeof value === 'number' ? value + 1 : `${String(value)}x`;
    yield [`${name} changed`, `${ownHead}.${part({ ...claims, [name]: other })}.${sign}`];
    yield [`${name} left out`, `${ownHead}.${part(others)}.${sign}`];
  }
  for (const name of Object.keys(head)) {
    const { [name]: _, ...others } = head;
    yield [`head without ${name}`, `${part(others)}.${ownClaims}.${sign}`];
  }
  yield ['a member more in the head', `${part({ ...head, x: 1 })}.${ownClaims}.${sign}`];
  yield ['a space more in the head', `${part(` ${JSON.stringify(head)}`)}.${ownClaims}.${sign}`];
  yield ['a space more in the claims', `${ownHead}.${part(`${JSON.stringify(claims)} `)}.${sign}`];
}

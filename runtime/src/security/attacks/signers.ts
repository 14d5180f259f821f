// Issuers for tests of credentials: keys, and tokens well signed whatever they say. Not part of the product.

import { generateKeyPairSync, sign, type KeyObject, type SignKeyObjectInput } from 'node:crypto';
import type { JWK } from 'jose';
import type { Issuer } from '../issuers.ts';

export type Json = Readonly<Record<string, unknown>>;

/** Whose keys the edge under test trusts, and one stranger's. */
export interface Signers {
  readonly issuers: readonly Issuer[];
  /** A good token; `alg` says of which issuer. */
  good: (alg?: Algorithm) => string;
  /** Well signed by `alg`'s trusted key, whatever head and claims say. Texts are taken as they are. */
  signed: (claims: Json | string | Buffer, head?: Json | string | Buffer, alg?: Algorithm | 'stranger') => string;
  readonly head: Json;
  readonly claims: Json;
  readonly publicKey: KeyObject;
  readonly nowS: number;
}

export type Algorithm = 'ES256' | 'RS256' | 'EdDSA';

export const audience = 'https://api.test';
export const issuerOf = { ES256: 'https://id.test', RS256: 'https://rsa.test', EdDSA: 'https://ed.test' } as const;
export const kidOf = { ES256: 'k1', RS256: 'r1', EdDSA: 'e1' } as const;

/** Three issuers, one algorithm each; the first also holds keys that must not be taken. */
export function makeSigners(nowS: number): Signers {
  const es = { ES256: ec(), second: ec(), encrypting: ec(), undeclared: ec(), stranger: ec() };
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const ed = generateKeyPairSync('ed25519');
  const keys = [
    jwk(es.ES256.publicKey, { kid: 'k1', alg: 'ES256', use: 'sig' }),
    jwk(es.second.publicKey, { kid: 'k2', alg: 'ES256', use: 'sig' }),
    jwk(es.encrypting.publicKey, { kid: 'enc', alg: 'ES256', use: 'enc' }),
    jwk(es.undeclared.publicKey, { kid: 'bare', use: 'sig' }),
  ];
  const rsaKey = jwk(rsa.publicKey, { kid: 'r1', alg: 'RS256', use: 'sig' });
  const edKey = jwk(ed.publicKey, { kid: 'e1', alg: 'EdDSA', use: 'sig' });
  const sets = { ES256: keys, RS256: [rsaKey], EdDSA: [edKey] };
  const privateKeys = { ES256: es.ES256, RS256: rsa, EdDSA: ed, stranger: es.stranger };
  const head: Json = { alg: 'ES256', typ: 'at+jwt', kid: 'k1' };
  const claims: Json = {
    iss: issuerOf.ES256,
    aud: audience,
    sub: 'ada',
    plinth_audience: 'customer',
    customer_id: 'cus_ada',
    client_id: 'shop',
    sid: 's1',
    jti: 'j1',
    scope: 'notes.read',
    iat: nowS,
    exp: nowS + 300,
  };
  const signed: Signers['signed'] = (someClaims, someHead = head, alg = 'ES256') => {
    const text = `${part(someHead)}.${part(someClaims)}`;
    return `${text}.${signature(text, alg, privateKeys[alg].privateKey)}`;
  };
  return {
    issuers: (['ES256', 'RS256', 'EdDSA'] as const).map((alg) => ({
      issuer: issuerOf[alg],
      audience,
      algorithms: [alg],
      jwks: { keys: sets[alg] },
    })),
    good: (alg = 'ES256') => signed({ ...claims, iss: issuerOf[alg] }, { ...head, alg, kid: kidOf[alg] }, alg),
    signed,
    head,
    claims,
    publicKey: es.ES256.publicKey,
    nowS,
  };
}

function jwk(key: KeyObject, more: JWK): JWK {
  return { ...(key.export({ format: 'jwk' }) as JWK), ...more };
}

function ec(): { publicKey: KeyObject; privateKey: KeyObject } {
  return generateKeyPairSync('ec', { namedCurve: 'P-256' });
}

function signature(text: string, alg: Algorithm | 'stranger', key: KeyObject): string {
  const input: SignKeyObjectInput = { key, dsaEncoding: 'ieee-p1363' };
  return sign(alg === 'EdDSA' ? null : 'sha256', Buffer.from(text), input).toString('base64url');
}

/** One part of a token; texts and bytes are taken as they are. */
export function part(value: Json | string | Buffer): string {
  const bytes = typeof value === 'string' || Buffer.isBuffer(value) ? value : JSON.stringify(value);
  return Buffer.from(bytes as string).toString('base64url');
}

/** What a rule makes. */
export type Tokens = Generator<readonly [name: string, token: string]>;

// What the platform signs with in its own name: a key of its own beside those of the embedded identity provider, which may
// not run. It stands in the database, so that all processes sign and publish alike.

import { randomBytes, randomUUID } from 'node:crypto';
import type { Database } from '@plinth/runtime';
import { exportJWK, generateKeyPair, importJWK, type JWK, type JWTPayload, SignJWT } from 'jose';
import { sql } from 'kysely';

/** Seconds that a signed statement holds: long enough to be sent, and to be read by a clock that goes a little ahead. */
const lifeS = 60;

export interface PlatformKey {
  /** `iss` of what it signs: the public address of the platform. */
  issuer: string;
  /** What verifiers need, as `/.well-known/jwks.json` says it (RFC 7517). */
  jwks: { keys: JWK[] };
  /** A JWT (ES256) with these claims, `iss`, `iat`, `jti` and an `exp` a minute from now. */
  sign(claims: JWTPayload): Promise<string>;
}

/** The stored key, or a new one that is then stored. Two first starts at once end with the same key. */
export async function openPlatformKey(database: Database, issuer: string): Promise<PlatformKey> {
  const stored = (await storedKey(database)) ?? (await madeKey(database));
  const { d: _secret, ...open } = stored;
  const key = await importJWK(stored, 'ES256');
  const header = { alg: 'ES256', kid: stored.kid as string, typ: 'JWT' };
  return {
    issuer,
    jwks: { keys: [open] },
    sign: (claims) =>
      new SignJWT(claims)
        .setProtectedHeader(header)
        .setIssuer(issuer)
        .setIssuedAt()
        .setExpirationTime(`${lifeS}s`)
        .setJti(randomUUID())
        .sign(key),
  };
}

async function storedKey({ db }: Database): Promise<JWK | undefined> {
  const { rows } = await sql<{ value: JWK }>`select value from runtime.platform_key`.execute(db);
  return rows[0]?.value;
}

async function madeKey(database: Database): Promise<JWK> {
  const { privateKey } = await generateKeyPair('ES256', { extractable: true });
  const made = { ...(await exportJWK(privateKey)), kid: randomBytes(8).toString('hex'), alg: 'ES256', use: 'sig' };
  await sql`insert into runtime.platform_key (value) values (${JSON.stringify(made)}::jsonb) on conflict do nothing`.execute(
    database.db,
  );
  return (await storedKey(database)) ?? made;
}

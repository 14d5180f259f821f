// Signing keys of the embedded identity provider, kept in the database, so tokens and sessions outlive a restart.

import { randomBytes } from 'node:crypto';
import type { Database } from '@plinth/runtime';
import { exportJWK, generateKeyPair, type JWK } from 'jose';
import { sql } from 'kysely';

export interface Keys {
  /** Private keys, for signing. */
  private: { keys: JWK[] };
  /** What verifiers need. */
  public: { keys: JWK[] };
  /** Signs the provider's own cookies. */
  cookieKeys: string[];
}

interface Stored {
  signing: JWK;
  cookie: string;
}

/** The stored keys, or new ones (ES256) that are then stored. Two first starts at once end with the same keys. */
export async function loadKeys(database: Database): Promise<Keys> {
  const { privateKey } = await generateKeyPair('ES256', { extractable: true });
  const fresh: Stored = {
    signing: { ...(await exportJWK(privateKey)), kid: randomBytes(8).toString('hex'), alg: 'ES256', use: 'sig' },
    cookie: randomBytes(32).toString('base64url'),
  };
  await sql`insert into oidc.key (only_row, value) values (true, ${JSON.stringify(fresh)}::jsonb) on conflict do nothing`.execute(
    database.db,
  );
  const { rows } = await sql<{ value: Stored }>`select value from oidc.key`.execute(database.db);
  const stored = rows[0]?.value ?? fresh;
  const { d: _secret, ...open } = stored.signing;
  return { private: { keys: [stored.signing] }, public: { keys: [open] }, cookieKeys: [stored.cookie] };
}

// Browser sessions: the browser holds a random id, the database its hash and who it stands for.

import { createHash, randomBytes } from 'node:crypto';
import { sql } from 'kysely';
import type { Principal } from '../kernel/index.ts';
import type { Db } from '../ports/index.ts';

const lifeS = 12 * 3600;

/** How long a session found in the database is believed before it is looked up again: bounds a sign-out elsewhere. */
const cacheMs = 1000;
const cacheEntries = 10_000;

type Stored = Omit<Principal, 'scopes'> & { scopes: string[] };

export class Sessions {
  readonly #db: Db;
  #cache = new Map<string, { principal: Principal; at: number }>();

  constructor(db: Db) {
    this.#db = db;
  }

  /** Starts a session; the id goes into the cookie and nowhere else. `maxAgeS`: how long it lives, 12 hours by default. */
  async start(principal: Principal, maxAgeS = lifeS): Promise<{ id: string; maxAgeS: number }> {
    const id = randomBytes(32).toString('base64url');
    // The credential that it was begun with does not keep it: a session is withdrawn by its own id.
    const { credentialId: _begunWith, ...person } = principal;
    const stored: Stored = { ...person, scopes: [...principal.scopes] };
    await sql`
      insert into runtime.session (id_hash, principal, created_at, expires_at)
      values (${hash(id)}, ${JSON.stringify(stored)}::jsonb, now(), now() + make_interval(secs => ${maxAgeS}))`.execute(
      this.#db,
    );
    return { id, maxAgeS };
  }

  async find(id: string): Promise<Principal | undefined> {
    if (id.length > 64) return undefined;
    const known = this.#cache.get(id);
    if (known && performance.now() - known.at < cacheMs) return known.principal;
    const { rows } = await sql<{ principal: Stored; until: string }>`
      select principal, extract(epoch from expires_at)::bigint::text as until from runtime.session
      where id_hash = ${hash(id)} and expires_at > now() and revoked_at is null`.execute(this.#db);
    const row = rows[0];
    if (!row) {
      this.#cache.delete(id);
      return undefined;
    }
    const principal: Principal = {
      ...row.principal,
      scopes: new Set(row.principal.scopes),
      sessionId: nameOf(id),
      expiresAt: Number(row.until),
    };
    if (this.#cache.size >= cacheEntries) this.#cache = new Map();
    this.#cache.set(id, { principal, at: performance.now() });
    return principal;
  }

  /** Gives the `sessionId` of its principal, by which other processes are told. */
  async end(id: string): Promise<string> {
    this.#cache.delete(id);
    await sql`update runtime.session set revoked_at = now() where id_hash = ${hash(id)}`.execute(this.#db);
    return nameOf(id);
  }
}

function nameOf(id: string): string {
  return hash(id).toString('hex').slice(0, 24);
}

function hash(id: string): Buffer {
  return createHash('sha256').update(id).digest();
}

// Access tokens (RFC 9068) of a configured list of issuers. Issuer, algorithms and keys come from configuration; the
// token chooses among them and never adds to them.

import { compactVerify, importJWK, type CryptoKey, type JWK } from 'jose';
import { PortError, type Clock } from '../kernel/index.ts';
import { toPrincipal } from './claims.ts';
import { readToken, type Claims, type TokenHead } from './strict-token.ts';
import type { Verified } from './token-cache.ts';

export interface Issuer {
  /** Exact `iss`. */
  issuer: string;
  /** A fixed set, or a function that loads the present one (in process, or through the guarded client). */
  jwks: { keys: JWK[] } | (() => Promise<{ keys: JWK[] }>);
  /** Exact `aud` (or member of it) of tokens for the API. */
  audience: string;
  /** Asymmetric only: RS256, ES256, EdDSA, PS256 … HS* is refused by `tokenVerifier`. */
  algorithms: readonly string[];
  /** False: a `typ` other than `at+jwt` is accepted. Default true. */
  strictType?: boolean;
  /** True: the scope `*` in a token means all scopes. For issuers inside this process only. Default false: refused. */
  everyScope?: boolean;
}

export type TokenRefusal = { readonly refused: string };

const leewayS = 60;
const mostCachedS = 300;
/** Revocations are kept for a day: a token that lives longer would outlive its own. */
const mostLifeS = 86_400;
const refetchAfterMs = 30_000;
const refreshAfterMs = 600_000;

/**
 * Checks a token completely. `refused` is a reason for the log; callers learn only `invalid-token`. `audience` is the
 * resource the token must be for (RFC 8707); the issuer's when absent.
 */
export type VerifyToken = (token: string, audience?: string) => Promise<Verified | TokenRefusal>;

/** Throws for an issuer that stands in the list twice. */
export function tokenVerifier(issuers: readonly Issuer[], clock: Clock): VerifyToken {
  const byName = new Map(issuers.map((issuer) => [issuer.issuer, new IssuerKeys(issuer)]));
  if (byName.size < issuers.length) throw new PortError('refused', 'An issuer of access tokens is configured twice');
  return async (token, audience) => {
    const read = readToken(token);
    if ('refused' in read) return read;
    const { head, claims } = read;
    const keys = typeof claims['iss'] === 'string' ? byName.get(claims['iss']) : undefined;
    if (keys === undefined) return { refused: 'unknown issuer' };
    if (!keys.issuer.algorithms.includes(head.alg)) return { refused: 'algorithm not of this issuer' };
    if (keys.issuer.strictType !== false && !isAccessToken(head.typ)) return { refused: 'typ is not at+jwt' };
    const key = await keys.find(head);
    if (key === undefined) return { refused: 'no such key' };
    try {
      await compactVerify(token, key, { algorithms: [head.alg] });
    } catch {
      // jose says which check failed; none of it helps the caller.
      return { refused: 'signature' };
    }
    return checkClaims(claims, keys.issuer, {
      audience: audience ?? keys.issuer.audience,
      nowS: Math.floor(clock.now().epochMilliseconds / 1000),
    });
  };
}

function isAccessToken(type: string | undefined): boolean {
  return type !== undefined && /^(application\/)?at\+jwt$/i.test(type);
}

function checkClaims(
  claims: Claims,
  issuer: Issuer,
  { audience, nowS }: { audience: string; nowS: number },
): Verified | TokenRefusal {
  const { aud, exp, nbf, iat, auth_time: authTime, jti } = claims;
  const audiences = Array.isArray(aud) ? (aud as unknown[]) : [aud];
  if (!audiences.includes(audience) || !audiences.every((each) => typeof each === 'string'))
    return { refused: 'audience' };
  if (!isTime(exp)) return { refused: 'exp missing or not an integer' };
  if (exp + leewayS <= nowS) return { refused: 'expired' };
  if (exp - leewayS > nowS + mostLifeS) return { refused: 'lives longer than a day' };
  if (nbf !== undefined && (!isTime(nbf) || nbf - leewayS > nowS)) return { refused: 'not yet valid' };
  if (iat !== undefined && (!isTime(iat) || iat - leewayS > nowS)) return { refused: 'issued in the future' };
  if (authTime !== undefined && (!isTime(authTime) || authTime - leewayS > nowS)) return { refused: 'auth_time' };
  // As a bearer token it is not worth what it was bound to be worth (RFC 8705, RFC 9449).
  if (claims['cnf'] !== undefined) return { refused: 'bound to a key that was not shown' };
  const principal = toPrincipal(claims, issuer.issuer);
  if (principal === undefined) return { refused: 'claims name no principal' };
  if (principal.scopes.has('*') && issuer.everyScope !== true) return { refused: 'scope *' };
  return { principal, tokenId: jti as string | undefined, until: Math.min(exp + leewayS, nowS + mostCachedS) };
}

function isTime(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

/** The keys of one issuer: loaded at first use, again every 10 min, and at most once per 30 s for an unknown `kid`. */
class IssuerKeys {
  readonly issuer: Issuer;
  #keys: JWK[] = [];
  #imported = new Map<JWK, Promise<CryptoKey | Uint8Array>>();
  #loadedMs = -Infinity;
  #triedMs = -Infinity;

  constructor(issuer: Issuer) {
    if (issuer.algorithms.some((name) => /^(HS|none)/i.test(name)))
      throw new PortError(
        'refused',
        `Issuer ${issuer.issuer}: symmetric algorithms are not accepted for access tokens`,
      );
    this.issuer = issuer;
    if (typeof issuer.jwks !== 'function') {
      this.#keys = issuer.jwks.keys;
      this.#loadedMs = Infinity;
    }
  }

  async find(head: TokenHead): Promise<CryptoKey | Uint8Array | undefined> {
    if (performance.now() - this.#loadedMs > refreshAfterMs) await this.#load();
    let key = this.#pick(head);
    if (key === undefined && performance.now() - this.#triedMs > refetchAfterMs) {
      await this.#load();
      key = this.#pick(head);
    }
    if (key === undefined) return undefined;
    let imported = this.#imported.get(key);
    if (imported === undefined) this.#imported.set(key, (imported = importJWK(key, head.alg)));
    return imported;
  }

  #pick(head: TokenHead): JWK | undefined {
    // A key without `alg` never fits: the token would then choose.
    const fitting = this.#keys.filter((key) => key.alg === head.alg && (key.use ?? 'sig') === 'sig');
    if (head.kid !== undefined) return fitting.find((key) => key.kid === head.kid);
    return fitting.length === 1 ? fitting[0] : undefined;
  }

  async #load(): Promise<void> {
    const { jwks } = this.issuer;
    if (typeof jwks !== 'function') return;
    this.#triedMs = performance.now();
    try {
      const loaded = await jwks();
      this.#keys = loaded.keys;
      this.#imported = new Map();
      this.#loadedMs = performance.now();
    } catch (error) {
      // The last good set stays in use; without any the caller is told that we cannot tell.
      if (this.#keys.length === 0) throw new PortError('unavailable', `No keys of issuer ${this.issuer.issuer}`, error);
      this.#loadedMs = performance.now() - refreshAfterMs + refetchAfterMs;
    }
  }
}

// Access tokens (RFC 9068) of a configured list of issuers. Issuer, algorithms and keys come from configuration; the
// token chooses among them and never adds to them.

import type { JWK } from 'jose';
import { PortError, type Clock } from '../kernel/index.ts';
import { toPrincipal, translate, type Vouching } from './claims.ts';
import type { Egress } from './egress.ts';
import { KeySet, type LoadKeys } from './key-set.ts';
import { readToken, type Claims } from './strict-token.ts';
import type { Verified } from './token-cache.ts';

export interface Issuer {
  /** Exact `iss`. */
  issuer: string;
  /** A fixed set, or a function that loads the present one in process. Either this or `jwksUri`. */
  jwks?: { keys: JWK[] } | LoadKeys;
  /** Where the issuer publishes its keys; fetched through the guarded client. */
  jwksUri?: string;
  /** Exact `aud` (or member of it) of tokens for the API. */
  audience: string;
  /** Asymmetric only: RS256, ES256, EdDSA, PS256 … HS* is refused by `tokenVerifier`. */
  algorithms: readonly string[];
  /** False: a `typ` other than `at+jwt` is accepted. Default true. */
  strictType?: boolean;
  /** True: the scope `*` in a token means all scopes. For issuers inside this process only. Default false: refused. */
  everyScope?: boolean;
  /** Whom an outside issuer may vouch for. undefined = our own: whoever its tokens name. */
  vouches?: Vouching;
}

export type TokenRefusal = { readonly refused: string };

const leewayS = 60;
const mostCachedS = 300;
/** Revocations are kept for a day: a token that lives longer would outlive its own. */
const mostLifeS = 86_400;
const lookForKeysEveryMs = 30_000;

interface Known {
  issuer: Issuer;
  keys: KeySet;
}

/** Tokens of a list of issuers. `start` fetches their keys and keeps them fresh; without it they come with the first token. */
export class TokenVerifier {
  readonly #byName: ReadonlyMap<string, Known>;
  readonly #clock: Clock;
  #timer: NodeJS.Timeout | undefined;

  /** Throws PortError `refused` for an issuer that stands in the list twice, or that cannot be used as it is configured. */
  constructor(issuers: readonly Issuer[], { clock, egress }: { clock: Clock; egress?: Egress | undefined }) {
    this.#clock = clock;
    this.#byName = new Map(issuers.map((issuer) => [issuer.issuer, { issuer, keys: keySetOf(issuer, egress) }]));
    if (this.#byName.size < issuers.length)
      throw new PortError('refused', 'An issuer of access tokens is configured twice');
  }

  /** Resolves after the first attempt for each issuer, successful or not. */
  async start(): Promise<void> {
    const refresh = () => Promise.all([...this.#byName.values()].map(({ keys }) => keys.refresh()));
    this.#timer ??= setInterval(() => void refresh(), lookForKeysEveryMs).unref();
    await refresh();
  }

  close(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  /** Issuers without a set of keys that may be used. */
  get missing(): string[] {
    return [...this.#byName.values()].filter(({ keys }) => !keys.isReady).map(({ issuer }) => issuer.issuer);
  }

  /**
   * Checks a token completely. `refused` is a reason for the log; callers learn only `invalid-token`. `audience` is the
   * resource the token must be for (RFC 8707); the issuer's when absent. Rejects with PortError `unavailable` when
   * the issuer's keys cannot be had.
   */
  async verify(token: string, audience?: string): Promise<Verified | TokenRefusal> {
    const read = readToken(token);
    if ('refused' in read) return read;
    const { head, claims } = read;
    const known = typeof claims['iss'] === 'string' ? this.#byName.get(claims['iss']) : undefined;
    if (known === undefined) return { refused: 'unknown issuer' };
    const { issuer, keys } = known;
    if (!issuer.algorithms.includes(head.alg)) return { refused: 'algorithm not of this issuer' };
    if (issuer.strictType !== false && !isAccessToken(head.typ)) return { refused: 'typ is not at+jwt' };
    const key = await keys.find(head);
    if (key === undefined) return { refused: 'no such key' };
    // Loaded with the first token: a process without issuers of its own needs none of it.
    const { compactVerify } = await import('jose');
    try {
      await compactVerify(token, key, { algorithms: [head.alg] });
    } catch {
      // jose says which check failed; none of it helps the caller.
      return { refused: 'signature' };
    }
    const nowS = Math.floor(this.#clock.now().epochMilliseconds / 1000);
    return checkClaims(claims, issuer, { audience: audience ?? issuer.audience, nowS });
  }
}

function keySetOf({ issuer, algorithms, jwks, jwksUri }: Issuer, egress: Egress | undefined): KeySet {
  const refuse = (why: string): never => {
    throw new PortError('refused', `Issuer ${issuer}: ${why}`);
  };
  if (algorithms.some((name) => /^(HS|none)/i.test(name)))
    return refuse('symmetric algorithms are not accepted for access tokens');
  if ((jwks === undefined) === (jwksUri === undefined)) return refuse('give either jwks or jwksUri');
  if (jwks !== undefined) return new KeySet(jwks);
  if (egress === undefined) return refuse('jwksUri needs the guarded client (egress)');
  return new KeySet(() => fetchKeys(egress, jwksUri as string));
}

async function fetchKeys(egress: Egress, url: string): Promise<{ keys: JWK[] }> {
  const accept = 'application/jwk-set+json, application/json';
  const { status, body } = await egress({ url, method: 'GET', headers: { accept } });
  if (status !== 200) throw new PortError('unavailable', `The keys at ${url} answer ${status}`);
  return JSON.parse(body) as { keys: JWK[] };
}

function isAccessToken(type: string | undefined): boolean {
  return type !== undefined && /^(application\/)?at\+jwt$/i.test(type);
}

/** The rules for claims, whoever vouches for them: a signature, or the issuer when it is asked. */
export function checkClaims(
  claims: Claims,
  issuer: Pick<Issuer, 'issuer' | 'everyScope' | 'vouches'>,
  { audience, nowS }: { audience: string; nowS: number },
): Verified | TokenRefusal {
  const { aud, exp } = claims;
  const audiences = Array.isArray(aud) ? (aud as unknown[]) : [aud];
  if (!audiences.includes(audience) || !audiences.every((each) => typeof each === 'string'))
    return { refused: 'audience' };
  if (!isTime(exp)) return { refused: 'exp missing or not an integer' };
  if (exp + leewayS <= nowS) return { refused: 'expired' };
  if (exp - leewayS > nowS + mostLifeS) return { refused: 'lives longer than a day' };
  const ahead = ['nbf', 'iat', 'auth_time'].find((name) => !hasBegun(claims[name], nowS));
  if (ahead !== undefined) return { refused: `${ahead} lies ahead or is not an integer` };
  // As a bearer token it is not worth what it was bound to be worth (RFC 8705, RFC 9449).
  if (claims['cnf'] !== undefined) return { refused: 'bound to a key that was not shown' };
  const told = issuer.vouches === undefined ? claims : translate(claims, issuer.vouches);
  const principal = told && toPrincipal(told, issuer.issuer);
  if (principal === undefined) return { refused: 'claims name no principal' };
  if (principal.scopes.has('*') && issuer.everyScope !== true) return { refused: 'scope *' };
  return { principal, until: Math.min(exp + leewayS, nowS + mostCachedS) };
}

function hasBegun(time: unknown, nowS: number): boolean {
  return time === undefined || (isTime(time) && time - leewayS <= nowS);
}

function isTime(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

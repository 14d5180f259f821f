// Credential → Principal. A verified credential is found in the cache without a promise; everything else is checked
// completely. Ten failures a minute from one address, and nothing more is verified for it until the minute is over.

import { PortError, systemClock, type Clock, type Principal } from '../kernel/index.ts';
import type { LimitStore } from '../ports/index.ts';
import { compileAddressRules, isAllowedFrom } from './address-rules.ts';
import { isSecretOf, keyIssuer, looksLikeKey, parseApiKey, type FindKey } from './api-key.ts';
import type { Egress } from './egress.ts';
import { networkOf } from './forwarded.ts';
import { Introspection, looksOpaque, type IntrospectionOptions } from './introspection.ts';
import { TokenVerifier, type Issuer, type TokenRefusal } from './issuers.ts';
import { OpenStreams, Revocations, TokenCache, type Verified, type WhyOut } from './token-cache.ts';

/** A browser session that the server holds; undefined = ended or never there. */
export type FindSession = (id: string) => Promise<Principal | undefined>;

export interface AuthenticatorOptions {
  issuers: readonly Issuer[];
  limits: LimitStore;
  /** The guarded client: for `jwksUri` and `introspection`. */
  egress?: Egress;
  /** Opaque tokens are asked about there; undefined = refused. */
  introspection?: IntrospectionOptions;
  findKey?: FindKey;
  findSession?: FindSession;
  /** Cookies that may carry a session id, best first. */
  sessionCookies?: readonly string[];
  /** Origins whose pages may send unsafe requests with the cookie; our own, for browsers that do not say `same-origin`. */
  allowedOrigins?: readonly string[];
  /** Real time, also when business time is moved: tokens are made by others. */
  clock?: Clock;
}

/** Why nobody was recognized; `suspended`: somebody was, by a right credential, and is shut out with their partner or application. */
export type AuthenticationFault =
  | { readonly fault: 'none' }
  | { readonly fault: 'invalid'; readonly reason: string }
  | { readonly fault: 'suspended' }
  | { readonly fault: 'cross-site' }
  | { readonly fault: 'blocked'; readonly retryAfterS: number };

export type Authentication = Principal | AuthenticationFault;

/** What authentication may look at. */
export interface Presented {
  readonly method: string;
  readonly address: string;
  /** The same object for all requests of one connection. */
  readonly connection: object;
  header(name: string): string | undefined;
}

/** Of one address, before its credentials are looked at no more. */
const failures = { quota: 10, windowS: 60 };
const keyLifeS = 30;
/** Of a key whose application or partner is suspended: let in again, they wait no longer for it. */
const suspendedKeyLifeS = 1;
const safeMethods = new Set(['GET', 'HEAD', 'OPTIONS']);
const suspended: AuthenticationFault = { fault: 'suspended' };

export function isPrincipal(value: Authentication): value is Principal {
  return !('fault' in value);
}

export class Authenticator {
  readonly revocations = new Revocations();
  /** Answers that go on: each ends with the leave of its caller. */
  readonly streams = new OpenStreams(this.revocations);
  readonly #options: AuthenticatorOptions;
  readonly #clock: Clock;
  readonly #isOnMachineTime: boolean;
  readonly #cache = new TokenCache();
  readonly #tokens: TokenVerifier;
  readonly #introspection: Introspection | undefined;
  readonly #cookies: readonly string[];
  /** Address, of IPv6 its network of 64 bits → milliseconds of the epoch until which nothing is verified for it. */
  readonly #blocked = new Map<string, number>();

  constructor(options: AuthenticatorOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#isOnMachineTime = this.#clock === systemClock;
    const { egress, introspection } = options;
    this.#tokens = new TokenVerifier(options.issuers, { clock: this.#clock, egress });
    if (introspection !== undefined) {
      if (egress === undefined) throw new PortError('refused', 'Introspection needs the guarded client (egress)');
      this.#introspection = new Introspection(introspection, egress, this.#clock);
    }
    this.#cookies = options.sessionCookies ?? ['__Host-plinth', 'plinth'];
  }

  /** Fetches the issuers' keys and keeps them fresh until `close`. Resolves also when some cannot be had: see `missing`. */
  start(): Promise<void> {
    return this.#tokens.start();
  }

  close(): void {
    this.#tokens.close();
  }

  /** Issuers whose keys are not known: while there are any, the process is not ready. */
  get missing(): readonly string[] {
    return this.#tokens.missing;
  }

  /** Synchronous for a credential in the cache; a promise only when something must be verified or looked up. */
  authenticate(from: Presented): Authentication | Promise<Authentication> {
    const field = from.header('authorization');
    if (field === undefined) return this.#session(from);
    const nowS = this.nowS();
    const latest = this.#cache.latest(from.connection, field, nowS);
    if (latest !== undefined) return this.#known(from, latest);
    const credential = bearer(field);
    if (credential === undefined) return this.#failed(from, 'not a bearer credential');
    const key = TokenCache.keyOf(credential);
    const entry = this.#cache.get(key, nowS);
    if (entry === undefined) return this.#check(from, credential, key);
    this.#cache.remember(from.connection, field, entry);
    return this.#known(from, entry);
  }

  /** The same for another resource than the API, the `audience` of its tokens: without the cache, and without cookies. */
  async authenticateAt(audience: string, from: Presented): Promise<Authentication> {
    const field = from.header('authorization');
    if (field === undefined) return { fault: 'none' };
    const blocked = this.#blockedFor(from.address);
    if (blocked !== undefined) return blocked;
    const credential = bearer(field);
    if (credential === undefined) return this.#failed(from, 'not a bearer credential');
    const result = await this.#judge(credential, audience);
    return 'refused' in result ? this.#failed(from, result.refused) : this.#known(from, result);
  }

  /** Of a bare token or key, without a request: sign-in pages. `audience`: the resource, where that is not the API. */
  async verify(credential: string, audience?: string): Promise<Principal | undefined> {
    const result = await this.#judge(credential, audience);
    if ('refused' in result || result.from !== undefined || this.#whyOut(result) !== undefined) return undefined;
    return result.principal;
  }

  revoke(what: string): void {
    this.revocations.revoke(what, this.nowS());
  }

  #known(from: Presented, entry: Verified): Authentication {
    const whyOut = this.#whyOut(entry);
    if (whyOut === 'revoked') return this.#failed(from, 'revoked');
    // Behind a proxy one connection carries many callers: the address is that of the request.
    const isElsewhere = entry.from !== undefined && !isAllowedFrom(entry.from, from.address);
    if (isElsewhere) return this.#failed(from, 'address');
    // Only who has the right credential, and at the right address, hears of it; it is no failure of theirs.
    return whyOut === 'suspended' ? suspended : entry.principal;
  }

  #whyOut({ principal, isSuspended }: Verified): WhyOut | undefined {
    return this.revocations.whyOut(principal) ?? (isSuspended === true ? 'suspended' : undefined);
  }

  async #check(from: Presented, credential: string, key: string): Promise<Authentication> {
    const blocked = this.#blockedFor(from.address);
    if (blocked !== undefined) return blocked;
    const result = await this.#judge(credential);
    if ('refused' in result) return this.#failed(from, result.refused);
    // Who is suspended may ask as often as they like: it must not cost a look-up each time.
    if (this.#whyOut(result) !== 'revoked') this.#cache.put(key, result);
    return this.#known(from, result);
  }

  #judge(credential: string, audience?: string): Promise<Verified | TokenRefusal> {
    if (looksLikeKey(credential)) return this.#checkKey(credential);
    if (this.#introspection !== undefined && looksOpaque(credential))
      return this.#introspection.verify(credential, audience);
    return this.#tokens.verify(credential, audience);
  }

  async #checkKey(text: string): Promise<Verified | TokenRefusal> {
    const parts = parseApiKey(text);
    if (parts === undefined) return { refused: 'key shape or checksum' };
    const stored = await this.#options.findKey?.(parts.id);
    const nowS = this.nowS();
    if (stored === undefined || !isSecretOf(stored, parts.secret)) return { refused: 'unknown key' };
    if (stored.expiresAt !== undefined && stored.expiresAt <= nowS) return { refused: 'expired key' };
    const { principal } = stored;
    if (principal.audience !== 'partner' || principal.issuer !== keyIssuer) return { refused: 'not a partner key' };
    return {
      principal: { ...principal, credentialId: stored.id ?? parts.id },
      until: Math.min(
        stored.expiresAt ?? Infinity,
        nowS + (stored.isSuspended === true ? suspendedKeyLifeS : keyLifeS),
      ),
      from: compileAddressRules(stored.addresses),
      isSuspended: stored.isSuspended === true,
    };
  }

  #session(from: Presented): Authentication | Promise<Authentication> {
    const cookies = from.header('cookie');
    if (cookies === undefined || this.#options.findSession === undefined) return { fault: 'none' };
    const id = this.#cookies.reduce<string | undefined>(
      (found, name) => found ?? cookieValue(cookies, name),
      undefined,
    );
    if (id === undefined) return { fault: 'none' };
    const { method } = from;
    const said = { method, site: from.header('sec-fetch-site'), origin: from.header('origin') };
    if (!mayUseCookie(said, this.#options.allowedOrigins ?? [])) return { fault: 'cross-site' };
    return this.#options.findSession(id).then((principal) => {
      if (principal === undefined || principal.expiresAt <= this.nowS()) return { fault: 'none' as const };
      const whyOut = this.revocations.whyOut(principal);
      if (whyOut === 'revoked') return { fault: 'none' as const };
      return whyOut === 'suspended' ? suspended : principal;
    });
  }

  #failed(from: Presented, reason: string): AuthenticationFault {
    const address = networkOf(from.address);
    const blocked = this.#blockedFor(from.address);
    if (blocked !== undefined) return blocked;
    const nowMs = this.#clock.now().epochMilliseconds;
    const take = this.#options.limits.take(`failures:${address}`, failures, nowMs);
    if (!take.allowed) this.#block(address, nowMs + take.resetS * 1000);
    return take.allowed ? { fault: 'invalid', reason } : { fault: 'blocked', retryAfterS: take.resetS };
  }

  #blockedFor(address: string): AuthenticationFault | undefined {
    if (this.#blocked.size === 0) return undefined;
    const network = networkOf(address);
    const untilMs = this.#blocked.get(network);
    if (untilMs === undefined) return undefined;
    const leftMs = untilMs - this.#clock.now().epochMilliseconds;
    if (leftMs > 0) return { fault: 'blocked', retryAfterS: Math.ceil(leftMs / 1000) };
    this.#blocked.delete(network);
    return undefined;
  }

  #block(address: string, untilMs: number): void {
    if (this.#blocked.size >= 10_000) {
      const oldest = this.#blocked.keys().next();
      if (!oldest.done) this.#blocked.delete(oldest.value);
    }
    this.#blocked.set(address, untilMs);
  }

  /** Seconds since the epoch by which credentials are judged. */
  nowS(): number {
    // Reading Temporal on every hit would cost more than the hit.
    return Math.floor((this.#isOnMachineTime ? Date.now() : this.#clock.now().epochMilliseconds) / 1000);
  }
}

/** The credential of `Authorization: Bearer …`; undefined for other schemes and shapes. */
function bearer(field: string): string | undefined {
  if (field.length < 8 || field.charCodeAt(6) !== 32 || field.slice(0, 6).toLowerCase() !== 'bearer') return undefined;
  const credential = field.slice(7);
  return credential.includes(' ') || credential === '' ? undefined : credential;
}

/** The value of one cookie; quotes are not part of it. At most 256 characters. */
function cookieValue(field: string, name: string): string | undefined {
  for (const part of field.split(';', 64)) {
    const at = part.indexOf('=');
    if (at < 0 || part.slice(0, at).trim() !== name) continue;
    const value = part.slice(at + 1).trim();
    return value.length > 0 && value.length <= 256 ? value : undefined;
  }
  return undefined;
}

/** What a browser says of where a request comes from. */
export interface FromBrowser {
  readonly method: string;
  /** `Sec-Fetch-Site` */
  readonly site: string | undefined;
  /** `Origin` */
  readonly origin: string | undefined;
}

/**
 * True for a safe method, and for another one that says it comes from our own origin or from one of `origins`: a request
 * that says nothing of itself, or that the person typed, is no page's.
 */
export function mayUseCookie({ method, site, origin }: FromBrowser, origins: readonly string[]): boolean {
  if (safeMethods.has(method) || site === 'same-origin') return true;
  return origin !== undefined && origins.includes(origin);
}

// Verified credentials, so that a signature is checked once per token and not once per request. The key is the token's
// SHA-256, so a heap dump holds no token but those of open connections; two generations bound it without bookkeeping
// per hit. On a kept connection the same credential comes again and again: there a comparison does.

import { hash } from 'node:crypto';
import type { BlockList } from 'node:net';
import type { Principal } from '../kernel/index.ts';

/** What a credential proved to be. */
export interface Verified {
  readonly principal: Principal;
  /** Seconds since the epoch; never later than the credential's own end. */
  readonly until: number;
  /** Where it may come from; undefined = everywhere. */
  readonly from?: BlockList | undefined;
  /** Its partner or application was suspended when it was looked up. */
  readonly isSuspended?: boolean;
}

/**
 * Why somebody is let in no more. `suspended`: for their partner or application alone, so that no other credential helps;
 * `revoked`: the credential, session, person or customer, whoever else is out.
 */
export type WhyOut = 'revoked' | 'suspended';

const mostPerGeneration = 10_000;

/** The field `Authorization` as last sent on a connection, and what it proved to be. */
interface Latest {
  readonly field: string;
  readonly entry: Verified;
}

export class TokenCache {
  readonly #latest = new WeakMap<object, Latest>();
  #young = new Map<string, Verified>();
  #old = new Map<string, Verified>();

  /** SHA-256 of a credential, the key of this cache. About 1 µs. */
  static keyOf(credential: string): string {
    return hash('sha256', credential, 'base64');
  }

  get(key: string, nowS: number): Verified | undefined {
    let entry = this.#young.get(key);
    if (entry === undefined) {
      entry = this.#old.get(key);
      if (entry === undefined) return undefined;
      this.#keep(key, entry);
    }
    return entry.until > nowS ? entry : undefined;
  }

  put(key: string, entry: Verified): void {
    this.#keep(key, entry);
  }

  /** What the field proved to be when this connection sent it last. */
  latest(connection: object, field: string, nowS: number): Verified | undefined {
    const latest = this.#latest.get(connection);
    return latest !== undefined && latest.field === field && latest.entry.until > nowS ? latest.entry : undefined;
  }

  remember(connection: object, field: string, entry: Verified): void {
    this.#latest.set(connection, { field, entry });
  }

  #keep(key: string, entry: Verified): void {
    if (this.#young.size >= mostPerGeneration) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#young.set(key, entry);
  }
}

/**
 * Withdrawn tokens and sessions, which end by themselves, and whoever is suspended until they are let in again. Consulted
 * on every hit of the cache.
 */
export class Revocations {
  /** Seconds since the epoch by what is refused; Infinity = until it is restored. */
  readonly #until = new Map<string, number>();
  /** Those that end by themselves, oldest first: they alone make room. Who is suspended is never forgotten for want of it. */
  readonly #passing = new Set<string>();
  readonly #most: number;

  /** `most`: how many that end by themselves are kept. What holds for whoever is suspended stands in revocation-book.ts. */
  constructor(most = 100_000) {
    this.#most = most;
  }

  /**
   * `what`: `jti:…`, `sid:…`, `sub:<issuer>|<subject>`, `cus:…`, `app:…`, `ptn:…`, `key:…`, `ids:…` (enumeration.ts). Kept for
   * `seconds` (the longest token life). Who is suspended stays so.
   */
  revoke(what: string, nowS: number, seconds = 86_400): void {
    if (this.#until.get(what) === Infinity) return;
    if (this.#passing.size >= this.#most && !this.#passing.has(what)) {
      const [oldest] = this.#passing;
      if (oldest !== undefined) this.restore(oldest);
    }
    this.#passing.add(what);
    this.#until.set(what, nowS + seconds);
  }

  /** As `revoke`, until `restore`. */
  suspend(what: string): void {
    this.#passing.delete(what);
    this.#until.set(what, Infinity);
  }

  /** Lets an application or key in again. */
  restore(what: string): void {
    this.#passing.delete(what);
    this.#until.delete(what);
  }

  get isEmpty(): boolean {
    return this.#until.size === 0;
  }

  /** Seconds that something stays withdrawn; undefined when it is not. */
  leftS(what: string, nowS: number): number | undefined {
    const untilS = this.#until.get(what);
    return untilS !== undefined && untilS > nowS ? Math.ceil(untilS - nowS) : undefined;
  }

  knows(what: string): boolean {
    return this.#until.has(what);
  }

  /** Whoever is suspended. */
  get suspended(): string[] {
    return [...this.#until].flatMap(([what, until]) => (until === Infinity ? [what] : []));
  }

  /** True when the principal is shut out, or the credential or session that named it was withdrawn. */
  has(principal: Principal): boolean {
    return this.whyOut(principal) !== undefined;
  }

  /** undefined = let in. */
  whyOut(principal: Principal): WhyOut | undefined {
    if (this.#until.size === 0) return undefined;
    const { credentialId, sessionId } = principal;
    const isRevoked =
      (credentialId !== undefined &&
        (this.#until.has(`jti:${credentialId}`) || this.#until.has(`key:${credentialId}`))) ||
      (sessionId !== undefined && this.#until.has(`sid:${sessionId}`)) ||
      this.#shutsOutPerson(principal);
    if (isRevoked) return 'revoked';
    return this.#shutsOutSoftware(principal) ? 'suspended' : undefined;
  }

  /** True for a person, customer, application or partner that is shut out, by whatever credential. */
  shutsOut(principal: Principal): boolean {
    return this.#until.size > 0 && (this.#shutsOutPerson(principal) || this.#shutsOutSoftware(principal));
  }

  #shutsOutPerson({ issuer, subject, customerId }: Principal): boolean {
    return (
      (customerId !== undefined && this.#until.has(`cus:${customerId}`)) || this.#until.has(`sub:${issuer}|${subject}`)
    );
  }

  #shutsOutSoftware({ partnerId, applicationId }: Principal): boolean {
    return (
      (partnerId !== undefined && this.#until.has(`ptn:${partnerId}`)) ||
      (applicationId !== undefined && this.#until.has(`app:${applicationId}`))
    );
  }
}

/** Answers that go on for as long as their caller is let in. */
export class OpenStreams {
  readonly #revocations: Revocations;
  readonly #open = new Map<() => void, Principal>();

  constructor(revocations: Revocations) {
    this.#revocations = revocations;
  }

  /** `end` is called once, when its caller is let in no more; it must not throw. The returned function forgets it. */
  add(principal: Principal, end: () => void): () => void {
    // Withdrawn while the answer was being made.
    if (this.#revocations.has(principal)) end();
    else this.#open.set(end, principal);
    return () => void this.#open.delete(end);
  }

  /** Ends those of whoever is let in no more. Called when something was withdrawn. */
  sweep(): void {
    for (const [end, principal] of this.#open) {
      if (!this.#revocations.has(principal)) continue;
      this.#open.delete(end);
      end();
    }
  }
}

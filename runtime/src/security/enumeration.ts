// Who tries ids one after another is stopped: more than 20 distinct objects denied to one principal within 10 minutes
// close every operation on single objects to it for 10 minutes. Lists of its own things stay open. Each process counts for
// itself; who is stopped by one is stopped by all, as whoever is let in no more (revocation-book.ts).

import { hash } from 'node:crypto';
import type { Principal } from '../kernel/index.ts';
import type { Revocations } from './token-cache.ts';

export const mostDenied = 20;
export const windowMs = 600_000;
export const stopS = 600;
/** Principals whose denials are remembered; the one longest known is forgotten first. */
const mostPrincipals = 10_000;

/** What is withdrawn of a principal that is stopped. */
export function stopOf({ issuer, subject }: Principal): string {
  return `ids:${issuer}|${subject}`;
}

export class EnumerationGuard {
  readonly #revocations: Revocations;
  /** Principal → hash of a denied object → when it was denied last. Times are milliseconds of the process clock. */
  readonly #denied = new Map<string, Map<string, number>>();
  readonly #most: number;

  constructor(revocations: Revocations, most = mostDenied) {
    this.#revocations = revocations;
    this.#most = most;
  }

  /** Seconds for which the principal is still stopped; undefined when it is not. `nowS`: as credentials are judged. */
  stoppedForS(principal: Principal, nowS: number): number | undefined {
    return this.#revocations.isEmpty ? undefined : this.#revocations.leftS(stopOf(principal), nowS);
  }

  /** Notes that an object was denied, missing or not. True when this one was too many: the principal must be stopped. */
  deny(principal: Principal, object: string, nowMs: number): boolean {
    // All callers without a credential share one name; they are limited by address.
    if (principal.subject === '') return false;
    const who = stopOf(principal);
    const objects = this.#denied.get(who) ?? new Map<string, number>();
    const key = hash('sha256', object, 'base64');
    objects.delete(key);
    objects.set(key, nowMs);
    for (const [each, atMs] of objects) {
      if (nowMs - atMs < windowMs) break;
      objects.delete(each);
    }
    if (objects.size > this.#most) {
      this.#denied.delete(who);
      return true;
    }
    if (this.#denied.size >= mostPrincipals && !this.#denied.has(who)) {
      const oldest = this.#denied.keys().next();
      if (!oldest.done) this.#denied.delete(oldest.value);
    }
    this.#denied.set(who, objects);
    return false;
  }
}

// Who tries ids one after another is stopped: more than 20 distinct objects denied to one principal within 10 minutes
// close every operation on single objects to it for 10 minutes. Lists of its own things stay open. Kept by each process.

import { hash } from 'node:crypto';
import type { Principal } from '../kernel/index.ts';

export const mostDenied = 20;
export const windowMs = 600_000;
/** Principals that are remembered; the one longest known is forgotten first. */
const mostPrincipals = 10_000;

export class EnumerationGuard {
  /** Principal → hash of a denied object → when it was denied last. Times are milliseconds of the process clock. */
  readonly #denied = new Map<string, Map<string, number>>();
  readonly #untilMs = new Map<string, number>();
  readonly #most: number;

  constructor(most = mostDenied) {
    this.#most = most;
  }

  /** False while nobody is stopped: all that a request pays then. */
  get isWatching(): boolean {
    return this.#untilMs.size > 0;
  }

  /** Seconds for which the principal is still stopped; undefined when it is not. */
  stoppedForS(principal: Principal, nowMs: number): number | undefined {
    const who = nameOf(principal);
    const leftMs = (this.#untilMs.get(who) ?? nowMs) - nowMs;
    if (leftMs > 0) return Math.ceil(leftMs / 1000);
    this.#untilMs.delete(who);
    return undefined;
  }

  /** Notes that an object was denied, missing or not. True when this one was too many: the principal is stopped from now. */
  deny(principal: Principal, object: string, nowMs: number): boolean {
    // All callers without a credential share one name; they are limited by address.
    if (principal.subject === '') return false;
    const who = nameOf(principal);
    const objects = this.#denied.get(who) ?? new Map<string, number>();
    const key = hash('sha256', object, 'base64');
    objects.delete(key);
    objects.set(key, nowMs);
    for (const [each, atMs] of objects) {
      if (nowMs - atMs < windowMs) break;
      objects.delete(each);
    }
    if (objects.size <= this.#most) {
      keep(this.#denied, who, objects);
      return false;
    }
    this.#denied.delete(who);
    keep(this.#untilMs, who, nowMs + windowMs);
    return true;
  }
}

function nameOf({ issuer, subject }: Principal): string {
  return `${issuer}|${subject}`;
}

function keep<T>(map: Map<string, T>, name: string, value: T): void {
  if (map.size >= mostPrincipals && !map.has(name)) {
    const oldest = map.keys().next();
    if (!oldest.done) map.delete(oldest.value);
  }
  map.set(name, value);
}

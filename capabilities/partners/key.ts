// Rules of API keys: what may be asked for when one is made.

import { fail, isAddressRule, ok, type Result } from '@plinth/runtime';

/** Two live keys at most: one in use, one to change over to. */
export const liveKeys = 2;

export interface KeyWish {
  scopes?: readonly string[] | undefined;
  addresses?: readonly string[] | undefined;
  expiresAt?: string | undefined;
}

export interface KeyTerms {
  /** null = all of the application's, also later ones. */
  scopes: string[] | null;
  addresses: string[];
  expiresAt: Temporal.Instant | null;
}

/** The terms of a new key, or in a sentence why there cannot be such a one. */
export function termsOf(wish: KeyWish, app: { scopes: readonly string[] }, now: Temporal.Instant): Result<KeyTerms> {
  const missing = wish.scopes?.find((scope) => !app.scopes.includes(scope));
  if (missing !== undefined) return fail(`The application does not hold the scope ${missing}.`);
  const wrong = wish.addresses?.find((address) => !isAddressRule(address));
  if (wrong !== undefined) return fail(`“${wrong}” is neither an address nor a network.`);
  const expiresAt = wish.expiresAt === undefined ? null : Temporal.Instant.from(wish.expiresAt);
  if (expiresAt !== null && Temporal.Instant.compare(expiresAt, now) <= 0) return fail('Its end has passed.');
  return ok({
    scopes: wish.scopes === undefined ? null : [...new Set(wish.scopes)],
    addresses: [...new Set(wish.addresses)],
    expiresAt,
  });
}

/** What a key may do: its own scopes as far as the application still holds them. */
export function scopesOfKey(
  key: { scopes: readonly string[] | null },
  app: { scopes: readonly string[] },
): Set<string> {
  return new Set(key.scopes === null ? app.scopes : key.scopes.filter((scope) => app.scopes.includes(scope)));
}

// The keys of one issuer: a fixed set, or one that is fetched. Requests never wait for a refresh that is not due, and
// nobody can make us fetch more than twice a minute.

import type { CryptoKey, JWK } from 'jose';
import { elapsedMs, PortError } from '../kernel/index.ts';
import type { TokenHead } from './strict-token.ts';

export type LoadKeys = () => Promise<{ keys: readonly JWK[] }>;

const refetchAfterMs = 30_000;
const refreshAfterMs = 600_000;
/** How long the last good set is used while no newer one can be had. */
const mostAgeMs = 86_400_000;
const mostKeys = 100;

/**
 * Laws:
 * 1. A set is loaded again when it is 10 min old; while that fails the last good one is used for 24 h, then none.
 * 2. An unknown key id loads at most once in 30 s; so does every failure. Callers at the same time share one load.
 * 3. A document that is no set of keys is a failure. Secret and private keys in it are ignored.
 */
export class KeySet {
  readonly #load: LoadKeys | undefined;
  readonly #nowMs: () => number;
  #keys: readonly JWK[] = [];
  readonly #imported = new WeakMap<JWK, Promise<CryptoKey | Uint8Array>>();
  #loadedMs = -Infinity;
  #triedMs = -Infinity;
  #loading: Promise<void> | undefined;
  #isFailing = false;

  /** `nowMs`: the process clock. */
  constructor(keys: { keys: readonly JWK[] } | LoadKeys, nowMs: () => number = elapsedMs) {
    this.#nowMs = nowMs;
    if (typeof keys === 'function') this.#load = keys;
    else {
      this.#keys = keys.keys;
      this.#loadedMs = Infinity;
    }
  }

  /** False before the first good set, and when the last one is too old. */
  get isReady(): boolean {
    return this.#nowMs() - this.#loadedMs <= mostAgeMs;
  }

  /** Loads what is due; never rejects. Called at start and then every 30 s. */
  async refresh(): Promise<void> {
    if (this.#nowMs() - this.#loadedMs >= refreshAfterMs) await this.#reload();
  }

  /** The key a token names, or the only one of its algorithm. Rejects with PortError `unavailable` without any good set. */
  async find(head: TokenHead): Promise<CryptoKey | Uint8Array | undefined> {
    // While the issuer is away the last good set serves at once; else a request waits for the set that is due.
    const refreshed = this.refresh();
    if (!this.#isFailing) await refreshed;
    let key = this.#pick(head);
    if (key === undefined) {
      await this.#reload();
      key = this.#pick(head);
    }
    if (!this.isReady) throw new PortError('unavailable', 'There is no set of keys of this issuer');
    if (key === undefined) return undefined;
    let imported = this.#imported.get(key);
    if (imported === undefined) this.#imported.set(key, (imported = importKey(key, head.alg)));
    return imported;
  }

  #pick(head: TokenHead): JWK | undefined {
    // A key without `alg` never fits: the token would then choose.
    const fitting = this.#keys.filter((key) => key.alg === head.alg && (key.use ?? 'sig') === 'sig');
    if (head.kid !== undefined) return fitting.find((key) => key.kid === head.kid);
    return fitting.length === 1 ? fitting[0] : undefined;
  }

  /** The load under way, or a new one when the last was 30 s ago. */
  #reload(): Promise<void> | undefined {
    const load = this.#load;
    const isTooSoon = this.#nowMs() - this.#triedMs < refetchAfterMs;
    if (this.#loading !== undefined || load === undefined || isTooSoon) return this.#loading;
    this.#triedMs = this.#nowMs();
    this.#loading = this.#take(load).finally(() => (this.#loading = undefined));
    return this.#loading;
  }

  async #take(load: LoadKeys): Promise<void> {
    try {
      this.#keys = publicKeys(await load());
      this.#loadedMs = this.#nowMs();
      this.#isFailing = false;
    } catch {
      // Whatever went wrong, `isReady` and the age of the last good set say all there is to say.
      this.#isFailing = true;
    }
  }
}

async function importKey(key: JWK, algorithm: string): Promise<CryptoKey | Uint8Array> {
  const { importJWK } = await import('jose');
  return importJWK(key, algorithm);
}

function publicKeys(loaded: { keys: readonly JWK[] }): readonly JWK[] {
  const { keys } = loaded;
  if (!Array.isArray(keys) || keys.length > mostKeys) throw new PortError('corrupt', 'This is no set of keys');
  return (keys as readonly unknown[]).filter(
    (key): key is JWK => typeof key === 'object' && key !== null && !('d' in key) && !('k' in key),
  );
}

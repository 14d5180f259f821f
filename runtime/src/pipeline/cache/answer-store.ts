// Answers kept in the memory of this process, bounded by bytes. Two generations make it forget what nobody asked for,
// without bookkeeping per hit: when the young one is full the old one goes.

/** What is kept of an answer 200. Shared by all who hit it, so nothing in it may be changed. */
export interface Kept {
  /** Headers the handler gave, alternating names and values. */
  readonly headers: readonly string[];
  readonly type: string;
  readonly body: Uint8Array;
  /** Strong, with its quotes. */
  readonly etag: string;
  /** The body as a value, only for operations with a signal that may read it. */
  readonly value: unknown;
  /** Milliseconds since the epoch, business time. */
  readonly storedMs: number;
  /** State of the purges before the dispatch it came from. */
  readonly asOf: number;
  readonly tags: readonly string[];
}

/** Longest body that is kept. */
export const mostBodyBytes = 1_048_576;
const mostBytes = 64 * 1_048_576;
/** Map entry, object, tags and headers, roughly. */
const overheadBytes = 512;
/** A parsed value takes about this many times its text. */
const valueFactor = 4;

export class AnswerStore {
  readonly #mostYoungBytes: number;
  #young = new Map<string, Kept>();
  #old = new Map<string, Kept>();
  #youngBytes = 0;
  #oldBytes = 0;

  /** `most`: bytes of both generations together. */
  constructor(most = mostBytes) {
    this.#mostYoungBytes = most / 2;
  }

  /** Bytes held, by the same estimate that bounds them. */
  get bytes(): number {
    return this.#youngBytes + this.#oldBytes;
  }

  get(key: string): Kept | undefined {
    const young = this.#young.get(key);
    if (young !== undefined) return young;
    const old = this.#old.get(key);
    if (old !== undefined) this.put(key, old);
    return old;
  }

  put(key: string, kept: Kept): void {
    this.delete(key);
    const bytes = bytesOf(key, kept);
    if (this.#youngBytes + bytes > this.#mostYoungBytes) {
      this.#old = this.#young;
      this.#oldBytes = this.#youngBytes;
      this.#young = new Map();
      this.#youngBytes = 0;
    }
    this.#young.set(key, kept);
    this.#youngBytes += bytes;
  }

  delete(key: string): void {
    const young = this.#young.get(key);
    if (young !== undefined && this.#young.delete(key)) this.#youngBytes -= bytesOf(key, young);
    const old = this.#old.get(key);
    if (old !== undefined && this.#old.delete(key)) this.#oldBytes -= bytesOf(key, old);
  }

  clear(): void {
    this.#young = new Map();
    this.#old = new Map();
    this.#youngBytes = 0;
    this.#oldBytes = 0;
  }
}

function bytesOf(key: string, kept: Kept): number {
  const body = kept.body.byteLength * (kept.value === undefined ? 1 : 1 + valueFactor);
  return overheadBytes + key.length * 2 + body;
}

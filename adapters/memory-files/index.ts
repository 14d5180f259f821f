// Files of this process, for edges without a store: gone with it.

import { createHash } from 'node:crypto';
import { elapsedMs, fileLimits, PortError } from '@plinth/runtime/kernel';
import type { FileHead, Files, FileWriter, OpenFile } from '@plinth/runtime/ports';

/** Of all files together. */
const mostBytes = 64 * 1_048_576;

interface Held {
  head: FileHead;
  begunMs: number;
  pieces: Uint8Array[];
  size: number;
  /** '' while it comes in. */
  sha256: string;
  isKept: boolean;
}

/** Holds at most 64 MiB: a write beyond is `full`. There are no transactions: what is kept or deleted is so at once. */
export class MemoryFiles implements Files {
  readonly #held = new Map<string, Held>();
  #bytes = 0;

  begin(id: string, head: FileHead): Promise<FileWriter> {
    const held: Held = { head, begunMs: elapsedMs(), pieces: [], size: 0, sha256: '', isKept: false };
    this.#held.set(id, held);
    const hash = createHash('sha256');
    return Promise.resolve({
      write: async (bytes) => {
        if (held.size + bytes.length > fileLimits.fileBytes) {
          this.#remove(id);
          throw new PortError('refused', `a file has at most ${fileLimits.fileBytes} bytes`);
        }
        if (this.#held.get(id) !== held) throw new PortError('refused', 'the file was removed');
        if (this.#bytes + bytes.length > mostBytes) throw new PortError('full', `files have ${mostBytes} bytes in all`);
        hash.update(bytes);
        held.pieces.push(bytes.slice());
        held.size += bytes.length;
        this.#bytes += bytes.length;
      },
      end: async () => {
        if (this.#held.get(id) !== held) throw new PortError('refused', 'the file was removed');
        held.sha256 = hash.digest('hex');
        return { id, ...head, size: held.size, sha256: held.sha256 };
      },
    });
  }

  async keep(ids: readonly string[]): Promise<void> {
    const found = ids.map((id) => this.#whole(id));
    if (found.includes(undefined)) throw new PortError('refused', 'a file to keep is not there');
    for (const held of found) (held as Held).isKept = true;
  }

  async open(id: string): Promise<OpenFile | undefined> {
    const held = this.#whole(id);
    if (held === undefined) return undefined;
    const { head, size, sha256 } = held;
    return { file: { id, ...head, size, sha256 }, bytes: ReadableStream.from(held.pieces) };
  }

  async release(ids: readonly string[]): Promise<void> {
    for (const id of ids) if (this.#held.get(id)?.isKept === false) this.#remove(id);
  }

  async delete(ids: readonly string[]): Promise<void> {
    for (const id of ids) this.#remove(id);
  }

  async sweep(olderThanS: number): Promise<number> {
    const nowMs = elapsedMs();
    const loose = [...this.#held].filter(([, { isKept, begunMs }]) => !isKept && nowMs - begunMs >= olderThanS * 1_000);
    const swept = loose.slice(0, 1_000);
    for (const [id] of swept) this.#remove(id);
    return swept.length;
  }

  #whole(id: string): Held | undefined {
    const held = this.#held.get(id);
    return held?.sha256 === '' ? undefined : held;
  }

  #remove(id: string): void {
    const held = this.#held.get(id);
    if (held !== undefined) this.#bytes -= held.size;
    this.#held.delete(id);
  }
}

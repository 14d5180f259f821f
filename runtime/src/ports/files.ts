// Files of people: photos, receipts, letters. They come in pieces, before anybody has decided whether what they belong to
// is done; so a file is loose at first, and whoever commits what it belongs to keeps it.

import type { Tx } from './database.ts';

/**
 * Laws (testing/conformance/files.ts):
 * 1. `open` gives the bytes that were written, in their order, with their size and SHA-256; nothing before `end` resolved.
 * 2. No file is larger than `fileLimits.fileBytes` (kernel): what goes beyond is `refused`, and nothing of the file can be opened.
 * 3. `keep` is all or nothing and part of its transaction: `refused` when one of the files is not there whole.
 * 4. `release` and `sweep` remove loose files, begun ones too, and never a kept one.
 * 5. `delete` removes kept files with its transaction; what is not there is no fault.
 */
export interface Files {
  /** `id` is new. The file is loose, and not there before its writer has ended. */
  begin(id: string, head: FileHead): Promise<FileWriter>;
  /** They are no longer loose when `tx` commits; where there is no store, at once. */
  keep(ids: readonly string[], tx: Tx | undefined): Promise<void>;
  /** undefined = there is no such file, or not yet. */
  open(id: string): Promise<OpenFile | undefined>;
  /** Removes those of them that are loose. */
  release(ids: readonly string[]): Promise<void>;
  delete(ids: readonly string[], tx: Tx | undefined): Promise<void>;
  /** Removes loose files begun at least so long ago, at most 1,000. Gives how many. */
  sweep(olderThanS: number): Promise<number>;
}

export interface FileHead {
  /** Whose it is: a customer, or who sent it. */
  owner: string;
  /** A label; never a path. */
  name: string;
  /** Media type as it was declared. */
  type: string;
}

export interface StoredFile extends FileHead {
  id: string;
  /** Bytes. */
  size: number;
  /** Lower-case hex. */
  sha256: string;
}

export interface OpenFile {
  file: StoredFile;
  /** Throws PortError when it is removed meanwhile. */
  bytes: AsyncIterable<Uint8Array>;
}

/** One at a time: `write` and `end` are called when the one before has resolved. */
export interface FileWriter {
  /** Takes the bytes as they are now; resolves when more may come. */
  write(bytes: Uint8Array): Promise<void>;
  end(): Promise<StoredFile>;
}

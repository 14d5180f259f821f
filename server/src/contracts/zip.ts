// Texts of a zip archive, read in memory: nothing is unpacked, so no name in it can lead anywhere.

import { readFileSync, statSync } from 'node:fs';
import { crc32, inflateRawSync } from 'node:zlib';

/** Bounds of one archive. `textBytes` are those of one file, `allBytes` of all that are asked for, both unpacked. */
export const zipLimits = {
  archiveBytes: 128 * 1024 * 1024,
  entries: 20_000,
  textBytes: 32 * 1024 * 1024,
  allBytes: 256 * 1024 * 1024,
} as const;

/** An archive that cannot be read, in words. */
export class ZipBroken extends Error {
  override readonly name = 'ZipBroken';
}

interface Entry {
  method: number;
  crc: number;
  packedBytes: number;
  bytes: number;
  offset: number;
  isEncrypted: boolean;
}

const signatures = { end: 0x06054b50, entry: 0x02014b50, file: 0x04034b50 } as const;
/** End record and the longest comment behind it. */
const endBytes = 22;
const mostTail = endBytes + 0xffff;

export class Zip {
  readonly #bytes: Buffer;
  readonly #entries: ReadonlyMap<string, Entry>;
  #unpacked = 0;

  /** Throws ZipBroken. */
  constructor(file: string) {
    if (statSync(file).size > zipLimits.archiveBytes) throw new ZipBroken('The archive is larger than 128 MiB.');
    this.#bytes = readFileSync(file);
    try {
      this.#entries = entriesOf(this.#bytes);
    } catch (error) {
      throw error instanceof RangeError ? new ZipBroken('The archive is cut off.') : error;
    }
  }

  /** Paths of its files, folders left out, in the order of the archive. */
  names(): string[] {
    return [...this.#entries.keys()];
  }

  /** A file as UTF-8. Throws ZipBroken, in words: it is not there, encrypted, damaged, too large or packed by another method. */
  text(name: string): string {
    const entry = this.#entries.get(name);
    if (entry === undefined) throw new ZipBroken(`the archive holds no ${name}`);
    if (entry.isEncrypted) throw new ZipBroken('it is encrypted');
    if (entry.bytes > zipLimits.textBytes) throw new ZipBroken('it is larger than 32 MiB');
    this.#unpacked += entry.bytes;
    if (this.#unpacked > zipLimits.allBytes) throw new ZipBroken('the archive unpacks to more than 256 MiB');
    const bytes = this.#unpack(entry);
    if (crc32(bytes) !== entry.crc) throw new ZipBroken('it is damaged');
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  }

  #unpack({ offset, packedBytes, bytes, method }: Entry): Buffer {
    const all = this.#bytes;
    try {
      if (all.readUInt32LE(offset) !== signatures.file) throw new ZipBroken('it is damaged');
      const start = offset + 30 + all.readUInt16LE(offset + 26) + all.readUInt16LE(offset + 28);
      const packed = all.subarray(start, start + packedBytes);
      if (method === 0) return packed;
      // What says it is small and unpacks to more is cut off here, not in memory.
      if (method === 8) return inflateRawSync(packed, { maxOutputLength: Math.max(bytes, 1) });
    } catch (error) {
      throw error instanceof ZipBroken ? error : new ZipBroken('it is damaged');
    }
    throw new ZipBroken(`it is packed by method ${method}; only stored and deflated files are read`);
  }
}

function entriesOf(bytes: Buffer): Map<string, Entry> {
  let end = bytes.length - endBytes;
  const first = Math.max(0, bytes.length - mostTail);
  while (end >= first && bytes.readUInt32LE(end) !== signatures.end) end -= 1;
  if (end < first) throw new ZipBroken('This is no zip archive.');
  const count = bytes.readUInt16LE(end + 10);
  let at = bytes.readUInt32LE(end + 16);
  if (at === 0xffffffff || count === 0xffff) throw new ZipBroken('Archives in the zip64 form are not read.');
  if (count > zipLimits.entries) throw new ZipBroken(`The archive holds more than ${zipLimits.entries} files.`);
  const entries = new Map<string, Entry>();
  for (let index = 0; index < count; index++) {
    if (bytes.readUInt32LE(at) !== signatures.entry) throw new ZipBroken('The archive is damaged.');
    const [nameBytes, extraBytes, commentBytes] = [28, 30, 32].map((field) => bytes.readUInt16LE(at + field)) as [
      number,
      number,
      number,
    ];
    const name = bytes.toString('utf8', at + 46, at + 46 + nameBytes);
    if (!name.endsWith('/'))
      entries.set(name, {
        isEncrypted: (bytes.readUInt16LE(at + 8) & 1) === 1,
        method: bytes.readUInt16LE(at + 10),
        crc: bytes.readUInt32LE(at + 16),
        packedBytes: bytes.readUInt32LE(at + 20),
        bytes: bytes.readUInt32LE(at + 24),
        offset: bytes.readUInt32LE(at + 42),
      });
    at += 46 + nameBytes + extraBytes + commentBytes;
  }
  return entries;
}

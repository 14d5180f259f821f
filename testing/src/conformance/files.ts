// Laws of the Files port.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { fileLimits, type Files, PortError, type StoredFile, type Tx } from '@plinth/runtime';
import type { Law } from '../law.ts';

export interface FilesUnderTest {
  files: Files;
  /** Absent = the adapter has no transactions. */
  transaction?: (<T>(work: (tx: Tx) => Promise<T>) => Promise<T>) | undefined;
}

const head = { owner: 'cus_ada', name: 'receipt – Käse.pdf', type: 'application/pdf' };
let count = 0;
const newId = (): string => `fil_law_${(count += 1)}`;

/** Bytes that differ from place to place. */
function bytesOf(size: number): Uint8Array {
  return Uint8Array.from({ length: size }, (_, at) => (at * 31 + (at >> 8)) & 255);
}

async function put(files: Files, bytes: Uint8Array, pieceBytes = 65_536): Promise<StoredFile> {
  const writer = await files.begin(newId(), head);
  for (let at = 0; at < bytes.length; at += pieceBytes) {
    const piece = bytes.slice(at, at + pieceBytes);
    await writer.write(piece);
    piece.fill(0);
  }
  return writer.end();
}

async function read(files: Files, id: string): Promise<Buffer | undefined> {
  const opened = await files.open(id);
  return opened && Buffer.concat(await Array.fromAsync(opened.bytes));
}

const withoutOne = <T>(work: (tx: Tx | undefined) => Promise<T>): Promise<T> => work(undefined);

const isRefused = (error: unknown): boolean => error instanceof PortError && error.failure === 'refused';

/** Numbered as in runtime/src/ports/files.ts. */
export function filesLaws(subject: () => FilesUnderTest): Law[] {
  return [...lawsOfBytes(subject), ...lawsOfKeeping(subject)];
}

function lawsOfBytes(subject: () => FilesUnderTest): Law[] {
  return [
    ...[0, 1, 262_144, 1_000_003].map((size) => ({
      name: `1. a file of ${size} bytes comes out as it went in`,
      async check() {
        const { files } = subject();
        const bytes = bytesOf(size);
        const stored = await put(files, bytes, size > 1_000_000 ? 300_001 : 65_536);
        const sha256 = createHash('sha256').update(bytes).digest('hex');
        assert.deepEqual(stored, { id: stored.id, ...head, size, sha256 });
        assert.deepEqual((await files.open(stored.id))?.file, stored);
        assert.ok((await read(files, stored.id))?.equals(bytes));
      },
    })),
    {
      name: '1. a file that has not ended cannot be opened',
      async check() {
        const { files } = subject();
        const id = newId();
        const writer = await files.begin(id, head);
        await writer.write(bytesOf(300_000));
        assert.equal(await files.open(id), undefined);
        await writer.end();
        assert.equal((await files.open(id))?.file.size, 300_000);
        assert.equal(await files.open('fil_nobody'), undefined);
      },
    },
    {
      name: '2. a file of the largest size is taken, one byte more is refused',
      async check() {
        const { files } = subject();
        const largest = await put(files, bytesOf(fileLimits.fileBytes), 1_048_576);
        assert.equal(largest.size, fileLimits.fileBytes);
        const id = newId();
        const writer = await files.begin(id, head);
        const piece = bytesOf(1_048_576);
        for (let n = 0; n < 10; n++) await writer.write(piece);
        await assert.rejects(writer.write(piece.subarray(0, 1)), isRefused);
        await assert.rejects(writer.end(), isRefused);
        assert.equal(await files.open(id), undefined);
        await files.release([largest.id]);
      },
    },
  ];
}

function lawsOfKeeping(subject: () => FilesUnderTest): Law[] {
  return [
    {
      name: '3. all are kept, or none',
      async check() {
        const { files, transaction = withoutOne } = subject();
        const whole = await put(files, bytesOf(10));
        const begun = newId();
        await files.begin(begun, head);
        await assert.rejects(
          transaction((tx) => files.keep([whole.id, begun], tx)),
          isRefused,
        );
        await files.release([whole.id]);
        assert.equal(await files.open(whole.id), undefined);
        await assert.rejects(files.keep(['fil_nobody'], undefined), isRefused);
      },
    },
    {
      name: '3. what a transaction that is rolled back has kept or deleted is as it was',
      async check() {
        const { files, transaction } = subject();
        if (transaction === undefined) return;
        const [loose, kept] = [await put(files, bytesOf(10)), await put(files, bytesOf(10))];
        await transaction((tx) => files.keep([kept.id], tx));
        const ours = new Error('ours');
        const undone = transaction(async (tx) => {
          await files.keep([loose.id], tx);
          await files.delete([kept.id], tx);
          throw ours;
        });
        await assert.rejects(undone, (error) => error === ours);
        await files.release([loose.id, kept.id]);
        assert.equal(await files.open(loose.id), undefined);
        assert.equal((await files.open(kept.id))?.file.id, kept.id);
      },
    },
    {
      name: '3. a file that was released cannot be kept any more',
      async check() {
        const { files } = subject();
        const { id } = await put(files, bytesOf(10));
        await files.release([id]);
        await assert.rejects(files.keep([id], undefined), isRefused);
      },
    },
    {
      name: '4. release and sweep remove what is loose, begun or whole, and leave what is kept',
      async check() {
        const { files } = subject();
        await files.sweep(0);
        const kept = await put(files, bytesOf(10));
        await files.keep([kept.id], undefined);
        const [whole, other] = [await put(files, bytesOf(300_000)), await put(files, bytesOf(10))];
        const begun = newId();
        const writer = await files.begin(begun, head);
        await files.release([whole.id, kept.id]);
        assert.equal(await files.open(whole.id), undefined);
        assert.equal(await files.sweep(fileLimits.looseS), 0);
        assert.equal(await files.sweep(0), 2);
        assert.equal(await files.open(other.id), undefined);
        await assert.rejects(writer.end(), isRefused);
        assert.ok((await read(files, kept.id))?.equals(bytesOf(10)));
      },
    },
    {
      name: '5. a deleted file is gone, and deleting it again is no fault',
      async check() {
        const { files } = subject();
        const { id } = await put(files, bytesOf(10));
        await files.keep([id], undefined);
        await files.delete([id], undefined);
        await files.delete([id, 'fil_nobody'], undefined);
        assert.equal(await files.open(id), undefined);
      },
    },
  ];
}

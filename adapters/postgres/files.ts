// The Files port in tables `runtime.file` and `runtime.file_chunk`. Each piece is a statement of its own: a sender who
// takes a minute holds no connection and no transaction meanwhile.

import { createHash } from 'node:crypto';
import {
  type Database,
  type Db,
  type FileHead,
  fileLimits,
  type Files,
  type FileWriter,
  type OpenFile,
  PortError,
  type StoredFile,
} from '@plinth/runtime';
import { sql } from 'kysely';

/** Of one row. */
const chunkBytes = 262_144;

/** In the database's own tables, so that a transaction keeps or deletes files together with its rows. */
export function postgresFiles({ db }: Pick<Database, 'db'>): Files {
  return {
    async begin(id, head) {
      await sql`insert into runtime.file (id, owner, name, type)
        values (${id}, ${head.owner}, ${head.name}, ${head.type})`.execute(db);
      return new Writer(db, id, head);
    },
    async keep(ids, tx) {
      const kept = await sql`update runtime.file set kept_at = now()
        where id = any(${[...ids]}) and sha256 is not null`.execute(tx ?? db);
      if (kept.numAffectedRows !== BigInt(new Set(ids).size))
        throw new PortError('refused', 'a file to keep is not there');
    },
    open: (id) => openFile(db, id),
    async release(ids) {
      await sql`delete from runtime.file where id = any(${[...ids]}) and kept_at is null`.execute(db);
    },
    async delete(ids, tx) {
      await sql`delete from runtime.file where id = any(${[...ids]})`.execute(tx ?? db);
    },
    async sweep(olderThanS) {
      const swept = await sql`delete from runtime.file where id in (
        select id from runtime.file where kept_at is null and begun_at <= now() - make_interval(secs => ${olderThanS})
        limit 1000) and kept_at is null`.execute(db);
      return Number(swept.numAffectedRows);
    },
  };
}

class Writer implements FileWriter {
  readonly #db: Db;
  readonly #id: string;
  readonly #head: FileHead;
  readonly #hash = createHash('sha256');
  #held: Buffer | undefined;
  #heldBytes = 0;
  #size = 0;
  #chunks = 0;

  constructor(db: Db, id: string, head: FileHead) {
    this.#db = db;
    this.#id = id;
    this.#head = head;
  }

  async write(bytes: Uint8Array): Promise<void> {
    this.#size += bytes.length;
    if (this.#size > fileLimits.fileBytes) {
      await sql`delete from runtime.file where id = ${this.#id}`.execute(this.#db);
      throw new PortError('refused', `a file has at most ${fileLimits.fileBytes} bytes`);
    }
    this.#hash.update(bytes);
    for (let at = 0; at < bytes.length;) {
      this.#held ??= Buffer.allocUnsafe(chunkBytes);
      const part = bytes.subarray(at, at + chunkBytes - this.#heldBytes);
      this.#held.set(part, this.#heldBytes);
      this.#heldBytes += part.length;
      at += part.length;
      if (this.#heldBytes === chunkBytes) await this.#flush();
    }
  }

  async end(): Promise<StoredFile> {
    if (this.#heldBytes > 0) await this.#flush();
    const digest = this.#hash.digest();
    const ended = await sql`update runtime.file set size = ${this.#size}, sha256 = ${digest}
      where id = ${this.#id}`.execute(this.#db);
    if (ended.numAffectedRows !== 1n) throw new PortError('refused', 'the file was removed');
    return { id: this.#id, ...this.#head, size: this.#size, sha256: digest.toString('hex') };
  }

  /** Nothing is written to a file that was removed. */
  async #flush(): Promise<void> {
    const bytes = this.#held?.subarray(0, this.#heldBytes);
    const written = await sql`insert into runtime.file_chunk (file_id, seq, bytes)
      select id, ${this.#chunks++}::int, ${bytes}::bytea from runtime.file where id = ${this.#id} for key share`.execute(
      this.#db,
    );
    if (written.numAffectedRows !== 1n) throw new PortError('refused', 'the file was removed');
    this.#heldBytes = 0;
  }
}

async function openFile(db: Db, id: string): Promise<OpenFile | undefined> {
  const { rows } = await sql<FileHead & { size: number; sha256: Buffer }>`
    select owner, name, type, size, sha256 from runtime.file where id = ${id} and sha256 is not null`.execute(db);
  const [row] = rows;
  if (row === undefined) return undefined;
  const { owner, name, type, size, sha256 } = row;
  return { file: { id, owner, name, type, size, sha256: sha256.toString('hex') }, bytes: chunksOf(db, id, size) };
}

/** One chunk is held at a time, and no connection between two. */
async function* chunksOf(db: Db, id: string, size: number): AsyncGenerator<Uint8Array, void, void> {
  for (let seq = 0; seq * chunkBytes < size; seq++) {
    const { rows } = await sql<{ bytes: Buffer }>`
      select bytes from runtime.file_chunk where file_id = ${id} and seq = ${seq}`.execute(db);
    if (rows[0] === undefined) throw new PortError('refused', 'the file was removed');
    yield rows[0].bytes;
  }
}

// S19: somebody who owns the database edits, deletes or swaps rows of the audit or their seals, one act at a time. Each
// time the verifier names the place. Every tampering happens in a transaction that sees itself and is rolled back.

import {
  createAuditSealer,
  type Database,
  type Db,
  migrate,
  newAuditKey,
  pause,
  type Random,
  readAuditKey,
  runtimeMigrations,
  seededRandom,
  verifyAudit,
} from '@plinth/runtime';
import type { ChaosSuite } from '@plinth/testing';
import { sql } from 'kysely';
import { makeDatabase, openDatabaseServer } from '../faults/deployment.ts';

/** Few, so that ten thousand chains are looked through in about a minute; several batches of the verifier. */
const rows = 120;
const batch = 50;
const longSeconds = 30;
const tamperings = { long: 10_000, short: 400 };

const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };
const key = readAuditKey(newAuditKey());
const keys = new Map([[key.id, key.publicKey]]);

export const suite: ChaosSuite = {
  name: 'audit-tampering',
  about: 'sealed rows of the audit edited, deleted or swapped by the owner of the database: each found, with its place',
  async run({ log, seconds, seed }) {
    const server = await openDatabaseServer();
    const place = await makeDatabase(server.url);
    try {
      await fill(place.database);
      const random = seededRandom(seed);
      const count = seconds >= longSeconds ? tamperings.long : tamperings.short;
      const kinds = new Map<string, number>();
      const missed: string[] = [];
      for (let n = 0; n < count; n++) {
        const act = random.pick(acts);
        kinds.set(act.name, (kinds.get(act.name) ?? 0) + 1);
        const fault = await tamper(place.database, act, random);
        if (fault !== undefined) missed.push(`${act.name}: ${fault}`);
        if ((n + 1) % 1_000 === 0) log(`${n + 1} tamperings, ${missed.length} not found`);
      }
      missed.slice(0, 10).forEach((line) => log(`✗ ${line}`));
      const untouched = await verifyAudit({ db: place.database.db, keys });
      if (untouched.broken !== undefined) log(`✗ broken although nobody touched it: ${untouched.broken.what}`);
      const [edits, deletions, swaps] = ['edit', 'delete', 'swap'].map((word) =>
        [...kinds].reduce((sum, [name, times]) => sum + (name.startsWith(word) ? times : 0), 0),
      ) as [number, number, number];
      return {
        ok: missed.length === 0 && untouched.broken === undefined && Math.min(edits, deletions, swaps) > 0,
        figures: { tamperings: count, edits, deletions, swaps, missed: missed.length },
      };
    } finally {
      await place.close();
      await server.close();
    }
  },
};

/** A chain whose rows differ in everything, with a checkpoint at its end. */
async function fill(database: Database): Promise<void> {
  await migrate(database, [runtimeMigrations]);
  await sql`
    insert into runtime.audit (at, operation, issuer, subject, audience, actor, channel, customer_id, trace_id, decision_id,
      event_ids)
    select now() + n * interval '1 second', 'shop.order' || n, 'issuer' || n, 'subject' || n, 'audience' || n,
      jsonb_build_array('actor' || n), 'channel' || n, 'cus_' || n, 'trace' || n, 'dec_' || n, array[gen_random_uuid()]
    from generate_series(1, ${rows}) n`.execute(database.db);
  const sealer = createAuditSealer({ database, key, log: silent });
  // Open transactions of others on this server hold sealing up.
  for (let turn = 0; turn < 600; turn++) {
    await sealer.seal();
    if ((await verifyAudit({ db: database.db, keys })).rows === rows) break;
    await pause(100);
  }
  await sealer.close();
  const { checkpoints } = await verifyAudit({ db: database.db, keys });
  if (checkpoints === 0) throw new Error('the chain has no checkpoint');
}

/** What is done to the seal at one place, or to the row under it; `other` is a later place. */
interface Act {
  name: string;
  /** False = of one place alone. */
  isOfTwo: boolean;
  run: (tx: Db, place: number, other: number) => Promise<unknown>;
}

const rowAt = (place: number) => sql`(select audit_id from runtime.audit_seal where seq = ${place})`;
const texts = ['operation', 'issuer', 'subject', 'audience', 'channel', 'customer_id', 'trace_id', 'decision_id'];
const contents = [...texts, 'at', 'actor', 'event_ids'];

const edit = (table: 'audit' | 'audit_seal', column: string, value: string): Act => ({
  name: `edit ${table}.${column}`,
  isOfTwo: false,
  run: (tx, place) =>
    table === 'audit'
      ? sql`update runtime.audit set ${sql.raw(column)} = ${sql.raw(value)} where id = ${rowAt(place)}`.execute(tx)
      : sql`update runtime.audit_seal set ${sql.raw(column)} = ${sql.raw(value)} where seq = ${place}`.execute(tx),
});

const swap = (name: string, columns: readonly string[]): Act => ({
  name: `swap ${name}`,
  isOfTwo: true,
  run: (tx, place, other) =>
    sql`
      update runtime.audit a set ${sql.raw(columns.map((column) => `${column} = b.${column}`).join(', '))}
      from runtime.audit b
      where (a.id = ${rowAt(place)} and b.id = ${rowAt(other)}) or (a.id = ${rowAt(other)} and b.id = ${rowAt(place)})`.execute(
      tx,
    ),
});

const acts: readonly Act[] = [
  ...texts.map((column) => edit('audit', column, `${column} || '.'`)),
  edit('audit', 'at', `at + interval '1 microsecond'`),
  edit('audit', 'actor', `actor || '"somebody"'`),
  edit('audit', 'event_ids', `event_ids || gen_random_uuid()`),
  edit('audit', 'customer_id', 'null'),
  edit('audit_seal', 'object', `coalesce(object, '') || '.'`),
  edit('audit_seal', 'before_digest', `sha256('x')`),
  edit('audit_seal', 'after_digest', `sha256('x')`),
  edit('audit_seal', 'hash', `sha256(hash)`),
  {
    name: 'delete a row',
    isOfTwo: false,
    run: (tx, place) => sql`delete from runtime.audit where id = ${rowAt(place)}`.execute(tx),
  },
  {
    name: 'delete a seal',
    isOfTwo: false,
    run: (tx, place) => sql`delete from runtime.audit_seal where seq = ${place}`.execute(tx),
  },
  {
    name: 'delete a row and its seal, and close the gap',
    isOfTwo: false,
    async run(tx, place) {
      await sql`delete from runtime.audit where id = ${rowAt(place)}`.execute(tx);
      await sql`delete from runtime.audit_seal where seq = ${place}`.execute(tx);
      await sql`update runtime.audit_seal set seq = -seq where seq > ${place}`.execute(tx);
      await sql`update runtime.audit_seal set seq = -seq - 1 where seq < 0`.execute(tx);
    },
  },
  ...contents.map((column) => swap(column, [column])),
  swap('two rows', contents),
  {
    name: 'swap two seals',
    isOfTwo: true,
    async run(tx, place, other) {
      await sql`update runtime.audit_seal set seq = 0 where seq = ${place}`.execute(tx);
      await sql`update runtime.audit_seal set seq = ${place} where seq = ${other}`.execute(tx);
      await sql`update runtime.audit_seal set seq = ${other} where seq = 0`.execute(tx);
    },
  },
];

class Undone extends Error {}

/** Does it, asks the verifier, and undoes it. undefined = it was found where it is. */
async function tamper(database: Database, act: Act, random: Random): Promise<string | undefined> {
  const place = 1 + random.int(act.isOfTwo ? rows - 1 : rows);
  const other = place + 1 + random.int(rows - place);
  let fault: string | undefined;
  await database.db
    .transaction()
    .execute(async (tx) => {
      // Whoever owns the tables can silence their triggers: that is what the chain is for.
      await sql`set local session_replication_role = replica`.execute(tx);
      await act.run(tx, place, other);
      const { broken } = await verifyAudit({ db: tx, keys, batch });
      if (broken === undefined) fault = `nothing was found at ${place}`;
      else if (broken.seq !== String(place)) fault = `found at ${broken.seq} instead of ${place}: ${broken.what}`;
      throw new Undone('every tampering is undone');
    })
    .catch((error: unknown) => {
      if (!(error instanceof Undone)) throw error;
    });
  return fault;
}

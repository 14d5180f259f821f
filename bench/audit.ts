// `plinth audit verify` over a long chain, beside the least that has to be done for it: the same rows read by the same
// client and thrown away. Both by the clock, in turns; medians.

import { openPostgres } from '@plinth/adapters/postgres';
import {
  createAuditSealer,
  type Database,
  migrate,
  newAuditKey,
  readAuditKey,
  runtimeMigrations,
  verifyAudit,
} from '@plinth/runtime';
import { sql } from 'kysely';
import { inPair, medianOf, type Pair } from './edge/pairs.ts';
import { usualDatabase } from './edge/store.ts';
import type { BenchOptions, BenchResult } from './run.ts';

const barPerSecond = 100_000;
const key = readAuditKey(newAuditKey());
const keys = new Map([[key.id, key.publicKey]]);
const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };

/** Options: `--rows N` (200,000), `--rounds N` (5). Uses the PostgreSQL of `DATABASE_URL`, or the one on this machine. */
export async function run({ args, say }: BenchOptions): Promise<BenchResult> {
  const option = (name: string, usual: number): number => {
    const at = args.indexOf(`--${name}`);
    return at < 0 ? usual : Number(args[at + 1]);
  };
  const rows = option('rows', 200_000);
  const url = new URL(process.env['DATABASE_URL'] ?? usualDatabase);
  const admin = await openPostgres({ url: url.href, poolSize: 1 });
  const name = `plinth_audit_${process.pid}`;
  await sql.raw(`create database ${name}`).execute(admin.db);
  url.pathname = `/${name}`;
  const database = await openPostgres({ url: url.href });
  try {
    await fill(database, rows, say);
    const pairs: Pair<number>[] = [];
    for (let round = 0; round < option('rounds', 5); round++) {
      const pair = await inPair(round, {
        ours: () => perSecond(rows, () => verified(database, rows)),
        theirs: () => perSecond(rows, () => readAll(database)),
      });
      pairs.push(pair);
      say(`verified ${Math.round(pair.ours)} rows/s, only read ${Math.round(pair.theirs)}`);
    }
    const figures = {
      rowsPerSecond: Math.round(medianOf(pairs, ({ ours }) => ours)),
      verifyVsRead: medianOf(pairs, ({ ours, theirs }) => ours / theirs),
    };
    const missed = figures.rowsPerSecond < barPerSecond;
    return {
      figures,
      failed: missed ? [`rowsPerSecond is ${figures.rowsPerSecond}, the bar is ${barPerSecond}`] : [],
    };
  } finally {
    await database.close();
    await sql.raw(`drop database ${name} with (force)`).execute(admin.db);
    await admin.close();
  }
}

/** Rows as a platform writes them, sealed by its own sealer. */
async function fill(database: Database, rows: number, say: BenchOptions['say']): Promise<void> {
  await migrate(database, [runtimeMigrations]);
  await sql`
    insert into runtime.audit (at, operation, issuer, subject, audience, actor, channel, customer_id, trace_id, event_ids)
    select now() + n * interval '1 second', 'orders.placeOrder', 'https://id.example', 'cus_' || n % 500, 'customer', '[]',
      'web', 'cus_' || n % 500, md5(n::text), array[gen_random_uuid()]
    from generate_series(1, ${rows}) n`.execute(database.db);
  const sealer = createAuditSealer({ database, key, log: silent });
  let told = 0;
  for (let sealed = 0; sealed < rows;) {
    await sealer.seal();
    const { rows: found } = await sql<{ n: number }>`select max(seq)::int as n from runtime.audit_seal`.execute(
      database.db,
    );
    sealed = found[0]?.n ?? 0;
    if (sealed - told < 50_000) continue;
    say(`${sealed} rows sealed`);
    told = sealed;
  }
  await sealer.close();
  await sql`vacuum analyze runtime.audit, runtime.audit_seal`.execute(database.db);
}

async function verified(database: Database, rows: number): Promise<void> {
  const found = await verifyAudit({ db: database.db, keys });
  if (found.broken !== undefined || found.rows !== rows)
    throw new Error(`the chain does not hold: ${JSON.stringify(found)}`);
}

const batch = 10_000;

async function readAll({ db }: Database): Promise<void> {
  for (let after = 0; ;) {
    const { rows } = await sql<{ seq: number }>`
      select s.seq::int as seq, s.hash, a.* from runtime.audit_seal s join runtime.audit a on a.id = s.audit_id
      where s.seq > ${after} order by s.seq limit ${batch}`.execute(db);
    if (rows.length === 0) return;
    after = rows.at(-1)?.seq ?? 0;
  }
}

async function perSecond(rows: number, work: () => Promise<void>): Promise<number> {
  const startedMs = performance.now();
  await work();
  return (rows * 1000) / (performance.now() - startedMs);
}

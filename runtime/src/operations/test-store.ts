// A database of one test file on the PostgreSQL of this machine, with the runtime tables the executor uses.

import { Kysely, PostgresDialect, sql } from 'kysely';
import pg from 'pg';
import type { Database, Db } from '../ports/index.ts';

export interface TestStore extends Database {
  /** Runs SQL on the store. */
  run(text: string): Promise<Record<string, unknown>[]>;
}

const admin = 'postgres://postgres@127.0.0.1:5432/postgres';

export async function openTestStore(): Promise<TestStore> {
  const name = `edge_${process.pid}_${Math.floor(performance.now() * 1000)}`;
  await once(`create database ${name}`);
  const pool = new pg.Pool({ connectionString: admin.replace(/postgres$/, name), max: 20 });
  const db: Db = new Kysely({ dialect: new PostgresDialect({ pool }) });
  for (const statement of tables) await sql.raw(statement).execute(db);
  return {
    db,
    transaction: (work) => db.transaction().execute(work),
    ping: async () => void (await pool.query('select 1')),
    listen: () => Promise.resolve(() => Promise.resolve()),
    run: async (text) => (await pool.query(text)).rows as Record<string, unknown>[],
    close: async () => {
      await db.destroy();
      await once(`drop database ${name} with (force)`);
    },
  };
}

async function once(text: string): Promise<void> {
  const client = new pg.Client({ connectionString: admin });
  await client.connect();
  await client.query(text);
  await client.end();
}

const tables = [
  'create schema runtime',
  `create table runtime.idempotency (
    principal_hash bytea not null, operation_id text not null, key_hash bytea not null,
    fingerprint bytea not null, state text not null, fence integer not null default 1, lease_until timestamptz,
    status integer, headers jsonb, body bytea, job_id text,
    created_at timestamptz not null, expires_at timestamptz not null,
    primary key (principal_hash, operation_id, key_hash))`,
  `create table runtime.confirmation (
    id_hash bytea primary key, customer_id text not null, client text not null, operation_id text not null,
    contract_hash text not null, args_hash text not null, idempotency_key text not null, readback text not null,
    state text not null, created_at timestamptz not null, confirmed_at timestamptz, used_at timestamptz,
    expires_at timestamptz not null)`,
  'create table effects (id bigserial primary key, text text not null)',
  'create table facts (type text not null, subject text not null)',
];

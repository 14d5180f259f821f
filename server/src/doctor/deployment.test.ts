import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { oidcMigrations } from '@plinth/adapters/oidc';
import { migrate, newAuditKey, runtimeMigrations } from '@plinth/runtime';
import { anEmptyDatabase, type TestDatabase } from '@plinth/testing';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { storedCapabilities } from '../cli/with-database.ts';
import { examineDatabase } from './deployment.ts';

let database: TestDatabase;
let dataFolder: string;
beforeAll(async () => {
  database = await anEmptyDatabase();
  dataFolder = mkdtempSync(path.join(os.tmpdir(), 'plinth-doctor-'));
  writeFileSync(path.join(dataFolder, 'audit-key.pem'), newAuditKey(), { mode: 0o600 });
});
afterAll(async () => {
  await database.close();
  rmSync(dataFolder, { recursive: true });
});

const states = async (): Promise<Record<string, string>> => {
  const found = await examineDatabase(database, { auditKey: undefined, dataFolder, databaseUrl: database.url });
  return Object.fromEntries(found.map(({ what, state }) => [what, state]));
};

it('says what is not well, each with its own name', async () => {
  expect(await states()).toMatchObject({ database: 'ok', migrations: 'warn' });
  await migrate(database, [
    runtimeMigrations,
    oidcMigrations,
    ...storedCapabilities().map(({ name, migrations }) => ({ schema: name, migrations })),
  ]);
  const well = await states();
  expect(well).toMatchObject({
    migrations: 'ok',
    outbox: 'ok',
    'dead letters': 'ok',
    doubts: 'ok',
    'parked runs': 'ok',
    audit: 'ok',
  });
  await sql`
    insert into runtime.outbox (event_id, type, source, subject, aggregate_seq, data, trace_id, time, created_at)
    values (gen_random_uuid(), 'a.b', '/a', 's', 1, '{}', 't', now(), now() - interval '1 minute')`.execute(
    database.db,
  );
  await sql`
    insert into runtime.dead_letter (consumer, event_id, subject, position, event, attempt, error)
    values ('a', gen_random_uuid(), 's', 1, '{}', 8, 'poison')`.execute(database.db);
  await sql`
    insert into runtime.upstream_call (key, upstream, operation, reference, fingerprint, input, principal, trace_id, state,
      expires_at)
    values ('k', 'bank', 'a.b', 'r', 'f', '{}', '{}', 't', 'human', now())`.execute(database.db);
  await sql`
    insert into orders.workflow_run (id, workflow, code_version, business_key, input, trace_id, state, due_at, started_at)
    values (gen_random_uuid(), 'orders.fulfilOrder', 1, 'a', '{}', 't', 'parked', now(), now())`.execute(database.db);
  await sql`
    insert into runtime.audit_seal (seq, audit_id, xid, hash) values (1, 1, '1', '\\x00')`.execute(database.db);
  chmodSync(path.join(dataFolder, 'audit-key.pem'), 0o644);
  const ill = await states();
  const changed = Object.entries(ill).filter(([what, state]) => well[what] !== state);
  expect(Object.fromEntries(changed)).toEqual({
    outbox: 'bad',
    'dead letters': 'warn',
    doubts: 'warn',
    'parked runs': 'warn',
    audit: 'bad',
    'audit key': 'bad',
  });
});

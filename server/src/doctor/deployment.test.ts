import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { oidcMigrations } from '@plinth/adapters/oidc';
import { openPostgres } from '@plinth/adapters/postgres';
import { migrate, newAuditKey, runtimeMigrations } from '@plinth/runtime';
import { anEmptyDatabase, catchOutput, type TestDatabase } from '@plinth/testing';
import { sql } from 'kysely';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { run } from '../cli/commands.ts';
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

afterEach(() => {
  vi.unstubAllEnvs();
});
const said = catchOutput();

const states = async (over: Parameters<typeof examineDatabase>[0] = database): Promise<Record<string, string>> => {
  const found = await examineDatabase(over, {
    auditKey: undefined,
    sealingKey: undefined,
    dataFolder,
    databaseUrl: database.url,
  });
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
    'orphaned reactions': 'ok',
    'dead letters': 'ok',
    doubts: 'ok',
    'parked runs': 'ok',
    audit: 'ok',
    'signing keys': 'warn',
    reactions: 'ok',
    'held events': 'ok',
  });
  // Neither of these is a failure: a fact of a moment ago, one that waits behind another, and what was replayed.
  await sql`
    insert into runtime.outbox (event_id, type, source, subject, aggregate_seq, data, trace_id, time, created_at)
    values (gen_random_uuid(), 'a.b', '/a', 'young', 1, '{}', 't', now(), now() - interval '1 second')`.execute(
    database.db,
  );
  await sql`
    insert into runtime.held_event (consumer, event_id, subject, position, event, attempt)
    values ('a', gen_random_uuid(), 's', 1, '{}', 0)`.execute(database.db);
  await sql`
    insert into runtime.dead_letter (consumer, event_id, subject, position, event, attempt, error, replayed_at)
    values ('a', gen_random_uuid(), 's', 1, '{}', 8, 'over', now())`.execute(database.db);
  await sql`
    insert into runtime.upstream_call (key, upstream, operation, reference, fingerprint, input, principal, trace_id, state,
      expires_at)
    select state, 'bank', 'a.b', state, 'f', '{}', '{}', 't', state, now() from unnest(array['started', 'unknown']) state`.execute(
    database.db,
  );
  await sql`update runtime.event_log set head = 10000`.execute(database.db);
  await sql`insert into runtime.consumer (name, position) values ('a', 0), ('quick', 10000)`.execute(database.db);
  expect(await states()).toEqual(well);
  // One that no process had for long, and one of this version, whose process was down for as long.
  await sql`
    insert into runtime.consumer (name, position, updated_at)
    values ('things.gone', -1, now() - interval '8 days'), ('security.revocations', 0, now() - interval '8 days'), ('partners.deliver-facts', 0, now() - interval '8 days')`.execute(
    database.db,
  );
  expect(await states()).toEqual({ ...well, 'orphaned reactions': 'warn' });
  const [orphaned] = (
    await examineDatabase(database, {
      auditKey: undefined,
      sealingKey: undefined,
      dataFolder,
      databaseUrl: database.url,
    })
  ).filter(({ what }) => what === 'orphaned reactions');
  expect(orphaned?.found).toMatch(/^things\.gone: 10001 facts kept, no process since \d{4}-/);
  expect(orphaned?.advice).toMatch(/plinth reactions forget things\.gone$/);
  await sql`delete from runtime.consumer where name <> 'a'`.execute(database.db);
  await sql`update runtime.event_log set head = 10001`.execute(database.db);
  await sql`update runtime.held_event set attempt = 1`.execute(database.db);
  await sql`insert into oidc.key (value) values ('{}')`.execute(database.db);
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
  chmodSync(path.join(dataFolder, 'audit-key.pem'), 0o640);
  const ill = await states();
  const config = { auditKey: undefined, sealingKey: undefined, dataFolder, databaseUrl: database.url };
  const reactions = (await examineDatabase(database, config)).find(({ what }) => what === 'reactions');
  expect(reactions?.found).toBe('10001 events behind: a');
  const changed = Object.entries(ill).filter(([what, state]) => well[what] !== state);
  expect(Object.fromEntries(changed)).toEqual({
    outbox: 'bad',
    'dead letters': 'warn',
    doubts: 'warn',
    'parked runs': 'warn',
    audit: 'bad',
    'audit key': 'bad',
    'signing keys': 'ok',
    reactions: 'warn',
    'held events': 'warn',
  });
  await sql`insert into runtime.migration (schema, name) values ('orders', '9999-of-tomorrow')`.execute(database.db);
  expect(await states()).toMatchObject({ migrations: 'bad' });
  await sql`delete from runtime.migration where name = '9999-of-tomorrow'`.execute(database.db);
});

it.each([
  ['by PLINTH_AUDIT_KEY', { auditKey: newAuditKey(), databaseUrl: 'postgres://a' }, 'ok'],
  ['as what is none', { auditKey: 'a' }, 'bad'],
  ['by nobody, on a PostgreSQL that several machines may share,', { databaseUrl: 'postgres://a' }, 'warn'],
  ['by nobody, and made at the first start,', {}, 'ok'],
])('an audit key that is given %s is looked at', async (_, config, state) => {
  const found = await examineDatabase(database, {
    auditKey: undefined,
    sealingKey: undefined,
    databaseUrl: undefined,
    ...config,
    dataFolder: path.join(dataFolder, 'none'),
  });
  expect(found.find(({ what }) => what === 'audit key')).toMatchObject({ state });
  // The chain of this database is broken, and that is not said of it for want of a key.
  expect(found.find(({ what }) => what === 'audit')?.state).toBe(state === 'bad' ? 'warn' : 'bad');
});

it.each<[string, { sealingKey?: string; databaseUrl?: string; mode?: number }, string, string]>([
  ['by PLINTH_SEALING_KEY', { sealingKey: 'a', databaseUrl: 'postgres://a' }, 'ok', 'given by'],
  ['by nobody, on a PostgreSQL of several machines,', { databaseUrl: 'postgres://a' }, 'warn', 'in clear'],
  ['by a file for its owner alone', { mode: 0o600 }, 'ok', 'sealing-key, mode 600'],
  ['by a file that others may read', { mode: 0o640 }, 'bad', 'sealing-key, mode 640'],
  ['by nobody, and made at the first start,', {}, 'ok', 'none in'],
])('a sealing key that is given %s is looked at', async (_, { mode, ...config }, state, found) => {
  const file = path.join(dataFolder, 'sealing-key');
  if (mode !== undefined) {
    writeFileSync(file, 'a');
    chmodSync(file, mode);
  }
  const given = { auditKey: undefined, sealingKey: undefined, databaseUrl: undefined, ...config, dataFolder };
  const all = await examineDatabase(database, given);
  rmSync(file, { force: true });
  const finding = all.find(({ what }) => what === 'sealing key');
  expect([finding?.state, finding?.found]).toEqual([state, expect.stringContaining(found)]);
});

describe('a database server', () => {
  let odd: Awaited<ReturnType<typeof openPostgres>>;
  /** What it says of itself is looked for in a schema of ours first. */
  beforeAll(async () => {
    await sql
      .raw(
        `create schema odd;
        create table odd.said (name text primary key, value text not null);
        create function odd.current_setting(text) returns text language sql as
          $$ select coalesce((select value from odd.said where name = $1), pg_catalog.current_setting($1)) $$;
        create function odd.clock_timestamp() returns timestamptz language sql as
          $$ select pg_catalog.clock_timestamp() + coalesce((select value from odd.said where name = 'skew'), '0')::interval $$;
        create view odd.pg_stat_activity as select generate_series(1, 10) as pid`,
      )
      .execute(database.db);
    odd = await openPostgres({ url: `${database.url}?options=-c%20search_path%3Dodd,pg_catalog,public`, poolSize: 1 });
  });
  afterAll(() => odd.close());

  it.each([
    ['database', 'server_version_num', '140099', 'bad'],
    ['database', 'server_version_num', '150000', 'ok'],
    ['database', 'server_version_num', '180099', 'ok'],
    ['database', 'server_version_num', '190000', 'bad'],
    ['durability', 'fsync', 'off', 'bad'],
    ['durability', 'synchronous_commit', 'off', 'bad'],
    ['durability', 'synchronous_commit', 'local', 'ok'],
    ['connections', 'max_connections', '15', 'ok'],
    ['connections', 'max_connections', '14', 'warn'],
    ['clocks', 'skew', '4 s', 'ok'],
    ['clocks', 'skew', '6 s', 'warn'],
    ['clocks', 'skew', '-6 s', 'warn'],
  ])('is looked at for its %s: %s of %s is %s', async (what, name, value, state) => {
    await sql`truncate odd.said`.execute(database.db);
    await sql`insert into odd.said values (${name}, ${value})`.execute(database.db);
    expect((await states(odd))[what]).toBe(state);
  });
});

describe('plinth doctor', () => {
  it('ends with 1 when something is bad, and says each finding as an object', async () => {
    vi.stubEnv('DATABASE_URL', database.url);
    expect(await run(['doctor', '--data', dataFolder, '--format', 'json'])).toBe(1);
    const found = said.out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { what: string; state: string; advice: string });
    expect(found.map(({ what }) => what)).toEqual(expect.arrayContaining(['Node', 'PostgreSQL', 'disk', 'database']));
    expect(found.find(({ what }) => what === 'audit key')).toMatchObject({
      state: 'bad',
      advice: `chmod 600 ${path.join(dataFolder, 'audit-key.pem')}`,
    });
  });

  it('says of a database that does not answer what to look at, and of no deployment that there is none', async () => {
    vi.stubEnv('DATABASE_URL', 'postgresql://nobody@127.0.0.1:1/none');
    expect(await run(['doctor', '--data', dataFolder])).toBe(1);
    expect(said.out).toMatch(/✗ database .*does not answer +Do: check DATABASE_URL/);
    expect(said.out).toMatch(/✓ PostgreSQL +given by DATABASE_URL\n/);
    said.out = '';
    vi.stubEnv('DATABASE_URL', undefined);
    expect(await run(['doctor', '--data', path.join(dataFolder, 'none')])).toBe(0);
    expect(said.out).toContain(`none yet in ${path.join(dataFolder, 'none')}`);
    expect(said.err).toMatch(/\d+ looked at, 0 bad/);
  });

  it('knows two formats', async () => {
    expect(await run(['doctor', '--format', 'xml'])).toBe(2);
    expect(said.err).toContain('There is no format xml');
  });
});

import { eventually } from '@plinth/testing';
import { sql } from 'kysely';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Log } from '../context.ts';
import { pause, seededRandom } from '../kernel/index.ts';
import { openTestDatabase, type TestDatabase } from '../store/test-database.ts';
import { testServices, type TestServices } from '../test-services.ts';
import { inTransaction, serviceBase } from '../work.ts';
import { newAuditKey, readAuditKey } from './audit-chain.ts';
import { type AuditSealer, createAuditSealer } from './audit-sealer.ts';
import { auditCheckpoints, verifyAudit } from './audit-verify.ts';
import { newTrace } from './trace.ts';

let database: TestDatabase;
let services: TestServices;
let sealer: AuditSealer;
const key = readAuditKey(newAuditKey());
const keys = new Map([[key.id, key.publicKey]]);
const verify = (options: Partial<Parameters<typeof verifyAudit>[0]> = {}) =>
  verifyAudit({ db: database.db, keys, ...options });
/** Lines of the log that tell of checkpoints. */
const logged: unknown[] = [];
const log: Log = {
  info: (text, fields) => void (text === 'audit checkpoint' && logged.push(fields)),
  warn: () => undefined,
  error: () => undefined,
};
const odd = 3;
const rows = 1500 + odd;

/** Whoever owns the tables can silence their triggers: that is what the chain is for. */
const tamper = (text: string) =>
  database.db.transaction().execute(async (tx) => {
    await sql`set local session_replication_role = replica`.execute(tx);
    return sql.raw(text).execute(tx);
  });

/** Open transactions of other databases of this server hold sealing up, too. */
async function sealAll(): Promise<void> {
  for (let turn = 0; turn < 200; turn++) {
    await sealer.seal();
    if ((await verify()).unsealed === 0) return;
    await pause(100);
  }
}

async function act(n: number): Promise<void> {
  const base = serviceBase(services, { name: 'shop.order', customerId: `cus_${n % 7}`, trace: newTrace() });
  await inTransaction(services, base, async (ctx) => {
    ctx.emit('order.placed' as never, { subject: `ord_${n % 50}`, data: { n } as never });
  });
}

beforeAll(async () => {
  database = await openTestDatabase();
  services = testServices(database);
  for (let n = 0; n < 20; n++) await act(n);
  // The rest at once, by hand: what is sealed is rows, however they came.
  await database.rows(`
    insert into runtime.audit (at, operation, issuer, subject, audience, actor, channel, customer_id, trace_id, event_ids)
    select now() + n * interval '1 second', 'shop.order', 'plinth', 'shop', 'service', '["shop"]', 'web', 'cus_' || n % 7,
      'trace-' || n, '{}' from generate_series(21, ${rows - odd}) n`);
  // JSON has its own way to write what separates records on their way to the verifier.
  await database.rows(`
    insert into runtime.audit (at, operation, issuer, subject, audience, actor, channel, customer_id, trace_id, event_ids)
    select at, E'shop\\x1e"', issuer, E'\\x1f\\x7f ä 𝄞 \\\\ "', audience, '["\\u001e"]', E'\\n', customer_id, trace_id, event_ids
    from runtime.audit order by id limit ${odd}`);
  // What is sealed first is signed at once: all of it together.
  await eventually('nothing holds it up', 20_000, async () => {
    const [row] = await database.rows(`select not exists (
      select from runtime.audit where xid >= pg_snapshot_xmin(pg_current_snapshot())) as free`);
    return row?.['free'] === true || undefined;
  });
  // From here on: it seals once a second by itself.
  sealer = createAuditSealer({ database, key, log });
  await sealAll();
  await database.rows('create table runtime.audit_copy as table runtime.audit');
  await database.rows('create table runtime.seal_copy as table runtime.audit_seal');
});
afterEach(async () => {
  await tamper('delete from runtime.audit');
  await tamper('insert into runtime.audit overriding system value select * from runtime.audit_copy');
  await tamper('delete from runtime.audit_seal');
  await tamper('insert into runtime.audit_seal select * from runtime.seal_copy');
});
afterAll(async () => {
  await sealer.close();
  await database.close();
});

const places = async () =>
  (await database.rows('select seq::int as seq from runtime.audit_checkpoint order by seq')).map(({ seq }) => seq);

describe('the audit chain', () => {
  it('has a checkpoint behind each thousand rows, and of what came since after a minute', async () => {
    expect(await places()).toEqual([1000]);
    await sealer.seal();
    expect(await places()).toEqual([1000]);
    const earlier = (seconds: number) =>
      tamper(`update runtime.audit_checkpoint set at = clock_timestamp() - interval '${seconds} seconds'`);
    await earlier(50);
    await sealer.seal();
    expect(await places()).toEqual([1000]);
    await earlier(60);
    expect(await sealer.seal()).toBe(0);
    expect(await places()).toEqual([1000, rows]);
    // What stands in the log is all that is needed to check the chain later.
    const kept = (await auditCheckpoints(database.db)).map(({ at: _at, ...signed }) => signed);
    expect(logged).toEqual(kept);
    await earlier(60);
    expect(await sealer.seal()).toBe(0);
    expect(await places()).toEqual([1000, rows]);
    expect(await verify()).toEqual({ rows, checkpoints: 2, unsealed: 0 });
    await tamper(`delete from runtime.audit_checkpoint where seq > 1000`);
    await tamper(`update runtime.audit_checkpoint set at = clock_timestamp()`);
  });

  it('holds as long as nobody touches it, and knows what each act was about', async () => {
    expect(await verify()).toEqual({ rows, checkpoints: 1, unsealed: 0 });
    const told: number[] = [];
    expect(await verify({ batch: 500, onProgress: (n) => told.push(n) })).toEqual({
      rows,
      checkpoints: 1,
      unsealed: 0,
    });
    expect(told).toEqual([500, 1000, 1500, rows]);
    // Also where a kept one is the last of its batch.
    const kept = await auditCheckpoints(database.db);
    expect(await verify({ kept, batch: 500 })).toEqual({ rows, checkpoints: 1, unsealed: 0 });
    const [seal] = await database.rows(`
      select object, before_digest is null as first, after_digest is not null as after
      from runtime.audit_seal where seq = 1`);
    expect(seal).toEqual({ object: 'ord_0', first: true, after: true });
  });

  it('has no column for a name, an address or anything else of a person but ids', async () => {
    const columns = await database.rows(`
      select column_name as name from information_schema.columns
      where table_schema = 'runtime' and table_name = 'audit' order by ordinal_position`);
    // Whoever adds one says in decision 0034 why nothing of it has to be forgotten.
    expect(columns.map(({ name }) => name).join(' ')).toBe(
      'id at operation issuer subject audience actor channel customer_id trace_id decision_id event_ids xid',
    );
  });

  it.each(['audit', 'audit_seal', 'audit_checkpoint'])('refuses every change of %s', async (table) => {
    for (const change of [`delete from runtime.${table}`, `truncate runtime.${table} cascade`])
      await expect(database.rows(change)).rejects.toThrow('is only appended to');
    const column = { audit: 'operation', audit_seal: 'object', audit_checkpoint: 'key_id' }[table];
    await expect(database.rows(`update runtime.${table} set ${column} = 'x'`)).rejects.toThrow('is only appended to');
  });

  it('tells the place of any edit, deletion or swap', { timeout: 60_000 }, async () => {
    const random = seededRandom(7);
    for (let turn = 0; turn < 60; turn++) {
      const place = 1 + random.int(rows - 1);
      const id = `(select audit_id from runtime.audit_seal where seq = ${place})`;
      const other = `(select audit_id from runtime.audit_seal where seq = ${place + 1})`;
      const [undo, change] = random.pick([
        [`operation = c.operation`, `update runtime.audit set operation = operation || '.' where id = ${id}`],
        [`customer_id = c.customer_id`, `update runtime.audit set customer_id = 'cus_x' where id = ${id}`],
        [`actor = c.actor`, `update runtime.audit set actor = '["somebody"]' where id = ${id}`],
        [`at = c.at`, `update runtime.audit set at = at + interval '1 microsecond' where id = ${id}`],
        ['', `delete from runtime.audit where id = ${id}`],
        [
          'trace_id = c.trace_id',
          `update runtime.audit a set trace_id = b.trace_id from runtime.audit b
           where (a.id = ${id} and b.id = ${other}) or (a.id = ${other} and b.id = ${id})`,
        ],
      ] as const);
      await tamper(change);
      // At the edges of batches, too.
      const { broken } = await verify({ batch: random.pick([97, 500, 10_000]) });
      expect({ turn, change, seq: broken?.seq }).toEqual({ turn, change, seq: String(place) });
      if (undo === '')
        await tamper(`insert into runtime.audit overriding system value
          select * from runtime.audit_copy c where not exists (select from runtime.audit a where a.id = c.id)`);
      else
        await tamper(
          `update runtime.audit a set ${undo} from runtime.audit_copy c where c.id = a.id and a.id in (${id}, ${other})`,
        );
    }
    expect((await verify()).broken).toBeUndefined();
  });

  it.each([100, 10_000])('tells seals that were taken out, moved, or made anew (%i at a time)', async (batch) => {
    await tamper('delete from runtime.audit_seal where seq = 700');
    expect((await verify({ batch })).broken).toMatchObject({ seq: '700', what: 'a seal is missing' });
    await tamper('insert into runtime.audit_seal select * from runtime.seal_copy where seq = 700');
    await tamper(`
      with a as (select audit_id from runtime.audit_seal where seq = 900), b as (
        delete from runtime.audit_seal where seq = 901 returning *)
      insert into runtime.audit_seal select 901, -1, xid, object, before_digest, after_digest, hash from b`);
    expect((await verify({ batch })).broken).toMatchObject({ seq: '901', what: 'row -1 was deleted' });
  });

  it('tells rows that were put in between, and an end that was cut off', async () => {
    await database.rows(`
      insert into runtime.audit (at, operation, issuer, subject, audience, actor, channel, trace_id, event_ids, xid)
      select at, operation, issuer, subject, audience, actor, channel, trace_id, event_ids, xid from runtime.audit
      where id = (select min(id) from runtime.audit)`);
    // It carries the transaction of a sealed row; the sealer will never come to it.
    expect(await sealer.seal()).toBe(0);
    expect((await verify()).broken?.what).toContain('never sealed');
    const kept = await auditCheckpoints(database.db);
    await tamper(`delete from runtime.audit where id in (select audit_id from runtime.audit_seal where seq > 900)`);
    await tamper(`delete from runtime.audit_seal where seq > 900`);
    expect((await verify()).broken?.what).toBe('the chain ends before a checkpoint of its own');
    await tamper('create table if not exists runtime.checkpoint_copy as table runtime.audit_checkpoint');
    await tamper('delete from runtime.audit_checkpoint');
    expect((await verify({ kept })).broken?.what).toBe('the chain ends before a checkpoint that was kept');
    await tamper('insert into runtime.audit_checkpoint select * from runtime.checkpoint_copy');
  });

  it('tells a hash of another length, where it stands', async () => {
    await tamper(`update runtime.audit_seal set hash = hash || hash where seq = 800`);
    await tamper(`update runtime.audit_seal set hash = '' where seq = 801`);
    expect((await verify({ batch: 300 })).broken).toMatchObject({
      seq: '800',
      what: expect.stringContaining('changed'),
    });
  });

  it('names what was kept elsewhere and is another, before a later break', async () => {
    await tamper(`update runtime.audit set operation = 'x' where id = (
      select audit_id from runtime.audit_seal where seq = 1200)`);
    const hash = 'ab'.repeat(32);
    const kept = [1300, 1100, 1000].map((seq) => ({ seq: String(seq), hash }));
    for (const batch of [50, 10_000])
      expect((await verify({ kept, batch })).broken).toEqual({
        seq: '1000',
        what: 'the chain is another than when a checkpoint was kept',
      });
    expect((await verify({ kept: kept.slice(0, 1) })).broken).toMatchObject({ seq: '1200' });
  });

  it('trusts no checkpoint of an unknown key', async () => {
    const other = readAuditKey(newAuditKey());
    const { broken } = await verify({ keys: new Map([[other.id, other.publicKey]]) });
    expect(broken?.what).toContain(`signed by key ${key.id}, which was not given`);
  });
});

it('a row whose transaction ended late is sealed, never skipped', async () => {
  const begun = Promise.withResolvers<void>();
  const mayEnd = Promise.withResolvers<void>();
  const slow = inTransaction(services, serviceBase(services, { name: 'shop.slow', trace: newTrace() }), async (ctx) => {
    await sql`select pg_current_xact_id()`.execute(ctx.db);
    begun.resolve();
    await mayEnd.promise;
  });
  await begun.promise;
  await act(1);
  // The quick one has the higher transaction id: sealing it now would pass the slow one by.
  const before = (await verify()).rows;
  await sealer.seal();
  expect((await verify()).rows).toBe(before);
  mayEnd.resolve();
  await slow;
  await sealAll();
  expect(await verify()).toMatchObject({ rows: before + 2, unsealed: 0 });
});

it('of two sealers one is at it, and the other leaves it to that one', async () => {
  await sealer.close();
  const before = (await verify()).rows;
  const sealed = Promise.withResolvers<void>();
  const mayCommit = Promise.withResolvers<void>();
  const slowly: TestDatabase = {
    ...database,
    transaction: (work) =>
      database.transaction(async (tx) => {
        const done = await work(tx);
        if (done !== 0) {
          sealed.resolve();
          await mayCommit.promise;
        }
        return done;
      }),
  };
  await act(1);
  const one = createAuditSealer({ database: slowly, key, log });
  await sealed.promise;
  await act(2);
  const other = createAuditSealer({ database, key, log });
  const found = await Promise.race([other.seal(), pause(2_000).then(() => 'it waited')]);
  mayCommit.resolve();
  expect(found).toBe(0);
  await one.close();
  sealer = other;
  await sealAll();
  expect(await verify()).toMatchObject({ rows: before + 2, unsealed: 0 });
});

describe('sealing by and by', () => {
  let other: TestDatabase;
  let told: unknown[][];
  let one: AuditSealer;
  beforeAll(async () => {
    other = await openTestDatabase();
    services = testServices(other);
    told = [];
    one = createAuditSealer({ database: other, key, log: { ...services.log, info: (...line) => told.push(line) } });
  });
  afterAll(async () => {
    await one.close();
    await other.close();
  });
  const sealed = async (): Promise<number> =>
    Number((await other.rows('select count(*) from runtime.audit_seal'))[0]?.['count']);
  const sealTo = async (count: number): Promise<void> => {
    for (let turn = 0; turn < 200 && (await sealed()) < count; turn++) {
      await one.seal();
      await pause(50);
    }
    expect(await sealed()).toBe(count);
  };

  it('knows an object as it was before each act', async () => {
    for (const n of [1, 51, 101]) await act(n);
    await sealTo(3);
    const seals = await other.rows(`
      select encode(before_digest, 'hex') as before, encode(after_digest, 'hex') as after
      from runtime.audit_seal order by seq`);
    expect(seals.map(({ before }) => before)).toEqual([null, seals[0]?.['after'], seals[1]?.['after']]);
  });

  it('signs each thousandth row behind the last one signed, wherever it paused, and says so in the log', async () => {
    await act(1);
    await sealTo(4);
    const at = async () =>
      (await other.rows('select seq::int as seq from runtime.audit_checkpoint order by seq')).map(({ seq }) =>
        Number(seq),
      );
    const [first = 0, ...more] = await at();
    expect([first <= 3, more]).toEqual([true, []]);
    await other.rows(`
      insert into runtime.audit (at, operation, issuer, subject, audience, actor, channel, trace_id, event_ids)
      select now(), 'shop.order', 'plinth', 'shop', 'service', '[]', 'web', 't', '{}' from generate_series(1, 1500) n`);
    await sealTo(1504);
    expect(await at()).toEqual([first, first + 1000]);
    const kept = await auditCheckpoints(other.db);
    expect(told).toEqual(
      kept.map(({ seq, hash, key: id, signature }) => [
        'audit checkpoint',
        { seq, hash, key: id, signature: signature.replaceAll('\n', '') },
      ]),
    );
  });

  it('is the work of one process at a time', async () => {
    const before = await sealed();
    await other.transaction(async (tx) => {
      await sql`select pg_advisory_xact_lock(7265010)`.execute(tx);
      await act(1);
      expect(await one.seal()).toBe(0);
      expect(await sealed()).toBe(before);
    });
    await sealTo(before + 1);
  });
});

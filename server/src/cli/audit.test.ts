// `plinth audit` and `plinth audit verify`: what scripts read of them is how they end.

import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createAuditSealer, migrate, newAuditKey, readAuditKey, runtimeMigrations } from '@plinth/runtime';
import { anEmptyDatabase, catchOutput, eventually, type TestDatabase } from '@plinth/testing';
import { sql } from 'kysely';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { run } from './commands.ts';
import { storedCapabilities } from './with-database.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'plinth-audit-'));
const [own, bare] = [path.join(folder, 'own'), path.join(folder, 'bare')];
const file = (name: string): string => path.join(folder, name);
const said = catchOutput();
let database: TestDatabase;

beforeAll(async () => {
  database = await anEmptyDatabase();
  const schemas = storedCapabilities().map(({ name, migrations }) => ({ schema: name, migrations }));
  await migrate(database, [runtimeMigrations, ...schemas]);
  const pem = newAuditKey();
  writeFileSync(file('own.pem'), pem, { mode: 0o600 });
  writeFileSync(file('public.pem'), readAuditKey(pem).publicKey.export({ type: 'spki', format: 'pem' }));
  const { publicKey } = generateKeyPairSync('ed25519');
  writeFileSync(file('other.pem'), publicKey.export({ type: 'spki', format: 'pem' }));
  await sql`
    insert into runtime.audit (at, operation, issuer, subject, audience, actor, channel, trace_id, event_ids)
    values (now(), 'shop.order', 'plinth', 'shop', 'service', '[]', 'web', 't', '{}')`.execute(database.db);
  const log = { info: () => undefined, warn: () => undefined, error: () => undefined };
  const sealer = createAuditSealer({ database, key: readAuditKey(pem), log });
  // Open transactions of other databases of this server hold sealing up, too.
  await eventually('it is sealed', 20_000, async () => {
    await sealer.seal();
    const { rows } = await sql`select from runtime.audit_seal`.execute(database.db);
    return rows.length > 0 || undefined;
  });
  await sealer.close();
});
afterAll(async () => {
  await database.close();
  rmSync(folder, { recursive: true });
});
beforeEach(() => {
  vi.stubEnv('DATABASE_URL', database.url);
});
afterEach(() => {
  vi.unstubAllEnvs();
});

const verify = (...more: string[]) => run(['audit', 'verify', '--data', bare, ...more]);

describe('plinth audit verify', () => {
  it('ends with 0 when the chain holds by the key of the deployment, or one that is given', async () => {
    vi.stubEnv('PLINTH_AUDIT_KEY_FILE', file('own.pem'));
    expect(await run(['audit', 'verify', '--data', own])).toBe(0);
    expect(said.out).toContain('the audit is as it was sealed');
    vi.stubEnv('PLINTH_AUDIT_KEY_FILE', undefined);
    expect(await verify('--key', file('public.pem'))).toBe(0);
  });

  it('ends with 1 when a checkpoint is signed by nobody that is known', async () => {
    expect(await verify('--key', file('other.pem'))).toBe(1);
    expect(said.out).toContain('which was not given');
  });

  it('ends with 1 when the chain is another than what was kept, and prints what is to be kept', async () => {
    expect(await run(['audit', 'checkpoints', '--data', bare])).toBe(0);
    writeFileSync(file('kept'), said.out);
    expect(await verify('--key', file('public.pem'), '--against', file('kept'))).toBe(0);
    const { seq } = JSON.parse(said.out.split('\n')[0] ?? '') as { seq: string };
    writeFileSync(file('kept'), `${JSON.stringify({ seq, hash: 'ab'.repeat(32) })}\n`);
    expect(await verify('--key', file('public.pem'), '--against', file('kept'))).toBe(1);
  });

  it.each([
    ['--key', 'rubbish', 'a key in PEM'],
    ['--against', '{"seq":"1"}', 'a list of checkpoints'],
    ['--against', '{"seq":1,"hash":"a"}', 'a list of checkpoints'],
  ])('ends with 3 when %s is %s', async (flag, text, kind) => {
    writeFileSync(file('odd'), text);
    expect(await verify(flag, file('odd'))).toBe(3);
    expect(said.err).toContain(`is not ${kind}`);
  });
});

describe('plinth audit', () => {
  it('ends with 0 while every invariant holds, and with 1 when one is broken, which it names', async () => {
    expect(await run(['audit', '--data', bare])).toBe(0);
    await sql`
      insert into notifications.messages (id, customer_id, title, text, kind, state, dedupe_key, sent_at)
      values (gen_random_uuid(), 'cus_1', 't', 't', 'service', 'pending', 'k', now() - interval '2 days')`.execute(
      database.db,
    );
    expect(await run(['audit', '--data', bare])).toBe(1);
    expect(said.out).toContain('notifications.mail-leaves-within-a-day');
    expect(said.err).toMatch(/\d+ invariants, 1 broken/);
  });
});

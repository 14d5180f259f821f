// The deployment: its database, its keys, and the work that waits for somebody. Reads only, beside a running platform too.

import { existsSync, statSync } from 'node:fs';
import path from 'node:path';
import { oidcMigrations } from '@plinth/adapters/oidc';
import {
  type AuditKey,
  type Db,
  listReactions,
  migrationStatus,
  type ReactionStanding,
  runtimeMigrations,
  verifyAudit,
} from '@plinth/runtime';
import { sql } from 'kysely';
import { knownAuditKey } from '../audit-key.ts';
import { CliFailure } from '../cli/failure.ts';
import { knownReactions } from '../cli/known-reactions.ts';
import { storedCapabilities } from '../cli/with-database.ts';
import { type Config, ConfigError, readConfig } from '../config.ts';
import { openEmbedded } from '../database.ts';
import { finding, type PreparedFinding } from './finding.ts';

/** Seconds the clocks of this machine and the database may differ. */
const mostSkewS = 5;
/** Seconds a fact may wait to be published. */
const mostLagS = 10;
const mostEventsBehind = 10_000;
/** Rows of the audit that are checked here; `plinth audit verify` checks all. */
const mostAuditRows = 500_000;

/** Nothing but one finding when there is no deployment yet, or its database does not answer. */
export async function examineDeployment(data: string | undefined): Promise<PreparedFinding[]> {
  const config = readConfig({ demo: false, ...(data ? { data } : {}) });
  const isThere = config.databaseUrl !== undefined || existsSync(config.dataFolder);
  if (!isThere) return [finding('deployment', 'ok', `none yet in ${config.dataFolder}`)];
  try {
    const opened = await openEmbedded(config, { beside: true });
    try {
      return await examineDatabase(opened.database, config);
    } finally {
      await opened.close();
    }
  } catch (error) {
    if (!(error instanceof CliFailure)) throw error;
    return [finding('database', 'bad', error.message, error.advice)];
  }
}

type Opened = Awaited<ReturnType<typeof openEmbedded>>['database'];

/** All of the above over an open database. */
export async function examineDatabase(
  database: Opened,
  config: Pick<Config, 'auditKey' | 'sealingKey' | 'dataFolder' | 'databaseUrl'>,
): Promise<PreparedFinding[]> {
  const sets = [
    runtimeMigrations,
    oidcMigrations,
    ...storedCapabilities().map(({ name, migrations }) => ({ schema: name, migrations })),
  ];
  const status = await migrationStatus(database, sets);
  const found = [...(await server(database.db)), migrations(status), auditKey(config), sealingKey(config)];
  // What is not there yet cannot be looked at.
  if (status.pending.length > 0) return found;
  return [...found, ...(await work(database.db)), await parked(database.db), await audit(database.db, config)];
}

async function server(db: Db): Promise<PreparedFinding[]> {
  const { rows } = await sql<{
    version: string;
    number: number;
    fsync: string;
    commit: string;
    now: number;
    free: number;
  }>`
    select current_setting('server_version') as version, current_setting('server_version_num')::int as number,
      current_setting('fsync') as fsync, current_setting('synchronous_commit') as commit,
      extract(epoch from clock_timestamp())::float8 as now,
      current_setting('max_connections')::int - (select count(*)::int from pg_stat_activity) as free`.execute(db);
  const row = rows[0];
  if (!row) return [];
  const major = Math.floor(row.number / 10_000);
  const skewS = Math.abs(row.now - Temporal.Now.instant().epochMilliseconds / 1000);
  const isDurable = row.fsync === 'on' && row.commit !== 'off';
  return [
    finding(
      'database',
      major >= 15 && major <= 18 ? 'ok' : 'bad',
      `PostgreSQL ${row.version}`,
      'use PostgreSQL 15 to 18',
    ),
    finding(
      'durability',
      isDurable ? 'ok' : 'bad',
      `fsync ${row.fsync}, synchronous_commit ${row.commit}`,
      'turn both on: acknowledged writes would not survive a power cut',
    ),
    finding(
      'connections',
      row.free >= 5 ? 'ok' : 'warn',
      `${row.free} free`,
      'raise max_connections, or run fewer processes',
    ),
    finding(
      'clocks',
      skewS <= mostSkewS ? 'ok' : 'warn',
      `${skewS.toFixed(1)} s between this machine and the database`,
      'let both follow a time server (NTP)',
    ),
  ];
}

function migrations({ applied, pending, unknown }: Awaited<ReturnType<typeof migrationStatus>>): PreparedFinding {
  if (unknown.length > 0)
    return finding(
      'migrations',
      'bad',
      `${unknown.length} of a newer Plinth`,
      'start that version, or use another database',
    );
  if (pending.length > 0) return finding('migrations', 'warn', `${pending.length} to apply`, 'plinth migrate');
  return finding('migrations', 'ok', `${applied.length} applied`);
}

/** The key that checkpoints are signed with, or why it is none; neither = there is none yet. */
function auditKeyOf(config: Pick<Config, 'auditKey' | 'dataFolder'>): {
  key?: AuditKey | undefined;
  fault?: ConfigError;
} {
  try {
    return { key: knownAuditKey(config) };
  } catch (error) {
    if (error instanceof ConfigError) return { fault: error };
    throw error;
  }
}

function auditKey(config: Pick<Config, 'auditKey' | 'dataFolder' | 'databaseUrl'>): PreparedFinding {
  const { fault } = auditKeyOf(config);
  if (fault !== undefined) return finding('audit key', 'bad', fault.message, fault.advice);
  if (config.auditKey !== undefined) return finding('audit key', 'ok', 'given by PLINTH_AUDIT_KEY');
  return keyFile('audit key', path.join(config.dataFolder, 'audit-key.pem'), {
    state: config.databaseUrl === undefined ? 'ok' : 'warn',
    advice: 'it is made at the next start; with several machines set PLINTH_AUDIT_KEY_FILE',
  });
}

/** A file of the data folder is for the private database: who else has a database may have several machines on it. */
function sealingKey(config: Pick<Config, 'sealingKey' | 'dataFolder' | 'databaseUrl'>): PreparedFinding {
  if (config.sealingKey !== undefined) return finding('sealing key', 'ok', 'given by PLINTH_SEALING_KEY');
  if (config.databaseUrl !== undefined)
    return finding(
      'sealing key',
      'warn',
      'none: jobs, calls to upstreams and late answers are kept in clear',
      'set PLINTH_SEALING_KEY_FILE, the same on all machines',
    );
  const advice = 'it is made at the next start';
  return keyFile('sealing key', path.join(config.dataFolder, 'sealing-key'), { state: 'ok', advice });
}

/** Keys are read by their owner alone. `missing`: what it means that there is none. */
function keyFile(what: string, file: string, missing: { state: 'ok' | 'warn'; advice: string }): PreparedFinding {
  if (!existsSync(file)) return finding(what, missing.state, `none in ${path.dirname(file)}`, missing.advice);
  const mode = statSync(file).mode & 0o777;
  const isPrivate = (mode & 0o077) === 0;
  return finding(what, isPrivate ? 'ok' : 'bad', `${file}, mode ${mode.toString(8)}`, `chmod 600 ${file}`);
}

async function work(db: Db): Promise<PreparedFinding[]> {
  const { rows } = await sql<{
    lag: number;
    held: number;
    dead: number;
    doubts: number;
    keys: number;
  }>`
    select
      (select coalesce(extract(epoch from clock_timestamp() - min(created_at)), 0) from runtime.outbox
        where position is null)::float8 as lag,
      (select count(*) from runtime.held_event where attempt > 0)::int as held,
      (select count(*) from runtime.dead_letter where replayed_at is null)::int as dead,
      (select count(*) from runtime.upstream_call where state = 'human')::int as doubts,
      (select count(*) from oidc.key)::int as keys`.execute(db);
  const { lag = 0, held = 0, dead = 0, doubts = 0, keys = 0 } = rows[0] ?? {};
  return [
    finding('signing keys', keys > 0 ? 'ok' : 'warn', String(keys), 'they are made at the first start'),
    finding(
      'outbox',
      lag <= mostLagS ? 'ok' : 'bad',
      `oldest fact waits ${lag.toFixed(1)} s`,
      'start a platform on this database, or see its log',
    ),
    ...(await reactions(db)),
    finding(
      'held events',
      held === 0 ? 'ok' : 'warn',
      `${held} failed and wait for another try`,
      'see the log for "reaction failed"',
    ),
    finding(
      'dead letters',
      dead === 0 ? 'ok' : 'warn',
      String(dead),
      'plinth dead-letters, and --replay when the cause is gone',
    ),
    finding(
      'doubts',
      doubts === 0 ? 'ok' : 'warn',
      String(doubts),
      'plinth doubts, and settle each with what the other system says',
    ),
  ];
}

/** Those that somebody runs, and those that nobody does, which hold the log's facts. */
async function reactions(db: Db): Promise<PreparedFinding[]> {
  const known = knownReactions();
  const all = await listReactions(db);
  const isOrphan = (each: ReactionStanding): boolean => each.isOrphaned && !known.has(each.name);
  const [slow] = all.filter((each) => !isOrphan(each));
  const orphans = all.filter(isOrphan);
  const names = orphans.map(({ name }) => name);
  const behind = slow?.behind ?? 0;
  return [
    finding(
      'reactions',
      behind <= mostEventsBehind ? 'ok' : 'warn',
      `${behind} events behind${behind > 0 && slow ? `: ${slow.name}` : ''}`,
      'see the log for reactions that pause',
    ),
    finding(
      'orphaned reactions',
      orphans.length === 0 ? 'ok' : 'warn',
      orphans
        .map(({ name, behind: waiting, claimedAt }) => `${name}: ${waiting} facts kept, no process since ${claimedAt}`)
        .join('; ') || '0',
      `start the process that has it; where none ever will: ${names.map((name) => `plinth reactions forget ${name}`).join('; ')}`,
    ),
  ];
}

async function parked(db: Db): Promise<PreparedFinding> {
  const schemas = storedCapabilities().filter(({ workflows = [] }) => workflows.length > 0);
  let count = 0;
  for (const { name } of schemas) {
    const { rows } = await sql<{ n: number }>`
      select count(*)::int as n from ${sql.table(`${name}.workflow_run`)} where state = 'parked'`.execute(db);
    count += rows[0]?.n ?? 0;
  }
  return finding(
    'parked runs',
    count === 0 ? 'ok' : 'warn',
    String(count),
    'listRuns with state=parked at /workflows/v1; resume, settle or cancel them',
  );
}

async function audit(db: Db, config: Pick<Config, 'auditKey' | 'dataFolder'>): Promise<PreparedFinding> {
  const { rows } = await sql<{ n: number }>`select count(*)::int as n from runtime.audit_seal`.execute(db);
  const sealed = rows[0]?.n ?? 0;
  if (sealed > mostAuditRows)
    return finding('audit', 'ok', `${sealed} rows sealed, not checked here: plinth audit verify`);
  const { key, fault } = auditKeyOf(config);
  if (fault !== undefined)
    return finding('audit', 'warn', `${sealed} rows sealed, not checked`, 'mend the audit key, then look again');
  const { broken, unsealed } = await verifyAudit({ db, keys: new Map(key ? [[key.id, key.publicKey]] : []) });
  if (broken)
    return finding(
      'audit',
      'bad',
      `broken at ${broken.seq}: ${broken.what}`,
      'plinth audit verify; compare with a backup',
    );
  return finding('audit', 'ok', `${sealed} rows as they were sealed, ${unsealed} not sealed yet`);
}

// One audited run: a deployment under the load of a client process, faults while it runs, then rest, and the money audit
// over all of it. Suites differ in the faults.

import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { type Db, toWireId, verifyAudit } from '@plinth/runtime';
import {
  type Act,
  audit,
  auditStart,
  type Audited,
  type AuditStart,
  type ClientSettings,
  clientProgram,
  AuditClient,
  type Finding,
  questionOf,
  readJournal,
  type TokenIssue,
  AuditTokens,
  type WorkloadAccount,
} from '@plinth/testing';
import { sql } from 'kysely';
import { storedCapabilities } from '../../server/src/cli/with-database.ts';
import type { CoreBank } from './core-bank.ts';
import { auditKeys, type DatabasePlace, makeDatabase, makeServer, type ServerProcess } from './deployment.ts';
import { openReceiver, type Receiver } from './receiver.ts';
import { sinkConsumer, sinkTable } from './sink.ts';

/** Goods of the audited shop, little of the first, so that it sells out. */
const stock: readonly (readonly [sku: string, quantity: number])[] = [
  ['RADIO-DAB', 120],
  ['KETTLE-17', 100_000],
  ['FILTER-100', 100_000],
];
const parallelReplays = 8;
/** Turns of a quarter of a second. */
const mostPatience = 300;
/** Two leases and the longest timeout. */
const usualRestMs = 90_000;
const mostRestMs = 400_000;
const tellEveryMs = 10_000;

export interface AuditedOptions {
  log: (line: string) => void;
  seconds: number;
  seed: number;
  databaseUrl: string;
  /** Seeded and at rest; nobody is connected. */
  template: string;
  planted?: readonly string[];
  parallel?: number;
  insistMs?: number;
  /** Nothing stands still longer than this after the load (two leases and the longest timeout: 90 s). */
  restWithinMs?: number;
  /** Acknowledged acts that are asked again afterwards; all of them by default. */
  mostReplays?: number;
  /** Carries accounts out in place of the platform. Its line has no faults when `faults` has ended. */
  bank?: CoreBank;
  /** The client ends when the faults have; else after its time. */
  endWithFaults?: boolean;
  /** While the client works, for `seconds`. */
  faults: (world: Faulted) => Promise<void>;
}

export interface Faulted {
  client: AuditClient;
  tokens: AuditTokens;
  /** Of the workload's first account. */
  customerId: string;
  /** Of a service that may do anything: `Bearer …`. */
  authorization: string;
  server: ServerProcess;
  database: DatabasePlace;
  /** Milliseconds until the client's time is over. */
  leftMs: () => number;
  /** Resolves when the server acknowledges a write again: milliseconds that took. */
  firstSuccess: () => Promise<number>;
}

export interface AuditedOutcome extends Audited {
  acts: readonly Act[];
  replayed: number;
  webhooks: number;
}

export async function auditedRun(options: AuditedOptions): Promise<AuditedOutcome> {
  const { log, bank } = options;
  const place = await makeDatabase(options.databaseUrl, options.template);
  const receiver = await openReceiver();
  const folder = mkdtempSync(path.join(os.tmpdir(), 'plinth-audit-'));
  const server = await makeServer({
    databaseUrl: place.url,
    planted: options.planted ?? [],
    allowedHosts: [`127.0.0.1:${receiver.port}`],
    ...(bank && { env: { PLINTH_UPSTREAM_CORE_BANK: bank.address, PLINTH_SECRET_CORE_BANK: bank.secret } }),
  });
  bank?.lay(server.dataFolder);
  try {
    await server.start();
    const { db } = place.database;
    const issue = await issueOf(db, server.port);
    const client = new AuditClient(server.port);
    const tokens = new AuditTokens(issue);
    const own = await accountsIn(db);
    const world = {
      accounts: (await bank?.accounts(client, tokens)) ?? own,
      customers: own.map(({ customerId }) => customerId),
      skus: stock.map(([sku]) => sku),
    };
    await prepare({ client, tokens, receiver });
    const start = await auditStart(db);
    const journal = path.join(folder, 'journal.ndjson');
    const { seconds, seed, parallel = 12, insistMs = 15_000 } = options;
    const settings = { port: server.port, issue, world, journal, seed, seconds, parallel, insistMs };
    await underLoad({ folder, settings, server, place, client, tokens, options });
    const restMs = await untilRest(db, options);
    log(`at rest after ${(restMs / 1000).toFixed(1)} s`);
    const acts = await readJournal(journal);
    const outcome = await judge(db, acts, { start, bank });
    const replays = acts.filter((act) => act.end?.state === 'acked').slice(0, options.mostReplays ?? Infinity);
    const replayFindings = await replayAll({ client, tokens, acts: replays });
    const webhookFindings = await judgeWebhooks(db, start, receiver);
    client.close();
    const findings = [...outcome.findings, ...replayFindings, ...webhookFindings];
    for (const { check, count, ids } of findings) log(`✗ ${check}: ${count}  ${ids.slice(0, 5).join(', ')}`);
    return { ...outcome, findings, acts, replayed: replays.length, webhooks: receiver.received.size };
  } finally {
    await server.close();
    await receiver.close();
    await place.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

export interface SeededTemplate {
  name: string;
  close(): Promise<void>;
}

interface Held {
  made: Promise<SeededTemplate>;
  holders: number;
}

const templates = new Map<string, Held>();

/** A database that was migrated and seeded by the server itself, then left alone; one for all who hold it at a time. */
export async function makeTemplate(databaseUrl: string): Promise<SeededTemplate> {
  const held = templates.get(databaseUrl) ?? { made: seedTemplate(databaseUrl), holders: 0 };
  templates.set(databaseUrl, held);
  held.holders += 1;
  const close = async (): Promise<void> => {
    held.holders -= 1;
    if (held.holders > 0) return;
    templates.delete(databaseUrl);
    await (await held.made).close();
  };
  return { name: (await held.made).name, close };
}

async function seedTemplate(databaseUrl: string): Promise<SeededTemplate> {
  const place = await makeDatabase(databaseUrl);
  const server = await makeServer({ databaseUrl: place.url });
  await server.start();
  await untilRest(place.database.db, { log: () => undefined });
  await server.close();
  await place.database.close();
  return { name: place.name, close: () => place.close() };
}

export async function issueOf(db: Db, port: number): Promise<TokenIssue> {
  const { rows } = await sql<{ value: { signing: TokenIssue['key'] } }>`select value from oidc.key`.execute(db);
  const base = `http://localhost:${port}`;
  const key = rows[0]?.value.signing;
  if (!key) throw new Error('the deployment has no signing key');
  return { key, issuer: `${base}/oidc`, audience: `${base}/` };
}

export async function accountsIn(db: Db): Promise<WorkloadAccount[]> {
  const { rows } = await sql<{ id: string; number: string; customer: string }>`
    select id::text as id, number, customer_id as customer from accounts.accounts
    where product = 'everyday' and state = 'active' order by number limit 200`.execute(db);
  return rows.map(({ id, number, customer }) => ({ id: toWireId('acc', id), number, customerId: customer }));
}

interface Asking {
  client: AuditClient;
  tokens: AuditTokens;
}

/** Goods on the shelves, and a partner who listens. */
async function prepare({ client, tokens, receiver }: Asking & { receiver: Receiver }): Promise<void> {
  let asked = 0;
  const ask = async (path_: string, token: string, body: unknown): Promise<Record<string, string>> => {
    const headers = { authorization: `Bearer ${token}`, 'idempotency-key': `prepare-${++asked}` };
    const answer = await client.ask({ method: 'POST', path: path_, headers, body });
    if (answer.status >= 300) throw new Error(`${path_}: ${answer.status} ${answer.body}`);
    return JSON.parse(answer.body) as Record<string, string>;
  };
  const service = tokens.of({ subject: 'prepare', kind: 'service' });
  for (const [sku, quantity] of stock) await ask('/inventory/v1/receipts', service, { sku, quantity });
  const partner = tokens.of({ subject: 'auditor', kind: 'partner', partnerId: 'ptn_auditor' });
  const app = await ask('/partners/v1/apps', partner, { name: 'Auditor', scopes: ['orders.read'] });
  const url = `http://127.0.0.1:${receiver.port}/`;
  const endpoint = await ask('/partners/v1/webhook-endpoints', partner, {
    appId: app['id'],
    url,
    events: ['order.placed'],
  });
  receiver.secret = endpoint['secret'] ?? '';
}

interface Loaded extends Asking {
  folder: string;
  settings: ClientSettings;
  server: ServerProcess;
  place: DatabasePlace;
  options: AuditedOptions;
}

/** The client works beside the faults; both have ended when this resolves. */
async function underLoad({ folder, settings, server, place, client, tokens, options }: Loaded): Promise<void> {
  const file = path.join(folder, 'settings.json');
  writeFileSync(file, JSON.stringify(settings));
  const child = spawn(process.execPath, [clientProgram, file], { stdio: ['ignore', 'pipe', 'inherit'] });
  let said = '';
  child.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()));
  const until = performance.now() + settings.seconds * 1000;
  const leftMs = (): number => until - performance.now();
  let probes = 0;
  const { customerId } = settings.world.accounts[0] ?? { customerId: '' };
  const firstSuccess = async (): Promise<number> => {
    const started = performance.now();
    const id = `probe-${settings.seed}-${++probes}`;
    for (;;) {
      const answer = await client
        .ask({
          method: 'POST',
          path: '/loyalty/v1/accruals',
          body: { customerId, points: 1, reference: id, reason: 'Probe' },
          headers: {
            authorization: `Bearer ${tokens.of({ subject: 'probe', kind: 'service' })}`,
            'idempotency-key': id,
          },
        })
        .catch(() => undefined);
      if (answer?.status === 201) return performance.now() - started;
      if (performance.now() - started > 120_000)
        throw new Error(`no success within 120 s: ${answer?.body ?? 'no answer'}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  };
  const ended = new Promise<void>((resolve, reject) => {
    child.once('exit', (code) => (code === 0 ? resolve() : reject(new Error(`the client ended with ${code}`))));
  });
  try {
    const authorization = `Bearer ${tokens.of({ subject: 'faults', kind: 'service' })}`;
    await options.faults({ authorization, client, tokens, customerId, server, database: place, leftMs, firstSuccess });
    // A suite that is through with its faults has seen enough; one without faults leaves the client its time.
    if (options.endWithFaults) child.kill('SIGTERM');
    await ended;
  } finally {
    child.kill('SIGKILL');
  }
  options.log(`client: ${said.trim()}`);
}

interface Looking {
  lookEveryMs?: number;
}

/** Waits until nothing is under way; milliseconds. What has not come to rest then is found by the audit. */
export async function untilRest(
  db: Db,
  { log, restWithinMs = usualRestMs, lookEveryMs = 250 }: Pick<AuditedOptions, 'log' | 'restWithinMs'> & Looking,
): Promise<number> {
  const started = performance.now();
  let last = '';
  let moved = started;
  let told = 0;
  while (performance.now() - moved < restWithinMs && performance.now() - started < mostRestMs) {
    const { rows } = await sql<{ what: string; n: number }>`
      select * from (
        select 'unpublished' as what, count(*)::int as n from runtime.outbox where position is null
        union all select 'events behind', sum(greatest(0, head - position))::int from runtime.consumer, runtime.event_log
        union all select 'held', count(*)::int from runtime.held_event
        union all select 'runs', count(*)::int from orders.workflow_run where state in ('running', 'undoing')
        union all select 'unknown outcomes', count(*)::int from runtime.upstream_call where state = 'unknown'
        union all select 'attempts', count(*)::int from payments.attempts where state = 'started'
        union all select 'jobs', count(*)::int from runtime.operation_job where state in ('queued', 'running')
        union all select 'deliveries', count(*)::int from runtime.webhook_delivery where state = 'pending') as open
      where n > 0`.execute(db);
    if (rows.length === 0) return performance.now() - started;
    const now = rows.map(({ what, n }) => `${what} ${n}`).join(', ');
    // A backlog on a busy machine is worked off; what stands still is stuck.
    if (now !== last) moved = performance.now();
    if (now !== last && performance.now() - told > tellEveryMs) {
      log(`  still open: ${now}`);
      told = performance.now();
    }
    last = now;
    await new Promise((resolve) => setTimeout(resolve, lookEveryMs));
  }
  log(`✗ not at rest after ${Math.round((performance.now() - started) / 1000)} s: ${last}`);
  return performance.now() - started;
}

export async function judge(
  db: Db,
  acts: readonly Act[],
  { start, bank }: { start: AuditStart; bank?: CoreBank | undefined },
): Promise<Audited> {
  const invariants = [
    ...storedCapabilities().flatMap(({ invariants: own = [] }) => own),
    {
      name: 'audit.nothing-is-stuck',
      sql: `select id::text, state, error from orders.workflow_run where state in ('running', 'undoing', 'parked')
            union all select id::text, state, 'overdue' from orders.workflow_run
              where state in ('sleeping', 'waiting') and due_at < clock_timestamp() - interval '90 seconds'
            union all select provider_key, state, null from payments.attempts where state = 'started'
            union all select id, state, operation from runtime.operation_job where state in ('queued', 'running')`,
    },
  ];
  const sink = { table: sinkTable, consumer: sinkConsumer };
  const audited = await audit({
    db,
    acts,
    start,
    invariants,
    sink,
    ...(bank && { elsewhere: await bank.audit(db, acts) }),
  });
  const { broken } = await verifyAudit({ db, keys: auditKeys() });
  const chain = { check: 'the audit is not as it was sealed', count: 1, ids: [`${broken?.seq}: ${broken?.what}`] };
  return broken === undefined ? audited : { ...audited, findings: [...audited.findings, chain] };
}

/** Every acknowledged key again: the same bytes; with another body it is refused. */
async function replayAll({ client, tokens, acts }: Asking & { acts: readonly Act[] }): Promise<Finding[]> {
  const differing: string[] = [];
  const taken: string[] = [];
  let next = 0;
  const lane = async (): Promise<void> => {
    for (let act = acts[next++]; act; act = acts[next++]) {
      const again = await patient(() => client.ask(questionOf(act, tokens)));
      if (again.status !== act.end?.status || again.body !== act.end.body) differing.push(`${act.id} ${again.status}`);
      const other = await patient(() => client.ask(questionOf(act, tokens, act.other)));
      if (other.status !== 422) taken.push(`${act.id} ${other.status}`);
    }
  };
  await Promise.all(Array.from({ length: parallelReplays }, lane));
  return [
    { check: 'a repeated key was answered with other bytes', count: differing.length, ids: differing },
    { check: 'a used key was taken for another body', count: taken.length, ids: taken },
  ].filter(({ count }) => count > 0);
}

/** Limits of a caller are not what is judged here. */
async function patient(ask: () => ReturnType<AuditClient['ask']>): ReturnType<AuditClient['ask']> {
  for (let turn = 0; ; turn++) {
    const answer = await ask();
    if ((answer.status !== 429 && answer.status !== 503) || turn === mostPatience) return answer;
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
}

async function judgeWebhooks(db: Db, start: AuditStart, receiver: Receiver): Promise<Finding[]> {
  const { rows } = await sql<{ id: string }>`
    select event_id::text as id from runtime.outbox
    where type = 'order.placed' and ordinal > ${start.ordinal}`.execute(db);
  const missing = rows.map(({ id }) => id).filter((id) => !receiver.received.has(id));
  const forged = receiver.forged();
  return [
    { check: 'an event its subscriber did not get', count: missing.length, ids: missing },
    { check: 'a webhook without a valid signature', count: forged, ids: [] },
  ].filter(({ count }) => count > 0);
}

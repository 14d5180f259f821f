// The core bank of the examples as the upstream of a deployment: a process with books of its own behind the fault proxy.
// Its books are judged from its file, with no code of the bank or the platform between.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Db } from '@plinth/runtime';
import {
  type Act,
  type AuditClient,
  type AuditTokens,
  type Elsewhere,
  type FaultProxy,
  type Finding,
  openFaultProxy,
  type WorkloadAccount,
} from '@plinth/testing';
import { sql } from 'kysely';
import { freePort } from './deployment.ts';

const examples = path.resolve(import.meta.dirname, '../../examples');
const key = 'schluessel';
/** What the manifest gives calls of accounts: short, so that a short fault is long enough to be noticed. */
export const bankTimeoutMs = 700;
/** One holder has at most ten accounts. */
const accountsOfHolder = 10;
/** References of the transfers that were there before the first act. */
const filling = 'fill-';
const readyWithinMs = 10_000;

export interface CoreBank {
  /** The line between the platform and the bank. */
  readonly line: FaultProxy;
  /** Where the platform finds it. */
  readonly address: string;
  readonly secret: string;
  /** Lays the manifest into the data folder of a platform that does not run yet. */
  lay(dataFolder: string): void;
  start(): Promise<void>;
  /** `kill -9`. */
  kill(): Promise<void>;
  /** Accounts of all holders, as the platform names them. From here on its books are audited. */
  accounts(client: AuditClient, tokens: AuditTokens): Promise<WorkloadAccount[]>;
  /** What became of the transfers among `acts`; everything is at rest. `db` is the platform's. */
  audit(db: Db, acts: readonly Act[]): Promise<Elsewhere>;
  close(): Promise<void>;
}

export async function openCoreBank(): Promise<CoreBank> {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'plinth-bank-'));
  const file = path.join(folder, 'kernbank.sqlite');
  const port = await freePort();
  const own = `http://127.0.0.1:${port}/kernbank/v7`;
  let child: ChildProcess | undefined;
  const start = async (): Promise<void> => {
    const main = path.join(examples, 'systems/core-bank/main.ts');
    child = spawn(process.execPath, [main, '--port', String(port), '--file', file, '--key', key], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const timer = setTimeout(() => child?.kill('SIGKILL'), readyWithinMs);
    const said = await Promise.race([once(child.stdout as NodeJS.ReadableStream, 'data'), once(child, 'exit')]);
    clearTimeout(timer);
    if (child.exitCode !== null || child.signalCode !== null) throw new Error(`the core bank ended: ${String(said)}`);
    child.stdout?.resume();
  };
  const kill = async (): Promise<void> => {
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, 'exit');
    child.kill('SIGKILL');
    await gone;
  };
  await start();
  const line = await openFaultProxy({ host: '127.0.0.1', port });
  let before: ReadonlyMap<string, number> = new Map();
  return {
    line,
    address: `http://127.0.0.1:${line.port}/kernbank/v7`,
    secret: key,
    lay,
    start,
    kill,
    async accounts(client, tokens) {
      await fill(own, file);
      before = balancesOf(file);
      return accountsOf(holdersOf(file), client, tokens);
    },
    audit: (db, acts) => auditBooks({ file, db, acts, before }),
    async close() {
      await line.close();
      await kill();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function lay(dataFolder: string): void {
  const place = path.join(dataFolder, 'contracts/accounts');
  mkdirSync(place, { recursive: true });
  cpSync(path.join(examples, 'systems/core-bank/kernbank.yaml'), path.join(place, 'kernbank.yaml'));
  const manifest = readFileSync(path.join(examples, 'adapters/accounts/upstream.yaml'), 'utf8');
  const timed = manifest.replaceAll(/^ {4}target: \w+$/gm, (target) => `${target}\n    timeoutMs: ${bankTimeoutMs}`);
  writeFileSync(path.join(place, 'upstream.yaml'), timed);
}

/** Every holder has as many accounts as may be, each with money: the wealthiest pays. */
async function fill(url: string, file: string): Promise<void> {
  const ask = async (target: string, body: Record<string, string>): Promise<Record<string, string>> => {
    const answer = await fetch(`${url}${target}`, {
      method: 'POST',
      headers: { 'mandant-schluessel': key, 'content-type': 'application/json', 'vorgangs-id': crypto.randomUUID() },
      body: JSON.stringify(body),
    });
    if (answer.status !== 201) throw new Error(`${target}: ${answer.status} ${await answer.text()}`);
    return (await answer.json()) as Record<string, string>;
  };
  const [wealthiest = ''] = [...balancesOf(file)].toSorted(([, a], [, b]) => b - a).map(([id]) => id);
  for (const holder of holdersOf(file)) {
    const has = rowsOf(file, 'select count(*) as n from konto where inhaber = ?', holder)[0]?.['n'] as number;
    for (let n = has; n < accountsOfHolder; n++) {
      const wish = { inhaberReferenz: holder, produkt: 'GIRO', bezeichnung: `Konto ${n}`, waehrung: 'EUR' };
      const { iban = '' } = await ask('/konten', wish);
      const order = { vonKonto: wealthiest, anIban: iban, betragCent: '50000', waehrung: 'EUR' };
      await ask('/ueberweisungen', { auftragsreferenz: `${filling}${holder}-${n}`, ...order });
    }
  }
}

/** The platform knows an account from the moment it gave out its id. */
async function accountsOf(
  holders: readonly string[],
  client: AuditClient,
  tokens: AuditTokens,
): Promise<WorkloadAccount[]> {
  const authorization = `Bearer ${tokens.of({ subject: 'prepare', kind: 'service' })}`;
  const found: WorkloadAccount[] = [];
  for (const customerId of holders) {
    const target = `/accounts/v1/accounts?limit=${accountsOfHolder}&customerId=${customerId}`;
    const answer = await client.ask({ method: 'GET', path: target, headers: { authorization } });
    if (answer.status !== 200) throw new Error(`${target}: ${answer.status} ${answer.body}`);
    const { items } = JSON.parse(answer.body) as { items: { id: string; number: string }[] };
    found.push(...items.map(({ id, number }) => ({ id, number, customerId })));
  }
  return found;
}

type Row = Record<string, unknown>;

function rowsOf(file: string, query: string, ...values: string[]): Row[] {
  const books = new DatabaseSync(file, { readOnly: true });
  try {
    return books.prepare(query).all(...values);
  } finally {
    books.close();
  }
}

function holdersOf(file: string): string[] {
  return rowsOf(file, 'select referenz from inhaber order by referenz').map(({ referenz }) => String(referenz));
}

function balancesOf(file: string): Map<string, number> {
  const rows = rowsOf(file, 'select kontonummer, saldo from konto');
  return new Map(rows.map(({ kontonummer, saldo }) => [String(kontonummer), Number(saldo)]));
}

interface BooksToAudit {
  file: string;
  db: Db;
  acts: readonly Act[];
  before: ReadonlyMap<string, number>;
}

async function auditBooks({ file, db, acts, before }: BooksToAudit): Promise<Elsewhere> {
  const ids = await sql<{ object: string; theirs: string; ours: string }>`
    select object, theirs, ours from runtime.upstream_id where upstream = 'core-bank'`.execute(db);
  const oursOf = new Map(ids.rows.map(({ object, theirs, ours }) => [`${object} ${theirs}`, ours]));
  const theirAccount = new Map(ids.rows.flatMap((row) => (row.object === 'account' ? [[row.ours, row.theirs]] : [])));
  const counts = new Map<string, number>();
  const facts = new Map<string, string>();
  const own = new Set(acts.map(({ id }) => id));
  const strangers: string[] = [];
  const orders = rowsOf(file, 'select nummer, kundenreferenz, betrag from ueberweisung');
  for (const { nummer, kundenreferenz } of orders) {
    const id = String(kundenreferenz);
    if (id.startsWith(filling)) continue;
    if (!own.has(id)) strangers.push(id);
    counts.set(id, (counts.get(id) ?? 0) + 1);
    // One that the platform never learned of has no id there, and so no fact: that is found.
    facts.set(id, `transfer.posted ${oursOf.get(`transfer ${String(nummer)}`) ?? 'unlearned'}`);
  }
  const expected = new Map(before);
  const wished = acts.filter((act) => act.kind === 'transfer' && counts.has(act.id));
  for (const { about } of wished)
    for (const [side, sign] of [
      ['from', -1],
      ['to', 1],
    ] as const) {
      const account = theirAccount.get(String(about[side])) ?? '';
      expected.set(account, (expected.get(account) ?? 0) + sign * Number(about['amount']));
    }
  const now = balancesOf(file);
  const wrong = [...new Set([...expected.keys(), ...now.keys()])].flatMap((id) => {
    const delta = (now.get(id) ?? 0) - (expected.get(id) ?? 0);
    return delta === 0 ? [] : [{ id, delta }];
  });
  const found = await sql<{ id: string }>`
    select reference as id from runtime.upstream_call where state in ('unknown', 'human')`.execute(db);
  const findings = [
    { check: 'money appeared or vanished at the bank', ids: wrong.map(({ id, delta }) => `${id}: ${delta}`) },
    { check: 'entries of the bank do not add up to a balance', ids: unfolded(file) },
    { check: 'a transfer at the bank that nobody wished for', ids: strangers },
    { check: 'a call whose outcome is not found out', ids: found.rows.map(({ id }) => id) },
  ];
  return {
    counts,
    facts,
    moneyDelta: wrong.reduce((sum, { delta }) => sum + Math.abs(delta), 0),
    findings: findings.flatMap(({ check, ids: some }): Finding[] =>
      some.length === 0 ? [] : [{ check, count: some.length, ids: some.slice(0, 20) }],
    ),
  };
}

/** Accounts whose entries, in their order, do not give the balances that stand beside them. */
function unfolded(file: string): string[] {
  const entries = rowsOf(file, 'select konto, betrag, danach from umsatz order by laufnummer');
  const sums = new Map<string, number>();
  const wrong = new Set<string>();
  for (const { konto, betrag, danach } of entries) {
    const account = String(konto);
    const sum = (sums.get(account) ?? 0) + Number(betrag);
    sums.set(account, sum);
    if (sum !== Number(danach)) wrong.add(account);
  }
  for (const [account, balance] of balancesOf(file)) if ((sums.get(account) ?? 0) !== balance) wrong.add(account);
  return [...wrong];
}

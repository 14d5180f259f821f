// How fresh decisions and pages are: from the commit of a fact in one capability to what decisions of another know, and to
// the customer's page, at idle load. Each trial opens a ticket (its commit is the answer of the call), waits for the fact on
// the customer's live stream, over HTTP, and reads the features that a decision made at that moment would look at, until the
// count of open tickets has it: through outbox, relay, event log, and fan-out or reaction.

import { randomUUID } from 'node:crypto';
import { createServer, get, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { openPostgres } from '@plinth/adapters/postgres';
import { type Principal, serveLive, servicePrincipal, systemClock, worldCustomers } from '@plinth/runtime';
import { sql } from 'kysely';
import { readConfig } from '../server/src/config.ts';
import { createPlatform, type Platform } from '../server/src/platform.ts';
import type { BenchOptions, BenchResult } from './run.ts';

const usual = 'postgres://postgres@127.0.0.1:5432/postgres';
const barMs = 100;
const giveUpMs = 5000;

/** Options: `--trials N` (1000). Uses the PostgreSQL of `DATABASE_URL`, or the one on this machine, in a database of its own. */
export async function run({ args, say }: BenchOptions): Promise<BenchResult> {
  const at = args.indexOf('--trials');
  const trials = at < 0 ? 1000 : Number(args[at + 1]);
  const url = new URL(process.env['DATABASE_URL'] ?? usual);
  const admin = await openPostgres({ url: url.href, poolSize: 1 });
  const name = `plinth_freshness_${process.pid}`;
  await sql.raw(`create database ${name}`).execute(admin.db);
  url.pathname = `/${name}`;
  const database = await openPostgres({ url: url.href });
  const platform = await createPlatform({
    config: readConfig({ demo: true }, { LOG_LEVEL: 'silent' }),
    database,
    databaseUrl: url.href,
    mail: { send: () => Promise.resolve(), close: () => Promise.resolve() },
    clock: systemClock,
  });
  const pages = await openPages(platform);
  try {
    const delays: number[] = [];
    const live: number[] = [];
    const people = worldCustomers(240, Temporal.Now.plainDateISO('UTC').with({ day: 1 })).map(({ id }) => id);
    for (let trial = 0; trial < trials; trial++) {
      // Each trial is a caller of its own: how often one may call is not what is measured.
      const principal = servicePrincipal(`bench-${trial}`);
      const customerId = people[trial % people.length] ?? '';
      const measured = await measure({ platform, principal, customerId, page: await pages.open(customerId) });
      delays.push(measured.decisionMs);
      live.push(measured.pageMs);
      if ((trial + 1) % 100 === 0) say(`${trial + 1} trials, p99 so far ${at99(delays).toFixed(1)} ms`);
    }
    const figures = {
      p50Ms: rounded(quantile(delays, 0.5)),
      p99Ms: rounded(at99(delays)),
      maxMs: rounded(Math.max(...delays)),
      liveP50Ms: rounded(quantile(live, 0.5)),
      liveP95Ms: rounded(quantile(live, 0.95)),
      liveMaxMs: rounded(Math.max(...live)),
    };
    const failed = [
      ...(figures.p99Ms > barMs ? [`p99Ms is ${figures.p99Ms}, the bar is ${barMs}`] : []),
      ...(figures.liveP95Ms > barMs ? [`liveP95Ms is ${figures.liveP95Ms}, the bar is ${barMs}`] : []),
    ];
    return { figures, failed, settings: { trials, node: process.version } };
  } finally {
    pages.close();
    await platform.close();
    await database.close();
    await sql.raw(`drop database ${name} with (force)`).execute(admin.db);
    await admin.close();
  }
}

interface Trial {
  platform: Platform;
  principal: Principal;
  customerId: string;
  page: Page;
}

/** One trial: milliseconds from the answer of the write to the customer's page, and to the first decision that holds the fact. */
async function measure({ page, ...trial }: Trial): Promise<{ decisionMs: number; pageMs: number }> {
  const { platform, principal, customerId } = trial;
  const before = await ticketsKnown(trial);
  const opened = await platform.edge.invoke({
    operation: 'tickets.openTicket',
    principal,
    idempotencyKey: randomUUID(),
    input: { body: { subject: 'Where is my parcel?', text: 'It was promised for today.', customerId } },
  });
  if (opened.status >= 300) throw new Error(`the ticket was refused: ${JSON.stringify(opened.body)}`);
  const committedMs = performance.now();
  while ((await ticketsKnown(trial)) <= before)
    if (performance.now() - committedMs > giveUpMs) throw new Error('no decision knew the fact in time');
  const decisionMs = performance.now() - committedMs;
  // It may have come before the answer did: nothing is fresher than that.
  const pageMs = Math.max(0, (await page.toldOf((opened.body as { id: string }).id)) - committedMs);
  return { decisionMs, pageMs };
}

/** A customer's page with its live stream. */
interface Page {
  /** When the page was told of a subject, on the clock of `performance`. Ends the stream. */
  toldOf(subject: string): Promise<number>;
}

/** Live streams over HTTP, each of one customer. */
async function openPages(platform: Platform): Promise<{ open(customerId: string): Promise<Page>; close(): void }> {
  const server: Server = createServer((request, response) => {
    const customerId = String(request.headers['x-customer']);
    const customer = { ...servicePrincipal(customerId, customerId), audience: 'customer' as const };
    if (serveLive(platform.live, { request, response }, customer) !== undefined) response.writeHead(500).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    async open(customerId) {
      const options = { port, host: '127.0.0.1', path: '/live?topics=tickets', headers: { 'x-customer': customerId } };
      const stream = await new Promise<IncomingMessage>((resolve, reject) => {
        get({ ...options, agent: false }, resolve).on('error', reject);
      });
      let text = '';
      const told = new Map<string, number>();
      const wake = { up: (): void => undefined };
      stream.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk;
        for (const [, subject = ''] of text.matchAll(/"subject":"([^"]+)"/g))
          if (!told.has(subject)) told.set(subject, performance.now());
        wake.up();
      });
      return {
        async toldOf(subject) {
          const untilMs = performance.now() + giveUpMs;
          while (!told.has(subject)) {
            if (performance.now() > untilMs) throw new Error('the page was not told in time');
            await new Promise<void>((resolve) => {
              wake.up = resolve;
              setTimeout(resolve, 100).unref();
            });
          }
          stream.destroy();
          return told.get(subject) ?? 0;
        },
      };
    },
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}

/** Open tickets that a decision made now would count. */
async function ticketsKnown({ platform, principal, customerId }: Omit<Trial, 'page'>): Promise<number> {
  const { status, body } = await platform.edge.invoke({
    operation: 'personalization.getProfile',
    principal,
    input: { customerId },
  });
  if (status !== 200) throw new Error(`the profile was refused: ${JSON.stringify(body)}`);
  const { features } = body as { features: { name: string; value: unknown }[] };
  return Number(features.find(({ name }) => name === 'tickets_open')?.value ?? 0);
}

function at99(values: readonly number[]): number {
  return quantile(values, 0.99);
}

function quantile(values: readonly number[], share: number): number {
  return (
    values.toSorted((left, right) => left - right)[Math.min(values.length - 1, Math.floor(values.length * share))] ?? 0
  );
}

function rounded(value: number): number {
  return Math.round(value * 100) / 100;
}

// F16: two servers on one database behind a balancer; each is stopped and started again in turn, under load. Nobody
// notices: every request is answered 2xx, and what was acknowledged is there exactly once.

import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { openPostgres } from '@plinth/adapters/postgres';
import { type Balancer, type ChaosSuite, eventually, openBalancer } from '@plinth/testing';
import { sql } from 'kysely';
import { freePort, makeDatabase, openDatabaseServer } from '../faults/deployment.ts';

const serve = path.join(import.meta.dirname, '../../bench/reference/serve.ts');
const fewestRestarts = 3;
const mostRestarts = 100;
const lanes = 6;
const mostAttempts = 50;
/** The balancer asks ten times a second. */
const drainMs = 700;
const endsWithinMs = 10_000;

interface Node {
  port: number;
  child: ChildProcess | undefined;
}

interface Load {
  requests: number;
  acked: string[];
  failures: string[];
  /** Refused because the machine had too much to do, not because a server went; asked again, as any client does. */
  busy: number;
  isOver: boolean;
}

export const suite: ChaosSuite = {
  name: 'rolling',
  about: 'two servers restart in turn behind a balancer, under load: no request fails, each write is there once',
  async run({ log, seconds }) {
    const place = await openDatabaseServer();
    const store = await makeDatabase(place.url);
    const nodes: Node[] = [];
    const load: Load = { requests: 0, acked: [], failures: [], busy: 0, isOver: false };
    let balancer: Balancer | undefined;
    try {
      for (let n = 0; n < 2; n++) nodes.push({ port: await freePort(), child: undefined });
      for (const node of nodes) await start(node, store.url);
      const front = (balancer = await openBalancer(nodes.map(({ port }) => port)));
      await eventually('both are ready', 30_000, () => front.ready().length === 2);
      const driving = Array.from({ length: lanes }, (_, lane) => drive(front.base, lane, load));
      const drains: number[] = [];
      const endMs = performance.now() + seconds * 1_000;
      for (let n = 0; n < mostRestarts && (n < fewestRestarts || performance.now() < endMs); n++) {
        const node = nodes[n % 2] as Node;
        drains.push(await stop(node));
        await start(node, store.url);
        await eventually('it is ready again', 30_000, () => front.ready().length === 2);
        if (n % 10 === 9) log(`${n + 1} restarts, ${load.requests} requests, ${load.failures.length} failed`);
      }
      load.isOver = true;
      await Promise.all(driving);
      const wrong = await notOnce(store.url, load.acked);
      load.failures.slice(0, 10).forEach((failure) => log(`✗ ${failure}`));
      wrong.slice(0, 10).forEach((text) => log(`✗ ${text} is not there exactly once`));
      const drainP99Ms = Math.round(drains.toSorted((a, b) => a - b)[Math.floor(drains.length * 0.99)] ?? 0);
      return {
        ok: load.failures.length === 0 && wrong.length === 0 && drainP99Ms <= endsWithinMs,
        figures: {
          restarts: drains.length,
          requests: load.requests,
          failed: load.failures.length,
          busy: load.busy,
          acked: load.acked.length,
          notOnce: wrong.length,
          drainP99Ms,
        },
      };
    } finally {
      load.isOver = true;
      await balancer?.close();
      for (const { child } of nodes) if (child?.exitCode === null) child.kill('SIGKILL');
      await store.close();
      await place.close();
    }
  },
};

async function start(node: Node, databaseUrl: string): Promise<void> {
  const env = { ...process.env, PLINTH_DRAIN_MS: String(drainMs) };
  const child = fork(serve, [databaseUrl, String(node.port)], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'], env });
  node.child = child;
  await Promise.race([
    once(child, 'message'),
    once(child, 'exit').then(([code]) => Promise.reject(new Error(`a server ended with ${code}`))),
  ]);
}

/** Milliseconds from the signal to the end. Throws when it did not end in order. */
async function stop({ child }: Node): Promise<number> {
  const startMs = performance.now();
  child?.kill('SIGTERM');
  const [code, signal] = child === undefined ? [0] : ((await once(child, 'exit')) as [number | null, string | null]);
  if (code !== 0) throw new Error(`a server ended with ${code ?? signal}`);
  return performance.now() - startMs;
}

/** One caller: a write and a read, over and over, on a connection that is kept. */
async function drive(base: string, lane: number, load: Load): Promise<void> {
  for (let n = 0; !load.isOver; n++) {
    const text = `lane-${lane}-${n}`;
    const headers = { 'content-type': 'application/json', 'idempotency-key': `"${text}"` };
    const written = await ask(`${base}/reference/v1/notes`, load, {
      method: 'POST',
      headers,
      body: JSON.stringify({ text }),
    });
    if (written) load.acked.push(text);
    await ask(`${base}/reference/v1/notes`, load);
    // Ten or so a second from each: restarts are what is tested.
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

async function ask(url: string, load: Load, init: RequestInit = {}): Promise<boolean> {
  load.requests += 1;
  for (let attempt = 0; attempt < mostAttempts; attempt++) {
    const said = await askOnce(url, load, init);
    if (said !== 'busy') return said;
    load.busy += 1;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  load.failures.push(`${init.method ?? 'GET'} was refused ${mostAttempts} times`);
  return false;
}

async function askOnce(url: string, load: Load, init: RequestInit): Promise<boolean | 'busy'> {
  try {
    const response = await fetch(url, init);
    const text = await response.text();
    if (response.ok) return true;
    if (text.includes('"code":"overloaded"')) return 'busy';
    load.failures.push(`${init.method ?? 'GET'} ${response.status} ${response.headers.get('x-balancer') ?? text}`);
  } catch (error) {
    load.failures.push(`${init.method ?? 'GET'} ${String((error as Error).cause ?? error)}`);
  }
  return false;
}

async function notOnce(url: string, acked: readonly string[]): Promise<string[]> {
  const database = await openPostgres({ url, poolSize: 1 });
  try {
    const { rows } = await sql<{ text: string; n: bigint }>`
      select text, count(*) as n from reference.kept group by text`.execute(database.db);
    const counts = new Map(rows.map(({ text, n }) => [text, Number(n)]));
    return acked.filter((text) => counts.get(text) !== 1);
  } finally {
    await database.close();
  }
}

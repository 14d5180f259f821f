// F2: PostgreSQL goes away under load (`-m immediate`, as a power cut would end it) and comes back, again and again, while
// the platform stays up. The suite runs a server of its own from the private PostgreSQL's binaries.

import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { prepareBinaries } from '@plinth/adapters/embedded-postgres';
import { openPostgres } from '@plinth/adapters/postgres';
import { seededRandom } from '@plinth/runtime';
import { AuditClient, type ChaosOutcome, type ChaosSuite } from '@plinth/testing';
import { auditedRun, makeTemplate } from '../faults/audited-run.ts';
import { freePort } from '../faults/deployment.ts';

/** Refused within this, however long the database stays away. */
const refusedWithinMs = 1000;
const healthyWithinMs = 5000;

export const suite: ChaosSuite = {
  name: 'postgres',
  about: 'PostgreSQL is stopped at once and started again under load; refusals are quick and honest, nothing is lost',
  async run({ log, seconds, seed }): Promise<ChaosOutcome> {
    const random = seededRandom(seed);
    const postgres = await startOwn();
    const backMs: number[] = [];
    const refusals: Refusals = { honest: 0, slowestMs: 0, wrong: [] };
    try {
      await isBack(postgres.url);
      const template = await makeTemplate(postgres.url);
      const outcome = await auditedRun({
        log,
        seconds: Math.max(8, seconds),
        seed,
        databaseUrl: postgres.url,
        template: template.name,
        async faults({ server, authorization, leftMs, firstSuccess }) {
          const client = new AuditClient(server.port);
          while (leftMs() > 1000 || backMs.length === 0) {
            await pause(500 + random.int(2500));
            await postgres.stop();
            const downMs = 200 + random.int(1800);
            await askWhileDown(client, { authorization, forMs: downMs, refusals });
            postgres.start();
            await isBack(postgres.url);
            backMs.push(await firstSuccess());
          }
          client.close();
          log(`${backMs.length} stops; healthy again after at most ${Math.round(Math.max(...backMs))} ms`);
        },
      });
      await template.close();
      for (const each of refusals.wrong.slice(0, 5)) log(`✗ while the database was away: ${each}`);
      const slowestBackMs = Math.max(...backMs);
      const isQuick = refusals.slowestMs <= refusedWithinMs && slowestBackMs <= healthyWithinMs;
      if (!isQuick) log(`✗ refused after ${refusals.slowestMs} ms, healthy after ${slowestBackMs} ms`);
      return {
        ok: outcome.findings.length === 0 && refusals.wrong.length === 0 && refusals.honest > 0 && isQuick,
        figures: {
          stops: backMs.length,
          acts: outcome.acts.length,
          ...outcome.figures,
          replayed: outcome.replayed,
          refusals: refusals.honest,
          slowestRefusalMs: refusals.slowestMs,
          slowestBackMs,
          findings: outcome.findings.length,
        },
      };
    } finally {
      await postgres.close();
    }
  },
};

interface Refusals {
  honest: number;
  slowestMs: number;
  wrong: string[];
}

/** A read that needs the database, and readiness, as often as they are answered. */
async function askWhileDown(
  client: AuditClient,
  { authorization, forMs, refusals }: { authorization: string; forMs: number; refusals: Refusals },
): Promise<void> {
  const until = performance.now() + forMs;
  while (performance.now() < until) {
    const started = performance.now();
    const answer = await client.ask({ method: 'GET', path: '/readyz', headers: {} });
    refusals.slowestMs = Math.max(refusals.slowestMs, performance.now() - started);
    if (answer.status !== 503) refusals.wrong.push(`/readyz ${answer.status}`);
    const asked = performance.now();
    const accounts = await client.ask({
      method: 'GET',
      path: '/accounts/v1/accounts?limit=1',
      headers: { authorization },
    });
    refusals.slowestMs = Math.max(refusals.slowestMs, performance.now() - asked);
    const isHonest = accounts.status === 503 && accounts.headers['retry-after'] !== undefined;
    if (isHonest) refusals.honest += 1;
    else refusals.wrong.push(`${accounts.status} ${accounts.body.slice(0, 200)}`);
    await pause(50);
  }
}

/** Recovery is over and it takes connections. */
async function isBack(url: string): Promise<void> {
  for (;;) {
    const database = await openPostgres({ url, poolSize: 1 }).catch(() => undefined);
    if (database === undefined) {
      await pause(50);
      continue;
    }
    await database.close();
    return;
  }
}

function pause(forMs: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, forMs));
}

/** A durable cluster on a loopback port; `stop` ends it without saying goodbye. */
async function startOwn(): Promise<{ url: string; stop(): Promise<void>; start(): void; close(): Promise<void> }> {
  const binaries = prepareBinaries();
  const home = mkdtempSync(path.join(os.tmpdir(), 'plinth-chaos-pg-'));
  const cluster = path.join(home, 'cluster');
  mkdirSync(cluster);
  if (binaries.identity)
    for (const folder of [home, cluster]) chownSync(folder, binaries.identity.uid, binaries.identity.gid);
  const port = await freePort();
  const run = (program: string, ...args: string[]): void => {
    const { status, stderr } = spawnSync(path.join(binaries.bin, program), args, {
      ...binaries.identity,
      cwd: '/',
      env: { LC_ALL: 'C', PATH: '/usr/bin:/bin' },
      encoding: 'utf8',
    });
    if (status !== 0) throw new Error(`${program}: ${stderr}`);
  };
  run('initdb', '-D', cluster, '-U', 'postgres', '--auth=trust', '--encoding=UTF8', '--locale=C', '--no-instructions');
  const settings = [
    `port=${port}`,
    'listen_addresses=127.0.0.1',
    `unix_socket_directories=${home}`,
    'max_connections=80',
  ];
  let server: ReturnType<typeof spawn> | undefined;
  const start = (): void => {
    server = spawn(
      path.join(binaries.bin, 'postgres'),
      ['-D', cluster, ...settings.flatMap((setting) => ['-c', setting])],
      { ...binaries.identity, cwd: '/', env: { LC_ALL: 'C', PATH: '/usr/bin:/bin' }, stdio: 'ignore' },
    );
  };
  /** Resolves when it has gone: until then it answers. */
  const stop = async (): Promise<void> => {
    if (server === undefined || server.exitCode !== null || server.signalCode !== null) return;
    const gone = once(server, 'exit');
    // SIGQUIT is `-m immediate`: no checkpoint, so the start after it recovers from the log.
    server.kill('SIGQUIT');
    await gone;
  };
  start();
  return {
    url: `postgres://postgres@127.0.0.1:${port}/postgres`,
    start,
    stop,
    async close() {
      await stop();
      rmSync(home, { recursive: true, force: true });
    },
  };
}

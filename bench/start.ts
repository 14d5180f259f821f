// How long somebody waits: from `npm start` (the process it runs) to `/readyz`. First ever: empty data folder, no built
// pages. Warm: what a second start finds. Each start is a process of its own; medians.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { BenchOptions, BenchResult } from './run.ts';

const root = path.join(import.meta.dirname, '..');
const dist = path.join(root, 'channels/dist');
const bars = { warmMs: 3000, firstMs: 20_000 };

/** Options: `--rounds N` warm starts (5). Puts the built pages back as they were. */
export async function run({ args, say }: BenchOptions): Promise<BenchResult> {
  const at = args.indexOf('--rounds');
  const rounds = at < 0 ? 5 : Number(args[at + 1]);
  const folder = mkdtempSync(path.join(tmpdir(), 'plinth-start-'));
  const kept = path.join(folder, 'dist');
  const data = path.join(folder, 'data');
  if (existsSync(dist)) renameOrCopy(dist, kept);
  try {
    const firstMs = await startOnce(data);
    say(`first ever  ${Math.round(firstMs)} ms`);
    const warm: number[] = [];
    for (let round = 0; round < rounds; round++) {
      warm.push(await startOnce(data));
      say(`warm        ${Math.round(warm.at(-1) ?? 0)} ms`);
    }
    const figures = { firstMs: Math.round(firstMs), warmMs: Math.round(median(warm)) };
    const failed = Object.entries(bars)
      .filter(([name, bar]) => figures[name as keyof typeof figures] > bar)
      .map(([name, bar]) => `${name} is ${figures[name as keyof typeof figures]}, the bar is ${bar}`);
    return { figures, failed, settings: { rounds, node: process.version } };
  } finally {
    if (existsSync(kept)) {
      rmSync(dist, { recursive: true, force: true });
      renameOrCopy(kept, dist);
    }
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Milliseconds from the start of the process until it is ready; it is ended as Ctrl+C ends it. */
async function startOnce(data: string): Promise<number> {
  const port = await freePort();
  const startedMs = performance.now();
  const child = spawn(process.execPath, ['server/src/main.ts', 'dev', '--port', String(port), '--data', data], {
    cwd: root,
    stdio: 'ignore',
    env: { ...process.env, NO_COLOR: '1' },
  });
  try {
    while (!(await isReady(port))) {
      if (child.exitCode !== null || performance.now() - startedMs > 120_000) throw new Error('it did not start');
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    return performance.now() - startedMs;
  } finally {
    if (child.exitCode === null) {
      child.kill('SIGINT');
      await once(child, 'exit');
    }
  }
}

async function isReady(port: number): Promise<boolean> {
  try {
    return (await fetch(`http://127.0.0.1:${port}/readyz`)).ok;
  } catch {
    return false;
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

/** The temporary folder may be on another disk. */
function renameOrCopy(from: string, to: string): void {
  try {
    renameSync(from, to);
  } catch {
    cpSync(from, to, { recursive: true });
    rmSync(from, { recursive: true });
  }
}

function median(values: readonly number[]): number {
  return values.toSorted((left, right) => left - right)[values.length >> 1] ?? Number.NaN;
}

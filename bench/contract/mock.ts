// `plinth mock` against Prism over the storefront contract of Medusa (OpenAPI 3.0, 46 operations): from the start of the
// process to the first 200, then requests a second, one connection. Prism answers from examples and keeps nothing; ours
// lists, and makes, things that it keeps.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createServer } from 'node:net';
import path from 'node:path';
import { drive, requestBytes } from '../edge/client.ts';
import type { BenchOptions, BenchResult } from '../run.ts';

const root = path.resolve(import.meta.dirname, '..', '..');
const prism = path.join(root, 'bench', 'rivals', 'node_modules', '.bin', 'prism');
const data = process.env['PLINTH_TEST_DATA'] ?? path.join(root, '..', 'shared', 'data');
const contract = path.join(data, 'contracts/medusa-store/www/apps/api-reference/specs/store/openapi.full.yaml');
/** Our time to the first answer over Prism's; our requests a second over Prism's. */
const targets = { start: 0.5, read: 3, write: 2 };
const usualRuns = 5;
const warmS = 1;

const headers = { accept: 'application/json', 'x-publishable-api-key': 'pk_test' };
const read = requestBytes('GET', '/store/regions', headers);
const write = requestBytes(
  'POST',
  '/store/carts',
  { ...headers, 'content-type': 'application/json' },
  '{"region_id":"reg_1"}',
);

interface Measured {
  startMs: number[];
  readS: number[];
  writeS: number[];
}

/** Medians of `--runs N` (5) processes each, one after the other, `--seconds S` (3) of load. Skips without data or rival. */
export async function run({ args, say }: BenchOptions): Promise<BenchResult> {
  const missing = [contract, prism].find((file) => !existsSync(file));
  if (missing !== undefined) {
    say(`skipped: ${missing} is not there`);
    return { figures: {}, failed: [] };
  }
  const option = (name: string, usual: number): number => {
    const at = args.indexOf(`--${name}`);
    return at < 0 ? usual : Number(args[at + 1]);
  };
  const all = { ours: empty(), prism: empty() };
  for (let count = 0; count < option('runs', usualRuns); count++)
    for (const [name, command] of Object.entries(commands)) {
      const into = all[name as keyof typeof all];
      await measure(command, into, option('seconds', 3));
      say(`${name.padEnd(6)} ${figures(into, (list) => list.at(-1) ?? Number.NaN)}`);
    }
  const [ours, theirs] = [medians(all.ours), medians(all.prism)];
  const ratios = {
    start: ours.startMs / theirs.startMs,
    read: ours.readS / theirs.readS,
    write: ours.writeS / theirs.writeS,
  };
  const failed = [
    ...(ratios.start <= targets.start
      ? []
      : [`start takes ${ratios.start.toFixed(2)} of Prism's; at most ${targets.start}`]),
    ...(['read', 'write'] as const)
      .filter((name) => ratios[name] < targets[name])
      .map((name) => `${name}: ${ratios[name].toFixed(2)} times Prism's requests; at least ${targets[name]}`),
  ];
  return {
    figures: {
      startMs: Math.round(ours.startMs),
      prismStartMs: Math.round(theirs.startMs),
      startRatio: round(ratios.start),
      readsPerS: Math.round(ours.readS),
      prismReadsPerS: Math.round(theirs.readS),
      readRatio: round(ratios.read),
      writesPerS: Math.round(ours.writeS),
      prismWritesPerS: Math.round(theirs.writeS),
      writeRatio: round(ratios.write),
    },
    failed,
  };
}

const commands: Readonly<Record<string, (port: string) => readonly string[]>> = {
  ours: (port) => [path.join(root, 'server', 'src', 'main.ts'), 'mock', contract, '--port', port],
  prism: (port) => [prism, 'mock', contract, '--port', port, '--host', '127.0.0.1', '--verboseLevel', 'silent'],
};

async function measure(command: (port: string) => readonly string[], into: Measured, seconds: number): Promise<void> {
  const port = await freePort();
  const startedMs = performance.now();
  const child = spawn(process.execPath, command(String(port)), { stdio: 'ignore', cwd: root });
  try {
    await firstAnswer(child, port, startedMs);
    into.startMs.push(performance.now() - startedMs);
    for (const [request, list] of [
      [read, into.readS],
      [write, into.writeS],
    ] as const) {
      await drive({ port, request, connections: 1, seconds: warmS });
      const { requests, failures, seconds: took } = await drive({ port, request, connections: 1, seconds });
      if (failures > 0) throw new Error(`${failures} of ${requests} requests failed`);
      list.push(requests / took);
    }
  } finally {
    child.kill('SIGTERM');
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  }
}

async function firstAnswer(child: ChildProcess, port: number, startedMs: number): Promise<void> {
  while (performance.now() - startedMs < 60_000) {
    if (child.exitCode !== null) throw new Error(`it ended with ${child.exitCode}`);
    const answer = await fetch(`http://127.0.0.1:${port}/store/regions`, { headers }).catch(() => undefined);
    await answer?.arrayBuffer();
    if (answer?.status === 200) return;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  throw new Error('no answer within a minute');
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}

function empty(): Measured {
  return { startMs: [], readS: [], writeS: [] };
}

function medians(measured: Measured): Record<keyof Measured, number> {
  return { startMs: median(measured.startMs), readS: median(measured.readS), writeS: median(measured.writeS) };
}

function round(value: number): number {
  return Number(value.toFixed(2));
}

function median(list: readonly number[]): number {
  return list.toSorted((a, b) => a - b)[list.length >> 1] ?? Number.NaN;
}

function figures(measured: Measured, of: (list: readonly number[]) => number): string {
  return `start ${of(measured.startMs).toFixed(0)} ms, reads ${of(measured.readS).toFixed(0)}/s, writes ${of(measured.writeS).toFixed(0)}/s`;
}

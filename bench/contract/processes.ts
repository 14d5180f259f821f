// What the benches of the contract engine share: whole processes, their time, and medians.

import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import path from 'node:path';
import type { BenchOptions } from '../run.ts';

export const root = path.resolve(import.meta.dirname, '..', '..');
export const plinth = path.join(root, 'server', 'src', 'main.ts');
export const data = path.join(process.env['PLINTH_TEST_DATA'] ?? path.join(root, '..', 'shared', 'data'), 'contracts');

/** A compared program; installed by `npm ci --prefix bench/rivals --ignore-scripts`. */
export function rival(name: string): string {
  return path.join(root, 'bench', 'rivals', 'node_modules', '.bin', name);
}

const env = { ...process.env, REDOCLY_TELEMETRY: 'off', REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true', CI: '1' };

/** Says what is not there, for a bench to skip with one line; undefined when all is. */
export function missing(options: BenchOptions, files: readonly string[]): string | undefined {
  const absent = files.find((file) => !existsSync(file));
  if (absent !== undefined) options.say(`skipped: ${absent} is not there`);
  return absent;
}

/** `--runs N` of the command line. */
export function runsOf({ args }: BenchOptions, usual = 5): number {
  const at = args.indexOf('--runs');
  return at < 0 ? usual : Number(args[at + 1]);
}

export interface Spent {
  /** On the clock. */
  ms: number;
  /** Of all cores; on a machine that others use too, the steadier figure. NaN where the system does not tell. */
  cpuMs: number;
}

/** What one process of this Node takes, or the processes of some work. Findings (exit 1) are no failure. */
export function timed(work: readonly string[] | (() => unknown)): Spent {
  const [started, before] = [performance.now(), cpuOfEnded()];
  if (typeof work === 'function') work();
  else ended(process.execPath, work);
  return { ms: performance.now() - started, cpuMs: cpuOfEnded() - before };
}

/** CPU milliseconds of all children that ended. */
function cpuOfEnded(): number {
  return cpuTicks('self', 13);
}

/** CPU milliseconds of a running process so far. */
export function cpuOf({ pid }: ChildProcess): number {
  return cpuTicks(String(pid), 11);
}

/** Two neighbouring fields of proc_pid_stat(5), user and system, counted behind the name; steps of 10 ms. NaN elsewhere. */
function cpuTicks(pid: string, field: number): number {
  if (process.platform !== 'linux') return Number.NaN;
  const fields = readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[field]) + Number(fields[field + 1])) * 10;
}

/** Standard output of a process that ends with 0 or 1. */
export function ended(program: string, args: readonly string[], mostStatus = 1): string {
  const { status, error, stdout, stderr } = spawnSync(program, args, {
    env,
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  });
  if (error !== undefined || status === null || status > mostStatus)
    throw error ?? new Error(`${args.slice(0, 3).join(' ')} ended with ${status}: ${stderr.slice(0, 500)}`);
  return stdout;
}

/** A server in a process of its own, and what it takes from its start to the first 200 for `url`. */
export async function served(args: readonly string[], url: string): Promise<{ child: ChildProcess; first: Spent }> {
  const started = performance.now();
  const child = spawn(process.execPath, args, { env, cwd: root, stdio: 'ignore' });
  while (!(await answers(url))) {
    if (child.exitCode !== null || performance.now() - started > 60_000) {
      child.kill();
      throw new Error(`${args.slice(0, 3).join(' ')} does not answer ${url}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  return { child, first: { ms: performance.now() - started, cpuMs: cpuOf(child) } };
}

export async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill();
  await once(child, 'exit');
}

async function answers(url: string): Promise<boolean> {
  try {
    const response = await fetch(url);
    await response.arrayBuffer();
    return response.status === 200;
  } catch {
    return false;
  }
}

export async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

/** By the clock, as whoever waits for it counts. */
export function medianMs(spent: readonly Spent[]): number {
  return median(spent.map(({ ms }) => ms));
}

/** Two decimals. */
export function ratio(ours: number, theirs: number): number {
  return Math.round((ours / theirs) * 100) / 100;
}

/** What a figure must be. */
export type Bar = { atMost: number } | { atLeast: number };

export interface Target {
  name: string;
  value: number;
  /** `<= 1500` or `>= 5`. */
  target: string;
  reached: boolean;
}

/** Each figure that has a bar beside it, and in words those that miss it. A figure that was not measured is left out. */
export function held(
  figures: Readonly<Record<string, number>>,
  bars: Readonly<Record<string, Bar>>,
): { targets: Target[]; failed: string[] } {
  const targets = Object.entries(bars).flatMap(([name, bar]): Target[] => {
    const value = figures[name];
    if (value === undefined) return [];
    return 'atMost' in bar
      ? [{ name, value, target: `<= ${bar.atMost}`, reached: value <= bar.atMost }]
      : [{ name, value, target: `>= ${bar.atLeast}`, reached: value >= bar.atLeast }];
  });
  const missed = targets.filter(({ reached }) => !reached);
  return { targets, failed: missed.map(({ name, value, target }) => `${name} is ${value}, the target is ${target}`) };
}

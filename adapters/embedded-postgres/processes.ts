// Small truths about processes.

import type { ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !isZombie(pid);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function isZombie(pid: number): boolean {
  return statOf(pid)[0] === 'Z';
}

/** Fields of /proc/<pid>/stat after the command's name; empty where there is no /proc. */
function statOf(pid: number): string[] {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return text.slice(text.lastIndexOf(')') + 2).split(' ');
  } catch {
    return [];
  }
}

/** When a process started, in clock ticks since boot; '' where that is unknown. */
export function startOf(pid: number): string {
  return statOf(pid)[19] ?? '';
}

export async function waitForExit(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', (code) => resolve(code ?? 1));
  });
}

const stepMs = 10;

/** Fast shutdown, then immediate after 3 s, then kill after 5 s. Resolves when the process is gone. */
export async function stopServer(pid: number): Promise<void> {
  const signals: [afterMs: number, signal: NodeJS.Signals][] = [
    [0, 'SIGINT'],
    [3000, 'SIGQUIT'],
    [5000, 'SIGKILL'],
  ];
  for (let waited = 0; waited < 8000 && isAlive(pid); waited += stepMs) {
    const due = signals.findIndex(([after]) => after <= waited);
    if (due >= 0) for (const [, signal] of signals.splice(due, 1)) signalQuietly(pid, signal);
    await new Promise((resolve) => setTimeout(resolve, stepMs));
  }
}

function signalQuietly(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // Gone in between: what we wanted.
  }
}

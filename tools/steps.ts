// Runs named steps one after another and sums them up; shared by `npm run check` and `npm test`.

import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { root } from './source.ts';

export interface Step {
  name: string;
  command: readonly string[];
  /** A vitest run: its counts are added to the summary. */
  tests?: boolean;
  env?: Record<string, string>;
}

interface Counts {
  passed: number;
  failed: number;
  skipped: number;
}

/** Runs all steps (also after a failure, so that one run tells everything) and exits 0 or 1. */
export async function runSteps(steps: readonly Step[]): Promise<never> {
  const total: Counts = { passed: 0, failed: 0, skipped: 0 };
  const broken: string[] = [];
  const started = performance.now();
  for (const step of steps) {
    const begun = performance.now();
    const { code, counts } = await runStep(step);
    const seconds = ((performance.now() - begun) / 1000).toFixed(1);
    if (code !== 0) broken.push(step.name);
    total.passed += counts.passed + (step.tests || code !== 0 ? 0 : 1);
    total.failed += Math.max(counts.failed, code === 0 ? 0 : 1);
    total.skipped += counts.skipped;
    console.log(`${code === 0 ? '✓' : '✗'} ${step.name}  ${seconds} s`);
  }
  console.log(
    `\n${((performance.now() - started) / 1000).toFixed(0)} s${broken.length > 0 ? `; failed: ${broken.join(', ')}` : ''}`,
  );
  console.log(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
  process.exit(broken.length > 0 ? 1 : 0);
}

async function runStep(step: Step): Promise<{ code: number; counts: Counts }> {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'plinth-step-'));
  const report = path.join(folder, 'report.json');
  const [program = '', ...args] = step.command;
  const extra = step.tests ? ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`] : [];
  const bin = path.join(root, 'node_modules', '.bin');
  const env = {
    ...process.env,
    PATH: `${bin}${path.delimiter}${process.env['PATH'] ?? ''}`,
    // Suites start the platform as a process a hundred times: what it is compiled to is kept.
    NODE_COMPILE_CACHE: path.join(root, 'node_modules', '.cache', 'compiled'),
    ...step.env,
  };
  const child = spawn(program, [...args, ...extra], { cwd: root, stdio: 'inherit', env });
  const code = await new Promise<number>((resolve) => {
    child.on('error', () => resolve(127));
    child.on('exit', (value) => resolve(value ?? 1));
  });
  const counts = step.tests ? readCounts(report) : { passed: 0, failed: 0, skipped: 0 };
  rmSync(folder, { recursive: true, force: true });
  return { code, counts };
}

function readCounts(report: string): Counts {
  try {
    const json = JSON.parse(readFileSync(report, 'utf8')) as Record<string, number>;
    return {
      passed: json['numPassedTests'] ?? 0,
      failed: json['numFailedTests'] ?? 0,
      skipped: (json['numPendingTests'] ?? 0) + (json['numTodoTests'] ?? 0),
    };
  } catch {
    // No report: the runner did not get that far, and its exit code says so.
    return { passed: 0, failed: 1, skipped: 0 };
  }
}

/** What both loops begin with. */
export const staticSteps: readonly Step[] = [
  { name: 'format', command: ['oxfmt', '--check'] },
  { name: 'lint', command: ['oxlint'] },
  { name: 'types', command: ['tsc', '-p', 'tsconfig.json'] },
  // One program each: an app's router knows its own paths.
  ...['portal', 'kiosk', 'desk', 'studio', 'developers'].map((app) => ({
    name: `types of channels/${app}`,
    command: ['tsc', '-p', `channels/${app}/tsconfig.json`],
  })),
  { name: 'nothing unused', command: ['knip', '--no-config-hints'] },
  { name: 'generated files are fresh', command: ['node', 'tools/generate.ts', '--check'] },
];

// `npm run test:chaos -- NAME [PART[:WITHIN]] [--seconds N] [--seed N]`: one fault suite of test/chaos or a part of it, bounded
// and on this machine only. Without a name it lists them. Exit code 1 = a promise did not hold, 2 = wrong call.

import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import type { ChaosSuite } from '@plinth/testing';
import { root } from './source.ts';

const folder = path.join(root, 'test', 'chaos');
const defaultSeconds = 30;
const mostSeconds = 3600;
/** Starting, settling and judging may take this much on top. */
const graceSeconds = 900;

function refuse(message: string): never {
  console.error(message);
  process.exit(2);
}

function readArguments(): { name: string | undefined; part: string | undefined; seconds: number; seed: number } {
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: { seconds: { type: 'string' }, seed: { type: 'string' } },
    });
    const seconds = Number(values.seconds ?? defaultSeconds);
    if (!(seconds > 0 && seconds <= mostSeconds)) refuse(`--seconds takes a number from 1 to ${mostSeconds}.`);
    const seed = Number(values.seed ?? 1);
    if (!Number.isSafeInteger(seed)) refuse('--seed takes a whole number.');
    return { name: positionals[0], part: positionals[1], seconds, seed };
  } catch (error) {
    return refuse((error as Error).message);
  }
}

async function load(name: string): Promise<ChaosSuite> {
  const { suite } = (await import(path.join(folder, `${name}.ts`))) as { suite: ChaosSuite };
  return suite;
}

async function list(): Promise<void> {
  const names = readdirSync(folder).flatMap((file) => (file.endsWith('.ts') ? [file.slice(0, -3)] : []));
  for (const name of names.toSorted()) {
    const { about, parts = [] } = await load(name);
    console.log(`${name.padEnd(18)}${about}`);
    if (parts.length > 0) console.log(`${' '.repeat(18)}parts: ${parts.join(', ')}`);
  }
}

const { name, part: given, seconds, seed } = readArguments();
if (name === undefined) {
  await list();
  process.exit(0);
}
if (!/^[a-z0-9-]+$/.test(name) || !existsSync(path.join(folder, `${name}.ts`)))
  refuse(`No fault suite is called ${name}. \`npm run test:chaos\` lists them.`);
const suite = await load(name);
const [part, within = ''] = given?.split(':', 2) ?? [];
if (part !== undefined && suite.parts?.includes(part) !== true)
  refuse(`${name} has no part ${part}. \`npm run test:chaos\` lists them.`);
console.log(`${suite.name}: ${suite.about}\n${given === undefined ? '' : `${given}, `}${seconds} s, seed ${seed}`);
const started = performance.now();
const since = (): string => `${((performance.now() - started) / 1000).toFixed(1).padStart(6)} s`;
setTimeout(
  () => {
    console.error(`${since()}  not finished ${graceSeconds} s after the fault should have ended: given up`);
    process.exit(1);
  },
  (seconds + graceSeconds) * 1000,
).unref();
const { ok, figures } = await suite.run({
  seconds,
  seed,
  part,
  within,
  log: (line) => console.log(`${since()}  ${line}`),
});
const words = Object.entries(figures).map(([figure, value]) => `${figure} ${Math.round(value * 100) / 100}`);
console.log(`\n${ok ? '✓' : '✗'} ${suite.name}: ${words.join(', ')}`);
process.exit(ok ? 0 : 1);

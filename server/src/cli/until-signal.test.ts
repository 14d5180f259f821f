import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { afterEach, expect, it } from 'vitest';

let child: ChildProcess | undefined;
afterEach(() => child?.kill('SIGKILL'));

/** A process that waits for its signal, and then has work that does not end. */
const program = `
  import { untilSignal } from ${JSON.stringify(path.join(import.meta.dirname, 'until-signal.ts'))};
  setInterval(() => undefined, 1_000);
  const told = untilSignal();
  console.log('ready');
  console.log(await told);
`;

it.each([
  ['SIGTERM', 'SIGTERM'],
  ['SIGTERM', 'SIGINT'],
  ['SIGINT', 'SIGTERM'],
  ['SIGINT', 'SIGINT'],
] as const)('%s lets it finish, and %s then ends it at once', async (first, second) => {
  const started = spawn(process.execPath, ['--input-type=module', '--eval', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  child = started;
  const said = async (): Promise<string> => String((await once(started.stdout, 'data'))[0]).trim();
  expect(await said()).toBe('ready');
  const heard = said();
  started.kill(first);
  expect([await heard, started.exitCode]).toEqual([first, null]);
  started.kill(second);
  expect(await once(started, 'exit')).toEqual([130, null]);
});

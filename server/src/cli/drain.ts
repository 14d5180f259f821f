// `plinth drain`: ends a running process of this machine in order, and waits until it has. What SIGTERM does, for hooks
// that know a port and no process.

import { setTimeout as wait } from 'node:timers/promises';
import { readConfig } from '../config.ts';
import type { AddCommand } from './commands.ts';
import { CliFailure, exit } from './failure.ts';
import { note } from './printer.ts';

interface DrainFlags {
  port?: string;
}

/** Beyond the time that requests under way have (25 s): handing back leases, flushing. */
const finishWithinMs = 40_000;
const lookEveryMs = 100;

export const addDrain: AddCommand = (program, done) => {
  program
    .command('drain')
    .description('end a running process of this machine in order: no new work, finish what is under way, exit')
    .option('--port <port>', 'port it listens on (4000); its operator port is PLINTH_ADMIN_PORT, or one above')
    .action((flags: DrainFlags) => done(drain(flags)));
};

async function drain(flags: DrainFlags): Promise<number> {
  const { adminPort, drainMs } = readConfig({ demo: false, ...flags });
  const base = `http://127.0.0.1:${adminPort}`;
  const started = performance.now();
  const elapsedS = (): string => ((performance.now() - started) / 1000).toFixed(1);
  const asked = await fetch(`${base}/drain`, { method: 'POST', headers: { 'content-type': 'application/json' } }).catch(
    () => undefined,
  );
  if (asked?.status !== 202)
    throw new CliFailure(`Nothing that can be drained listens on port ${adminPort}`, {
      why: asked === undefined ? 'No process answers there.' : `It answered ${asked.status}.`,
      advice: 'name the port of the process: --port 4000, or set PLINTH_ADMIN_PORT',
      code: exit.unreachable,
    });
  note('no new work; finishing what is under way');
  while (await isThere(base)) {
    if (performance.now() - started > drainMs + finishWithinMs)
      throw new CliFailure(`The process on port ${adminPort} has not ended after ${elapsedS()} s`, {
        why: 'Something under way does not finish.',
        advice: 'look at its log, then send it SIGTERM: a second wish to end is obeyed at once',
        code: exit.unreachable,
      });
    await wait(lookEveryMs);
  }
  note(`ended after ${elapsedS()} s`);
  return exit.done;
}

/** Its operator port is the last to close. */
async function isThere(base: string): Promise<boolean> {
  const answer = await fetch(`${base}/livez`, { headers: { connection: 'close' } }).catch(() => undefined);
  await answer?.body?.cancel();
  return answer !== undefined;
}

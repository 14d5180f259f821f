// `plinth test` against `plinth mock`, both on one core: requests a second, and failures, of which a mock has none.

import { spawnSync } from 'node:child_process';
import path from 'node:path';
import type { BenchOptions, BenchResult } from '../run.ts';
import {
  cpuOf,
  data,
  ended,
  freePort,
  held,
  median,
  missing,
  plinth,
  runsOf,
  served,
  stop,
  timed,
} from './processes.ts';

const tickets = path.join(data, 'tmforum/apis/TMF621_Trouble_Ticket/swaggers/TMF621-TroubleTicket-v4.0.0.swagger.json');
const bars = { failures: { atMost: 0 }, perCpuSecond: { atLeast: 500 } };

interface Tested {
  requests: number;
  failures: number;
  perSecond: number;
  perCpuSecond: number;
}

/**
 * `perCpuSecond` counts the time of both processes, from the start of the tester on: what a core does that nobody else
 * uses. `perSecond` is by the clock, with both kept on one core where the system can do so.
 */
export async function run(options: BenchOptions): Promise<BenchResult> {
  if (missing(options, [tickets])) return { figures: {}, failed: [] };
  const rounds: Tested[] = [];
  for (let round = 1; round <= runsOf(options); round++) {
    rounds.push(await onOneCore(tested));
    options.say(`verify, round ${round}: ${JSON.stringify(rounds.at(-1))}`);
  }
  const of = (name: keyof Tested): number => Math.round(median(rounds.map((one) => one[name])));
  const figures = {
    requests: of('requests'),
    failures: Math.max(...rounds.map((one) => one.failures)),
    perSecond: of('perSecond'),
    perCpuSecond: of('perCpuSecond'),
  };
  return { figures, ...held(figures, bars) };
}

async function tested(): Promise<Tested> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}/tmf-api/troubleTicket/v4`;
  const { child } = await served([plinth, 'mock', tickets, '--port', String(port)], `${url}/troubleTicket`);
  try {
    const before = cpuOf(child);
    const words = ['test', tickets, '--base-url', url, '--seed', '7', '--cases', '40', '--allow-destructive'];
    let said = '';
    const { ms, cpuMs } = timed(() => (said = ended(process.execPath, [plinth, ...words, '--format', 'json'])));
    const { requests, failures } = JSON.parse(said) as { requests: number; failures: unknown[] };
    const spent = cpuMs + cpuOf(child) - before;
    return {
      requests,
      failures: failures.length,
      perSecond: Math.round((requests * 1000) / ms),
      perCpuSecond: Math.round((requests * 1000) / spent),
    };
  } finally {
    await stop(child);
  }
}

/** Processes that the work starts inherit the core. */
async function onOneCore(work: () => Promise<Tested>): Promise<Tested> {
  keepTo('0');
  try {
    return await work();
  } finally {
    keepTo('0-1023');
  }
}

/** Does nothing on a system without it. */
function keepTo(cores: string): void {
  spawnSync('/usr/bin/taskset', ['-p', '-c', cores, String(process.pid)]);
}

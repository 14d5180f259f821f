// What it costs to refuse for load: CPU of one refusal of the edge above that of a bare `node:http` server that answers the
// same bytes. Rounds go in turn, so that whatever else the machine does meets all three; figures are medians of rounds.

import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { median } from './contract/processes.ts';
import { drive, requestBytes } from './edge/client.ts';
import { pinned } from './reference/start.ts';
import type { BenchOptions, BenchResult } from './run.ts';

const names = ['edge', 'bytes', 'node'] as const;
const mostMicros = 2;
const connections = 8;

interface Refusing {
  child: ChildProcess;
  port: number;
}

/** Options: `--rounds N` (9), `--seconds N` of each server in a round (1). */
export async function run({ args, say }: BenchOptions): Promise<BenchResult> {
  const option = (name: string, fallback: number): number => {
    const at = args.indexOf(`--${name}`);
    return at < 0 ? fallback : Number(args[at + 1]);
  };
  const [rounds, seconds] = [option('rounds', 9), option('seconds', 1)];
  const servers = await Promise.all(names.map(startOne));
  try {
    await answersAlike(servers);
    const micros: number[][] = names.map(() => []);
    // The first round warms all of them.
    for (let round = 0; round <= rounds; round++) {
      for (const [index, server] of servers.entries()) {
        const each = await microsOf(server, seconds);
        if (round > 0) micros[index]?.push(each);
      }
      if (round > 0) say(names.map((name, index) => `${name} ${micros[index]?.at(-1)?.toFixed(2)} µs`).join(', '));
    }
    const [edge = [], bytes = [], node = []] = micros;
    const above = (base: readonly number[]): number => round2(median(edge.map((each, at) => each - (base[at] ?? NaN))));
    const figures = {
      edgeMicros: round2(median(edge)),
      bytesMicros: round2(median(bytes)),
      nodeMicros: round2(median(node)),
      refusalMicros: above(bytes),
      refusalAboveNodeMicros: above(node),
    };
    const failed =
      figures.refusalMicros <= mostMicros
        ? []
        : [`refusalMicros is ${figures.refusalMicros}, the bar is ${mostMicros}`];
    return { figures, failed, settings: { rounds, seconds, connections, node: process.version } };
  } finally {
    for (const { child } of servers) child.disconnect();
  }
}

async function startOne(name: string): Promise<Refusing> {
  const child = fork(path.join(import.meta.dirname, 'overload/refusing.ts'), [name], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    ...(availableParallelism() > 1 ? pinned(0) : {}),
  });
  const [{ port }] = (await once(child, 'message')) as [{ port: number }];
  return { child, port };
}

/** Status, fields and body are the same but for what tells requests and servers apart. */
async function answersAlike(servers: readonly Refusing[]): Promise<void> {
  const said = await Promise.all(
    servers.map(async ({ port }) => {
      const response = await fetch(`http://127.0.0.1:${port}/reference/v1/notes`);
      const own = new Set(['date', 'connection', 'keep-alive', 'retry-after']);
      const fields = [...response.headers].filter(([name]) => !own.has(name));
      const text = (await response.text()).replace(/trace:[0-9a-f]{32}/, 'trace');
      return JSON.stringify([response.status, fields, text]);
    }),
  );
  if (new Set(said).size !== 1) throw new Error(`the answers differ:\n${said.join('\n')}`);
}

async function microsOf({ child, port }: Refusing, seconds: number): Promise<number> {
  const before = await cpuOf(child);
  const request = requestBytes('GET', '/reference/v1/notes', {
    authorization: 'Bearer somebody',
    accept: 'application/json',
    'user-agent': 'bench',
  });
  const { requests } = await drive({ port, request, connections, seconds });
  return ((await cpuOf(child)) - before) / requests;
}

async function cpuOf(child: ChildProcess): Promise<number> {
  child.send('cpu');
  const [{ cpuMicros }] = (await once(child, 'message')) as [{ cpuMicros: number }];
  return cpuMicros;
}

function round2(value: number): number {
  return Math.round(value * 100) / 100;
}

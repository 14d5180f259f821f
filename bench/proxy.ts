// A validating proxy: the edge with a manifest against Prism's proxy and against bare `undici` dispatch, which reads
// nothing. One target behind all three, same client, medians of pairs (edge/pairs.ts). Ratios are their CPU per request ÷
// ours; `…Throughput` ratios are ours ÷ theirs (both: higher is better). Client and target share this process, which never
// sleeps under load: waking another one costs more than a proxy does, and would be charged to whoever writes to it.

import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import path from 'node:path';
import { cpuOf, freePort, missing, rival, root, runsOf, served, stop } from './contract/processes.ts';
import { drive, requestBytes } from './edge/client.ts';
import { inPair, medianOf, type Pair } from './edge/pairs.ts';
import type { BenchOptions, BenchResult } from './run.ts';

const shop = path.join(import.meta.dirname, 'contract/shop.yaml');
const child = path.join(import.meta.dirname, 'proxy/child.ts');
const prism = rival('prism');
const bars = { proxyVsPrism: 7, proxyVsUndici: 0.75 } as const;
const sliceSeconds = 0.5;
/** Until what runs is compiled. */
const warmUpSeconds = 4;

const order = Buffer.from(
  JSON.stringify({
    id: 'ord_1',
    state: 'placed',
    customer: 'cus_1',
    placedAt: '2026-07-01T10:00:00Z',
    lines: [{ sku: 'KETTLE-17', quantity: 2, unitPrice: 2450 }],
  }),
);

type Who = 'plinth' | 'undici' | 'prism';

interface Proxy {
  child: ChildProcess;
  port: number;
}

interface Sample {
  perSecond: number;
  cpuMicros: number;
}

/** Options: `--runs N` pairs with each (20). Prism is left out, with one line, when it is not installed. */
export async function run(options: BenchOptions): Promise<BenchResult> {
  const rivals: readonly Who[] = missing(options, [prism]) === undefined ? ['undici', 'prism'] : ['undici'];
  const port = await freePort();
  const target = `http://127.0.0.1:${port}`;
  const behind = await answering(port);
  const proxies = new Map<Who, Proxy>();
  const pairs = new Map<Who, Pair<Sample>[]>(rivals.map((who) => [who, []]));
  try {
    for (const who of ['plinth', ...rivals] as const) proxies.set(who, await start(who, target));
    const measured = (who: Who): Promise<Sample> => measure(who, proxies.get(who) as Proxy, sliceSeconds);
    for (const [who, proxy] of proxies) await measure(who, proxy, warmUpSeconds);
    for (let round = 0; round < runsOf(options, 20); round++) {
      for (const [who, list] of pairs) {
        const pair = await inPair(round, { ours: () => measured('plinth'), theirs: () => measured(who) });
        list.push(pair);
        options.say(`${who.padEnd(7)} ${shown(pair.theirs)}   ours ${shown(pair.ours)}`);
      }
    }
  } finally {
    await Promise.all([...proxies.values()].map(({ child: server }) => stop(server)));
    behind.closeAllConnections();
    behind.close();
  }
  const figures: Record<string, number> = {};
  for (const [who, list] of pairs) {
    const name = who === 'undici' ? 'proxyVsUndici' : 'proxyVsPrism';
    figures[name] = medianOf(list, ({ ours, theirs }) => theirs.cpuMicros / ours.cpuMicros);
    figures[`${name}Throughput`] = medianOf(list, ({ ours, theirs }) => ours.perSecond / theirs.perSecond);
  }
  const failed = Object.entries(bars)
    .filter(([name, bar]) => figures[name] !== undefined && figures[name] < bar)
    .map(([name, bar]) => `${name} is ${figures[name]}, the bar is ${bar}`);
  return {
    figures,
    failed,
    settings: { sliceSeconds, contract: path.relative(root, shop), node: process.version },
  };
}

function shown({ perSecond, cpuMicros }: Sample): string {
  return `${Math.round(perSecond)}/s ${cpuMicros.toFixed(1)} µs`;
}

/** What is behind all proxies: one answer, ready made. */
async function answering(port: number): Promise<Server> {
  const server = createServer({ optimizeEmptyRequests: true }, (_, response) => {
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': order.length }).end(order);
  });
  server.listen(port, '127.0.0.1', 511);
  await once(server, 'listening');
  return server;
}

async function start(who: Who, target: string): Promise<Proxy> {
  const port = await freePort();
  const at = ['--port', String(port), '--host', '127.0.0.1'];
  const args =
    who === 'prism'
      ? [prism, 'proxy', shop, target, ...at, '--errors', '--verboseLevel', 'silent']
      : [child, who, String(port), shop, target];
  const { child: server } = await served(args, `http://127.0.0.1:${port}/orders/ord_1`);
  return { child: server, port };
}

async function measure(who: Who, { child: server, port }: Proxy, seconds: number): Promise<Sample> {
  const request = requestBytes('GET', '/orders/ord_1', { accept: 'application/json' });
  const before = cpuOf(server);
  const outcome = await drive({ port, request, connections: 16, seconds });
  if (outcome.failures > 0) throw new Error(`${who}: ${outcome.failures} of ${outcome.requests} answers were not 2xx`);
  return {
    perSecond: outcome.requests / outcome.seconds,
    cpuMicros: ((cpuOf(server) - before) * 1000) / outcome.requests,
  };
}

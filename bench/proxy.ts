// A validating proxy: the edge with a manifest against Prism's proxy and against bare `undici` dispatch, which reads
// nothing. One target behind all three, same client, rounds in turn, medians. Ratios are their CPU per request ÷ ours;
// `…Throughput` ratios are ours ÷ theirs (both: higher is better). Client and target share this process, which never
// sleeps under load: waking another one costs more than a proxy does, and would be charged to whoever writes to it.

import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import path from 'node:path';
import { cpuOf, freePort, median, missing, ratio, rival, root, runsOf, served, stop } from './contract/processes.ts';
import { drive, requestBytes } from './edge/client.ts';
import type { BenchOptions, BenchResult } from './run.ts';

const shop = path.join(import.meta.dirname, 'contract/shop.yaml');
const child = path.join(import.meta.dirname, 'proxy/child.ts');
const prism = rival('prism');
const bars = { proxyVsPrism: 7, proxyVsUndici: 0.75 } as const;
const loadSeconds = 3;

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

/** Options: `--runs N` (5). Prism is left out, with one line, when it is not installed. */
export async function run(options: BenchOptions): Promise<BenchResult> {
  const isAlone = missing(options, [prism]) !== undefined;
  const names: readonly Who[] = isAlone ? ['plinth', 'undici'] : ['plinth', 'undici', 'prism'];
  const port = await freePort();
  const target = `http://127.0.0.1:${port}`;
  const behind = await answering(port);
  const samples = new Map<string, number[]>();
  const add = (name: string, value: number): void => void samples.set(name, [...(samples.get(name) ?? []), value]);
  try {
    for (let round = 0; round < runsOf(options); round++) {
      for (const who of round % 2 === 0 ? names : names.toReversed()) {
        const { perSecond, cpuMicros } = await measure(who, target);
        add(`${who} perSecond`, perSecond);
        add(`${who} cpuMicros`, cpuMicros);
        options.say(`${who.padEnd(7)} ${Math.round(perSecond)}/s ${cpuMicros.toFixed(1)} µs`);
      }
    }
  } finally {
    behind.closeAllConnections();
    behind.close();
  }
  const of = (name: string): number => median(samples.get(name) ?? []);
  const figures: Record<string, number> = {};
  for (const [name, rivalName] of [
    ['proxyVsUndici', 'undici'],
    ['proxyVsPrism', 'prism'],
  ] as const) {
    if (!names.includes(rivalName)) continue;
    figures[name] = ratio(of(`${rivalName} cpuMicros`), of('plinth cpuMicros'));
    figures[`${name}Throughput`] = ratio(of('plinth perSecond'), of(`${rivalName} perSecond`));
  }
  const failed = Object.entries(bars)
    .filter(([name, bar]) => figures[name] !== undefined && figures[name] < bar)
    .map(([name, bar]) => `${name} is ${figures[name]}, the bar is ${bar}`);
  const medians = Object.fromEntries([...samples.keys()].map((name) => [name, Math.round(of(name) * 10) / 10]));
  return {
    figures,
    failed,
    medians,
    settings: { loadSeconds, contract: path.relative(root, shop), node: process.version },
  };
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

async function measure(who: Who, target: string): Promise<{ perSecond: number; cpuMicros: number }> {
  const port = await freePort();
  const args =
    who === 'prism'
      ? [
          prism,
          'proxy',
          shop,
          target,
          '--port',
          String(port),
          '--host',
          '127.0.0.1',
          '--errors',
          '--verboseLevel',
          'silent',
        ]
      : [child, who, String(port), shop, target];
  const { child: server } = await served(args, `http://127.0.0.1:${port}/orders/ord_1`);
  try {
    const request = requestBytes('GET', '/orders/ord_1', { accept: 'application/json' });
    const load = (seconds: number) => drive({ port, request, connections: 16, seconds });
    await load(1); // Only warms up.
    const before = cpuOf(server);
    const { requests, failures, seconds } = await load(loadSeconds);
    if (failures > 0) throw new Error(`${who}: ${failures} of ${requests} answers were not 2xx`);
    return { perSecond: requests / seconds, cpuMicros: ((cpuOf(server) - before) * 1000) / requests };
  } finally {
    await stop(server);
  }
}

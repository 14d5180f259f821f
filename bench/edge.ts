// The edge against a hand-written floor and three well-known stacks: same job, same tokens, one run, interleaved rounds,
// medians; the mock and the proxy have benches of their own, whose ratios are repeated here. First without a store, then with the real handlers and a database (`Stored`). Throughput ratios are ours ÷ theirs; `Cpu` ratios are their CPU per request ÷ ours (both: higher is better).

import { fork, type ChildProcess } from 'node:child_process';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { run as mockShop } from './contract/mock-shop.ts';
import type { Told } from './edge/child.ts';
import { drive, requestBytes } from './edge/client.ts';
import { customerId, newOrder, orderId, type NewOrder } from './edge/job.ts';
import { storedOrder, usualDatabase } from './edge/store.ts';
import { run as proxy } from './proxy.ts';
import type { BenchOptions, BenchResult } from './run.ts';

const root = path.join(import.meta.dirname, '..');
const issuer = 'https://id.bench';
const audience = 'https://api.bench';
const rivals = ['floor', 'fastify', 'hono', 'express', 'cachedExpress'] as const;
const bars: Record<string, number> = {
  postVsFloorCpu: 0.85,
  getVsFloorCpu: 0.9,
  postVsFastifyCpu: 1.8,
  getVsFastifyCpu: 1.8,
  postVsExpressCpu: 5,
  getVsExpressCpu: 5,
  telemetryOnVsOff: 0.85,
  mockVsPrism: 8,
  proxyVsPrism: 7,
  proxyVsUndici: 0.75,
};

interface Server {
  name: string;
  child: ChildProcess;
  port: number;
}

interface Sample {
  perSecond: number;
  cpuMicros: number;
  p99Ms: number;
}

/** Options: `--seconds N` per load (1.5), `--rounds N` (5), `--only a,b`, `--contract PATH`, `--profile DIR`, `--no-store`. */
export async function run(options: BenchOptions): Promise<BenchResult> {
  const { args, say } = options;
  const option = (name: string, fallback: string): string => {
    const at = args.indexOf(`--${name}`);
    return at < 0 ? fallback : (args[at + 1] ?? fallback);
  };
  const contract = path.resolve(option('contract', path.join(root, 'capabilities/orders/contract.yaml')));
  const settings: Settings = {
    seconds: Number(option('seconds', '1.5')),
    rounds: Number(option('rounds', '5')),
    names: option('only', ['plinth', 'telemetry', ...rivals].join(',')).split(','),
    profile: option('profile', ''),
    contract,
  };
  const { seconds, rounds } = settings;
  const light = await compare(settings, { customer: customerId, order: orderId, newOrder }, say);
  const results = [summarize(light, '')];
  if (!args.includes('--no-store')) {
    say('with the real handlers and a database:');
    const databaseUrl = process.env['DATABASE_URL'] ?? usualDatabase;
    results.push(summarize(await compare({ ...settings, databaseUrl }, storedOrder(), say), 'Stored'));
  }
  const others = args.includes('--only') ? [] : [await mock(options), await proxy(options)];
  const figures = Object.assign({}, ...[...results, ...others].map((each) => each.figures)) as Record<string, number>;
  const failed = Object.entries(bars)
    .filter(([name, bar]) => figures[name] !== undefined && figures[name] < bar)
    .map(([name, bar]) => `${name} is ${figures[name]}, the bar is ${bar}`);
  const medians = Object.assign({}, ...results.map((each) => each.medians)) as unknown;
  return {
    figures,
    failed,
    medians,
    settings: { seconds, rounds, contract: path.relative(root, contract), node: process.version },
  };
}

/** The mock over a small contract: the lesser of its two ratios. Nothing where Prism is not installed. */
async function mock(options: BenchOptions): Promise<Pick<BenchResult, 'figures'>> {
  const { getPerCpuRatio: get, postPerCpuRatio: post } = (await mockShop(options)).figures;
  return { figures: get === undefined || post === undefined ? {} : { mockVsPrism: Math.min(get, post) } };
}

interface Settings {
  seconds: number;
  rounds: number;
  names: string[];
  profile: string;
  contract: string;
  databaseUrl?: string;
}

interface Asked {
  customer: string;
  order: string;
  newOrder: NewOrder;
}

/** All servers under the same loads in turn; samples by `post floor`. */
async function compare(settings: Settings, asked: Asked, say: (line: string) => void): Promise<Map<string, Sample[]>> {
  const collector = await openCollector();
  const { token, told } = await makeToken(asked.customer);
  const { contract, profile, databaseUrl, rounds, seconds } = settings;
  const requests = makeRequests(token, asked);
  const servers: Server[] = [];
  const samples = new Map<string, Sample[]>();
  try {
    for (const name of settings.names)
      servers.push(await startServer(name, contract, { ...told, databaseUrl, collector: collector.url }, profile));
    const jobs = (round: number) =>
      Object.entries(requests).flatMap(([kind, request]) =>
        turned(servers, round).map((server) => ({ key: `${kind} ${server.name}`, request, server })),
      );
    for (const { request, server } of jobs(0)) await measure(server, request, 1); // Only warms up.
    for (let round = 0; round < rounds; round++) {
      for (const { key, request, server } of jobs(round)) {
        const sample = await measure(server, request, seconds);
        samples.set(key, [...(samples.get(key) ?? []), sample]);
        say(
          `${key.padEnd(14)} ${Math.round(sample.perSecond)}/s ${sample.cpuMicros.toFixed(1)} µs p99 ${sample.p99Ms.toFixed(2)} ms`,
        );
      }
    }
  } finally {
    await Promise.all(servers.map(stopServer));
    collector.close();
  }
  return samples;
}

function summarize(
  samples: Map<string, Sample[]>,
  suffix: string,
): { figures: Record<string, number>; medians: Record<string, Record<string, number>> } {
  const figures: Record<string, number> = {};
  const medians: Record<string, Record<string, number>> = {};
  for (const kind of ['post', 'get']) {
    const ours = samples.get(`${kind} plinth`);
    const watched = samples.get(`${kind} telemetry`);
    if (ours !== undefined && watched !== undefined) {
      const name = `telemetryOnVsOff${suffix}`;
      const share = median(ours.map((each, index) => each.cpuMicros / (watched[index] as Sample).cpuMicros));
      figures[name] = Math.min(figures[name] ?? Infinity, round(share));
    }
    for (const [key, list] of samples) if (key.startsWith(`${kind} `)) medians[key + suffix] = mediansOf(list);
    for (const rival of rivals) {
      const theirs = samples.get(`${kind} ${rival}`);
      if (ours === undefined || theirs === undefined) continue;
      const name = `${kind}Vs${rival[0]?.toUpperCase()}${rival.slice(1)}${suffix}`;
      figures[name] = round(median(ours.map((each, index) => each.perSecond / (theirs[index] as Sample).perSecond)));
      figures[`${name}Cpu`] = round(
        median(ours.map((each, index) => (theirs[index] as Sample).cpuMicros / each.cpuMicros)),
      );
    }
  }
  return { figures, medians };
}

function mediansOf(list: readonly Sample[]): Record<string, number> {
  return {
    perSecond: Math.round(median(list.map((each) => each.perSecond))),
    cpuMicros: round(median(list.map((each) => each.cpuMicros))),
    p99Ms: round(median(list.map((each) => each.p99Ms))),
  };
}

async function measure(server: Server, request: Request, seconds: number): Promise<Sample> {
  const before = await cpuOf(server);
  const outcome = await drive({ port: server.port, ...request, connections: 16, seconds });
  const cpuMicros = (await cpuOf(server)) - before;
  if (outcome.failures > 0)
    throw new Error(`${server.name}: ${outcome.failures} of ${outcome.requests} answers were not 2xx`);
  return {
    perSecond: outcome.requests / outcome.seconds,
    cpuMicros: cpuMicros / outcome.requests,
    p99Ms: outcome.latencies[Math.floor(outcome.latencies.length * 0.99)] ?? 0,
  };
}

/** Takes spans and keeps none. In this process: what a collector costs is not the server's. */
async function openCollector(): Promise<{ url: string; close: () => void }> {
  const server = createServer((request, response) => request.resume().on('end', () => response.end('{}')));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const close = (): void => {
    server.closeAllConnections();
    server.close();
  };
  return { url: `http://127.0.0.1:${port}/v1/traces`, close };
}

function cpuOf({ child }: Server): Promise<number> {
  return new Promise((resolve) => {
    child.once('message', (message) => resolve((message as { cpuMicros: number }).cpuMicros));
    child.send('cpu');
  });
}

async function startServer(name: string, contract: string, told: Told, profile: string): Promise<Server> {
  const child = fork(path.join(import.meta.dirname, 'edge/child.ts'), [name, contract, JSON.stringify(told)], {
    env: { ...process.env, NODE_ENV: 'production' },
    execArgv: profile === '' ? [] : ['--cpu-prof', `--cpu-prof-dir=${profile}`],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const port = await new Promise<number>((resolve, reject) => {
    child.once('message', (message) => resolve((message as { port: number }).port));
    child.once('exit', () => reject(new Error(`${name} did not start`)));
  });
  return { name, child, port };
}

/** It ends by itself when nobody is connected; one with a store drops its database first. */
function stopServer({ child }: Server): Promise<void> {
  return new Promise((resolve) => {
    child.once('exit', () => resolve());
    child.disconnect();
  });
}

async function makeToken(customer: string): Promise<{ token: string; told: Told }> {
  const { publicKey, privateKey } = await generateKeyPair('ES256');
  const jwk = { ...(await exportJWK(publicKey)), kid: 'bench', alg: 'ES256', use: 'sig' };
  const token = await new SignJWT({
    plinth_audience: 'customer',
    customer_id: customer,
    scope: 'orders.read orders.write',
  })
    .setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', kid: 'bench' })
    .setIssuer(issuer)
    .setAudience(audience)
    .setSubject('bench')
    .setIssuedAt()
    .setExpirationTime('2h')
    .sign(privateKey);
  return { token, told: { jwk, issuer, audience } };
}

interface Request {
  request: Buffer;
  numberAt?: number;
}

/** The headers a browser's or partner's client really sends. Every post has a key of its own. */
function makeRequests(token: string, asked: Asked): Record<'post' | 'get', Request> {
  const headers = {
    authorization: `Bearer ${token}`,
    accept: 'application/json',
    'user-agent': 'bench/1',
    traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
  };
  const posted = { ...headers, 'content-type': 'application/json', 'idempotency-key': '"bench-key-00000000"' };
  const post = requestBytes('POST', '/orders/v1/orders', posted, JSON.stringify(asked.newOrder));
  return {
    post: { request: post, numberAt: post.indexOf('bench-key-') + 'bench-key-'.length },
    get: { request: requestBytes('GET', `/orders/v1/orders/${asked.order}`, headers) },
  };
}

/** Every round begins with another server, so that none always runs on the warmer machine. */
function turned<T>(list: readonly T[], round: number): T[] {
  const start = round % list.length;
  return [...list.slice(start), ...list.slice(0, start)];
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((left, right) => left - right);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1
    ? (sorted[middle] as number)
    : ((sorted[middle - 1] as number) + (sorted[middle] as number)) / 2;
}

function round(value: number): number {
  return Math.round(value * 1000) / 1000;
}

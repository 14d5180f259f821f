// The edge against a hand-written floor and three well-known stacks: same job, same tokens, one run, medians of pairs
// (edge/pairs.ts). The mock and the proxy have benches of their own, whose ratios are repeated here. First without a store,
// then with the real handlers and a database (`Stored`). Throughput ratios are ours ÷ theirs; `Cpu` ratios are their CPU per
// request ÷ ours (both: higher is better).

import { fork, type ChildProcess } from 'node:child_process';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { run as mockShop } from './contract/mock-shop.ts';
import type { Told } from './edge/child.ts';
import { drive, requestBytes } from './edge/client.ts';
import { customerId, newOrder, orderId, type NewOrder } from './edge/job.ts';
import { inPair, medianOf, type Pair } from './edge/pairs.ts';
import { storedOrder, usualDatabase } from './edge/store.ts';
import { run as proxy } from './proxy.ts';
import type { BenchOptions, BenchResult } from './run.ts';

const root = path.join(import.meta.dirname, '..');
const issuer = 'https://id.bench';
const audience = 'https://api.bench';
const rivals = ['telemetry', 'floor', 'fastify', 'hono', 'express', 'cachedExpress'];
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

/** Options: `--seconds N` per load (0.25), `--rounds N` (20), `--only a,b` rivals, `--contract PATH`, `--profile DIR`, `--no-store`. */
export async function run(options: BenchOptions): Promise<BenchResult> {
  const { args, say } = options;
  const option = (name: string, fallback: string): string => {
    const at = args.indexOf(`--${name}`);
    return at < 0 ? fallback : (args[at + 1] ?? fallback);
  };
  const contract = path.resolve(option('contract', path.join(root, 'capabilities/orders/contract.yaml')));
  const settings: Settings = {
    seconds: Number(option('seconds', '0.25')),
    rounds: Number(option('rounds', '20')),
    rivals: option('only', rivals.join(',')).split(','),
    profile: option('profile', ''),
    contract,
  };
  const { seconds, rounds } = settings;
  const light = await compare(settings, { customer: customerId, order: orderId, newOrder }, say);
  const results = [summarize(light, '')];
  if (!args.includes('--no-store')) {
    say('with the real handlers and a database:');
    const databaseUrl = process.env['DATABASE_URL'] ?? usualDatabase;
    // An order there takes a thousand times as long: longer loads, and fewer.
    const stored = { ...settings, databaseUrl, seconds: Math.max(1, seconds), rounds: Math.ceil(rounds / 5) };
    results.push(summarize(await compare(stored, storedOrder(), say), 'Stored'));
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

/** The mock at Prism's job: the lesser ratio of GET and POST; beside it as it usually is. Nothing where Prism is not installed. */
async function mock(options: BenchOptions): Promise<Pick<BenchResult, 'figures'>> {
  const { figures } = await mockShop(options);
  const lesser = (kind: string): number => Math.min(figures[`get${kind}Ratio`] ?? 0, figures[`post${kind}Ratio`] ?? 0);
  if (figures['getRatio'] === undefined) return { figures: {} };
  return { figures: { mockVsPrism: lesser('StatelessPerCpu'), mockKeepingStateVsPrism: lesser('PerCpu') } };
}

interface Settings {
  seconds: number;
  rounds: number;
  rivals: string[];
  profile: string;
  contract: string;
  databaseUrl?: string;
}

interface Asked {
  customer: string;
  order: string;
  newOrder: NewOrder;
}

/** Each rival beside ours under the same loads; pairs by `post floor`. */
async function compare(
  settings: Settings,
  asked: Asked,
  say: (line: string) => void,
): Promise<Map<string, Pair<Sample>[]>> {
  const collector = await openCollector();
  const { token, told } = await makeToken(asked.customer);
  const { contract, profile, databaseUrl, rounds, seconds } = settings;
  const requests = Object.entries(makeRequests(token, asked));
  const servers: Server[] = [];
  const pairs = new Map<string, Pair<Sample>[]>();
  try {
    for (const name of ['plinth', ...settings.rivals])
      servers.push(await startServer(name, contract, { ...told, databaseUrl, collector: collector.url }, profile));
    const [ours, ...theirs] = servers as [Server, ...Server[]];
    for (const [, request] of requests) for (const server of servers) await measure(server, request, warmUpSeconds);
    for (let round = 0; round < rounds; round++) {
      for (const [kind, request] of requests) {
        for (const { rival, turn, lasting } of loadsOf(theirs, round, seconds)) {
          const pair = await inPair(turn, {
            ours: () => measure(ours, request, lasting),
            theirs: () => measure(rival, request, lasting),
          });
          const key = `${kind} ${rival.name}`;
          pairs.set(key, [...(pairs.get(key) ?? []), pair]);
          say(`${key.padEnd(18)} ${shown(pair.theirs)}   ours ${shown(pair.ours)}`);
        }
      }
    }
  } finally {
    await Promise.all(servers.map(stopServer));
    collector.close();
  }
  return pairs;
}

/** What is told of requests is bounded by the second: a load of less would be all beginning. Longer ones, and fewer. */
const watchedSeconds = 2;
const watchedEvery = 3;

/** Whom a round measures, in which turn and for how many seconds. */
function loadsOf(
  rivals: readonly Server[],
  round: number,
  seconds: number,
): { rival: Server; turn: number; lasting: number }[] {
  return rivals.flatMap((rival) => {
    if (rival.name !== 'telemetry') return { rival, turn: round, lasting: seconds };
    if (round % watchedEvery !== 0) return [];
    return { rival, turn: round / watchedEvery, lasting: Math.max(watchedSeconds, seconds) };
  });
}

/** Seconds until a server under load runs compiled code only. */
const warmUpSeconds = 2;

function shown({ perSecond, cpuMicros, p99Ms }: Sample): string {
  return `${Math.round(perSecond)}/s ${cpuMicros.toFixed(1)} µs p99 ${p99Ms.toFixed(2)} ms`;
}

function summarize(
  pairs: Map<string, Pair<Sample>[]>,
  suffix: string,
): { figures: Record<string, number>; medians: Record<string, Record<string, number>> } {
  const figures: Record<string, number> = {};
  const medians: Record<string, Record<string, number>> = {};
  for (const kind of ['post', 'get']) {
    const all = [...pairs].filter(([key]) => key.startsWith(`${kind} `));
    medians[`${kind} plinth${suffix}`] = mediansOf(all.flatMap(([, list]) => list.map(({ ours }) => ours)));
    for (const [key, list] of all) {
      const rival = key.slice(kind.length + 1);
      medians[key + suffix] = mediansOf(list.map(({ theirs }) => theirs));
      if (rival === 'telemetry') {
        const name = `telemetryOnVsOff${suffix}`;
        const share = medianOf(list, ({ ours, theirs }) => ours.cpuMicros / theirs.cpuMicros);
        figures[name] = Math.min(figures[name] ?? Infinity, share);
        continue;
      }
      const name = `${kind}Vs${rival[0]?.toUpperCase()}${rival.slice(1)}${suffix}`;
      figures[name] = medianOf(list, ({ ours, theirs }) => ours.perSecond / theirs.perSecond);
      figures[`${name}Cpu`] = medianOf(list, ({ ours, theirs }) => theirs.cpuMicros / ours.cpuMicros);
    }
    // What no server on `node:http` is beyond: the floor does nothing of the job but parse, handle and stringify.
    const [toFastify, toFloor] = [`${kind}VsFastify${suffix}Cpu`, `${kind}VsFloor${suffix}Cpu`].map(
      (name) => figures[name],
    );
    if (toFastify !== undefined && toFloor !== undefined)
      figures[`${kind}FloorVsFastify${suffix}Cpu`] = Math.round((toFastify / toFloor) * 1000) / 1000;
  }
  return { figures, medians };
}

function mediansOf(list: readonly Sample[]): Record<string, number> {
  return {
    perSecond: Math.round(medianOf(list, ({ perSecond }) => perSecond)),
    cpuMicros: medianOf(list, ({ cpuMicros }) => cpuMicros),
    p99Ms: medianOf(list, ({ p99Ms }) => p99Ms),
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

// `plinth mock` against Prism over a small shop whose examples are valid: from the start of the process to the first 200,
// and requests per second. Ours once as it is (it keeps state: the GET reads what a POST made), and once at Prism's own job
// (`--state off`: it answers with the contract's examples). Same requests, same client, rounds in turn; medians. Beside them
// `node:http` with fixed bytes, whose ratio is the most that any server on it can have on this machine. Also our start for
// the synthetic contract.

import type { ChildProcess } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { drive, requestBytes } from '../edge/client.ts';
import { inPair, medianOf, type Pair } from '../edge/pairs.ts';
import type { BenchOptions, BenchResult } from '../run.ts';
import {
  cpuOf,
  freePort,
  held,
  missing,
  plinth,
  medianMs,
  ratio,
  rival,
  runsOf,
  served,
  type Spent,
  stop,
} from './processes.ts';
import { syntheticFiles } from './synthetic.ts';

const bare = path.join(import.meta.dirname, 'bare.ts');
/** What Prism answers, for `bare`. */
const fixedAnswers = path.join(tmpdir(), `plinth-bare-${process.pid}.json`);
const shop = path.join(import.meta.dirname, 'shop.yaml');
const prism = rival('prism');
const json = { 'content-type': 'application/json', accept: 'application/json' };
const newOrder = JSON.stringify({ customer: 'cus_1', lines: [{ sku: 'KETTLE-17', quantity: 2, unitPrice: 2450 }] });
const sliceSeconds = 0.6;
const slicesOfRun = 3;
const bars = {
  smallMs: { atMost: 400 },
  smallRatio: { atMost: 0.5 },
  syntheticMs: { atMost: 2000 },
  getRatio: { atLeast: 3 },
  postRatio: { atLeast: 2 },
  getStatelessPerCpuRatio: { atLeast: 8 },
  postStatelessPerCpuRatio: { atLeast: 8 },
};

type Who = 'plinth' | 'stateless' | 'bare' | 'prism';

function command(who: Who, file: string, port: number): string[] {
  if (who === 'bare') return [bare, fixedAnswers, String(port)];
  if (who === 'plinth') return [plinth, 'mock', file, '--port', String(port)];
  if (who === 'stateless') return [plinth, 'mock', file, '--state', 'off', '--port', String(port)];
  return [prism, 'mock', '--port', String(port), '--host', '127.0.0.1', '--verboseLevel', 'silent', file];
}

/** Milliseconds to the first 200 of a small and of the synthetic contract, and requests per second of GET and POST. */
export async function run(options: BenchOptions): Promise<BenchResult> {
  if (missing(options, [prism])) return { figures: {}, failed: [] };
  const synthetic = syntheticFiles().yaml;
  const starts: Record<'plinth' | 'prism' | 'synthetic', Spent[]> = { plinth: [], prism: [], synthetic: [] };
  for (let round = 1; round <= runsOf(options); round++) {
    for (const who of inTurn(round)) starts[who].push(await started(who, shop, '/orders'));
    // Ours alone: Prism does not answer for a contract of that size within a minute.
    starts.synthetic.push(await started('plinth', synthetic, '/v1/retail-accounts'));
    options.say(`mock-shop, start ${round}: ${Object.entries(starts).map(shownStart).join(', ')}`);
  }
  const { plinth: kept, stateless, bare: fixed } = await loaded(options);
  const perSecond = (method: Method, who: keyof Pair<Slice>): number =>
    Math.round(medianOf(kept[method], (pair) => pair[who].perSecond));
  const figures = {
    smallMs: Math.round(medianMs(starts.plinth)),
    smallPrismMs: Math.round(medianMs(starts.prism)),
    smallRatio: ratio(medianMs(starts.plinth), medianMs(starts.prism)),
    syntheticMs: Math.round(medianMs(starts.synthetic)),
    getPerSecond: perSecond('GET', 'ours'),
    getPrismPerSecond: perSecond('GET', 'theirs'),
    getRatio: medianOf(kept.GET, perTime),
    getPerCpuRatio: medianOf(kept.GET, perCpu),
    postPerSecond: perSecond('POST', 'ours'),
    postPrismPerSecond: perSecond('POST', 'theirs'),
    postRatio: medianOf(kept.POST, perTime),
    postPerCpuRatio: medianOf(kept.POST, perCpu),
    getStatelessPerCpuRatio: medianOf(stateless.GET, perCpu),
    postStatelessPerCpuRatio: medianOf(stateless.POST, perCpu),
    getBarePerCpuRatio: medianOf(fixed.GET, perCpu),
    postBarePerCpuRatio: medianOf(fixed.POST, perCpu),
  };
  return { figures, ...held(figures, bars) };
}

function perCpu({ ours, theirs }: Pair<Slice>): number {
  return theirs.cpuMs / ours.cpuMs;
}

function perTime({ ours, theirs }: Pair<Slice>): number {
  return ours.perSecond / theirs.perSecond;
}

/** Who begins changes: what goes first finds the machine in another state. */
function inTurn(round: number): readonly ('plinth' | 'prism')[] {
  return round % 2 === 0 ? ['prism', 'plinth'] : ['plinth', 'prism'];
}

function shownStart([name, spent]: [string, Spent[]]): string {
  return `${name} ${spent.at(-1)?.ms.toFixed(0)} ms (CPU ${spent.at(-1)?.cpuMs})`;
}

async function started(who: Who, file: string, place: string): Promise<Spent> {
  const port = await freePort();
  const { child, first } = await served(command(who, file, port), `http://127.0.0.1:${port}${place}`);
  await stop(child);
  return first;
}

type Method = 'GET' | 'POST';

interface Slice {
  perSecond: number;
  /** Of the server, for each request. */
  cpuMs: number;
}

const oursOf = ['plinth', 'stateless', 'bare'] as const;
type Ours = (typeof oursOf)[number];
type Pairs = Record<Method, Pair<Slice>[]>;

/** All servers stay, and are asked in pairs of short slices (edge/pairs.ts). */
async function loaded(options: BenchOptions): Promise<Record<Ours, Pairs>> {
  const pairs: Record<Ours, Pairs> = {
    plinth: { GET: [], POST: [] },
    stateless: { GET: [], POST: [] },
    bare: { GET: [], POST: [] },
  };
  const servers = new Map<Who, { child: ChildProcess; port: number }>();
  try {
    for (const who of ['plinth', 'stateless', 'prism', 'bare'] as const) {
      const port = await freePort();
      if (who === 'bare') await keepAnswers((servers.get('prism') as { port: number }).port);
      const { child } = await served(command(who, shop, port), `http://127.0.0.1:${port}/orders`);
      servers.set(who, { child, port });
    }
    const asked = (who: Who, method: Method): Promise<Slice> =>
      slice(who, servers.get(who) as { child: ChildProcess; port: number }, method);
    // The first rounds warm up.
    const kinds = oursOf.flatMap((us) => [{ us, method: 'GET' } as const, { us, method: 'POST' } as const]);
    for (let round = -2; round < slicesOfRun * runsOf(options); round++)
      for (const { us, method } of kinds) {
        const pair = await inPair(round, { ours: () => asked(us, method), theirs: () => asked('prism', method) });
        if (round >= 0) pairs[us][method].push(pair);
      }
  } finally {
    for (const { child } of servers.values()) await stop(child);
    rmSync(fixedAnswers, { force: true });
  }
  for (const us of oursOf)
    for (const [method, list] of Object.entries(pairs[us]))
      for (const who of ['ours', 'theirs'] as const)
        options.say(`mock-shop, ${us} ${who} ${method}: ${list.map((pair) => shownSlice(pair[who])).join(', ')}`);
  return pairs;
}

function shownSlice({ perSecond, cpuMs }: Slice): string {
  return `${Math.round(perSecond)}/s (CPU ${cpuMs.toFixed(3)} ms)`;
}

/** Of the order that is asked for, and of a new one. */
async function keepAnswers(port: number): Promise<void> {
  const base = `http://127.0.0.1:${port}/orders`;
  const made = await fetch(base, { method: 'POST', headers: json, body: newOrder });
  const body = await made.text();
  const got = await fetch(`${base}/${(JSON.parse(body) as { id: string }).id}`, { headers: json });
  const answers = { GET: { status: 200, body: await got.text() }, POST: { status: 201, body } };
  writeFileSync(fixedAnswers, JSON.stringify(answers));
}

/** What was made just before is read: many makings let the oldest go. Without state that is the example. */
async function slice(who: Who, { child, port }: { child: ChildProcess; port: number }, method: Method): Promise<Slice> {
  const base = `http://127.0.0.1:${port}/orders`;
  const made = await fetch(base, { method: 'POST', headers: json, body: newOrder });
  if (made.status !== 201) throw new Error(`${who} answers ${made.status} to a new order`);
  const { id } = (await made.json()) as { id: string };
  const request =
    method === 'GET' ? requestBytes('GET', `/orders/${id}`, json) : requestBytes('POST', '/orders', json, newOrder);
  const before = cpuOf(child);
  const { requests, failures, seconds } = await drive({ port, request, connections: 16, seconds: sliceSeconds });
  if (failures > 0) throw new Error(`${who}: ${failures} of ${requests} answers were not 2xx`);
  return { perSecond: requests / seconds, cpuMs: (cpuOf(child) - before) / requests };
}

// `plinth mock` against Prism over a small shop whose examples are valid: from the start of the process to the first 200,
// and requests per second. Ours keeps state (the GET reads what a POST made); Prism answers with the contract's examples.
// Same requests, same client, rounds in turn. Also our start for the synthetic contract.

import path from 'node:path';
import { drive, requestBytes } from '../edge/client.ts';
import type { BenchOptions, BenchResult } from '../run.ts';
import { cpuOf, freePort, held, median, missing, plinth, ratio, rival, runsOf, served, stop } from './processes.ts';
import { syntheticFiles } from './synthetic.ts';

const shop = path.join(import.meta.dirname, 'shop.yaml');
const prism = rival('prism');
const json = { 'content-type': 'application/json', accept: 'application/json' };
const newOrder = JSON.stringify({ customer: 'cus_1', lines: [{ sku: 'KETTLE-17', quantity: 2, unitPrice: 2450 }] });
const loadSeconds = 2;
const bars = {
  smallMs: { atMost: 400 },
  smallRatio: { atMost: 0.5 },
  syntheticMs: { atMost: 2000 },
  getRatio: { atLeast: 3 },
  postRatio: { atLeast: 2 },
};

type Who = 'plinth' | 'prism';

function command(who: Who, file: string, port: number): string[] {
  if (who === 'plinth') return [plinth, 'mock', file, '--port', String(port)];
  return [prism, 'mock', '--port', String(port), '--host', '127.0.0.1', '--verboseLevel', 'silent', file];
}

/** Milliseconds to the first 200 of a small and of the synthetic contract, and requests per second of GET and POST. */
export async function run(options: BenchOptions): Promise<BenchResult> {
  if (missing(options, [prism])) return { figures: {}, failed: [] };
  const synthetic = syntheticFiles().yaml;
  const found = new Map<string, number[]>();
  const add = (name: string, value: number): void => void found.set(name, [...(found.get(name) ?? []), value]);
  for (let round = 1; round <= runsOf(options); round++) {
    for (const who of round % 2 === 0 ? (['prism', 'plinth'] as const) : (['plinth', 'prism'] as const)) {
      const one = await small(who);
      for (const [name, value] of Object.entries(one)) add(`${who} ${name}`, value);
      if (who === 'plinth') add('plinth synthetic', await firstMs(synthetic, '/v1/retail-accounts'));
      const list = [...found].filter(([name]) => name.startsWith(who));
      options.say(
        `mock-shop, round ${round}: ${list.map(([name, values]) => `${name} ${shown(values.at(-1) ?? 0)}`).join(', ')}`,
      );
    }
  }
  const of = (name: string): number => median(found.get(name) ?? []);
  const figures = {
    smallMs: Math.round(of('plinth smallMs')),
    smallPrismMs: Math.round(of('prism smallMs')),
    smallRatio: ratio(of('plinth smallMs'), of('prism smallMs')),
    smallCpuRatio: ratio(of('plinth smallCpuMs'), of('prism smallCpuMs')),
    syntheticMs: Math.round(of('plinth synthetic')),
    getPerSecond: Math.round(of('plinth get')),
    getPrismPerSecond: Math.round(of('prism get')),
    getRatio: ratio(of('plinth get'), of('prism get')),
    getPerCpuRatio: ratio(of('prism getCpu'), of('plinth getCpu')),
    postPerSecond: Math.round(of('plinth post')),
    postPrismPerSecond: Math.round(of('prism post')),
    postRatio: ratio(of('plinth post'), of('prism post')),
    postPerCpuRatio: ratio(of('prism postCpu'), of('plinth postCpu')),
  };
  return { figures, ...held(figures, bars) };
}

function shown(value: number): string {
  return value.toFixed(value < 10 ? 2 : 0);
}

/** Ours alone: Prism does not answer for a contract of that size within a minute. */
async function firstMs(file: string, place: string): Promise<number> {
  const port = await freePort();
  const { child, first } = await served(command('plinth', file, port), `http://127.0.0.1:${port}${place}`);
  await stop(child);
  return first.ms;
}

/** To the first 200, then requests per second and CPU milliseconds of the server for each. */
async function small(who: Who): Promise<Record<string, number>> {
  const port = await freePort();
  const base = `http://127.0.0.1:${port}/orders`;
  const { child, first } = await served(command(who, shop, port), base);
  const load = async (method: string, place: string, body?: string): Promise<{ perSecond: number; cpu: number }> => {
    const before = cpuOf(child);
    const request = requestBytes(method, place, json, body);
    const { requests, failures, seconds } = await drive({ port, request, connections: 16, seconds: loadSeconds });
    if (failures > 0) throw new Error(`${who}: ${failures} of ${requests} answers were not 2xx`);
    return { perSecond: requests / seconds, cpu: (cpuOf(child) - before) / requests };
  };
  try {
    const made = await fetch(base, { method: 'POST', headers: json, body: newOrder });
    if (made.status !== 201) throw new Error(`${who} answers ${made.status} to a new order`);
    const { id } = (await made.json()) as { id: string };
    const [get, post] = [await load('GET', `/orders/${id}`), await load('POST', '/orders', newOrder)];
    return {
      smallMs: first.ms,
      smallCpuMs: first.cpuMs,
      get: get.perSecond,
      getCpu: get.cpu,
      post: post.perSecond,
      postCpu: post.cpu,
    };
  } finally {
    await stop(child);
  }
}

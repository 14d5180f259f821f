// Fifty people read and write boxes and a notice that the edge keeps answers of, with everything in their requests that
// might confuse a cache.

import { once } from 'node:events';
import { Agent, type IncomingMessage, request } from 'node:http';
import { text } from 'node:stream/consumers';
import { seededRandom, type Random } from '@plinth/runtime';
import type { ChaosContext, ChaosOutcome, ChaosSuite } from '@plinth/testing';
import { type Boxes, openBoxes } from '../faults/boxes.ts';

const people = 50;
const mostRequests = 100_000;
const atOnce = 32;

interface Asked {
  method: 'GET' | 'PUT';
  path: string;
  query: string;
  language: string | undefined;
  headers: Record<string, string>;
}

/** Until the time is over or 100,000 requests were made. `leaks`: see `openBoxes`. */
export async function walk(context: ChaosContext, leaks = false): Promise<ChaosOutcome> {
  const { seconds, seed } = context;
  const boxes = await openBoxes(people, leaks);
  const random = seededRandom(seed).stream('cache-leaks');
  const untilMs = performance.now() + seconds * 1000;
  const figures = { requests: 0, foreign: 0, poisoned: 0, stale: 0, refused: 0, hits: 0 };
  /** Of each person and box, and of the notice: what every read begun from now on must show at least. */
  const known = new Map<string, number>();
  const canaries = [...boxes.keys.keys()];
  const one = async (): Promise<void> => {
    const canary = canaries[random.int(people)] as string;
    const asked = choose(random, canary);
    const place = asked.path === '/notice' ? 'notice' : `${canary} ${asked.path}`;
    const least = known.get(place) ?? 0;
    const seen = await send(boxes, canary, asked);
    figures.requests += 1;
    if (seen.status !== 200) {
      figures.refused += 1;
      context.log(`${asked.method} ${asked.path}${asked.query}: ${seen.status}`);
      return;
    }
    if (seen.cacheStatus?.includes('hit') === true) figures.hits += 1;
    for (const what of faultsOf(canary, asked, { ...seen, least })) {
      figures[what] += 1;
      context.log(`${what}: ${asked.method} ${asked.path}${asked.query} by ${canary}: ${seen.text}`);
    }
    if (asked.method === 'PUT') known.set(place, Math.max(known.get(place) ?? 0, seen.body.revision ?? 0));
  };
  const lanes = Array.from({ length: atOnce }, async () => {
    while (performance.now() < untilMs && figures.requests < mostRequests) await one();
  });
  await Promise.all(lanes);
  await boxes.close();
  const ok = figures.foreign + figures.poisoned + figures.stale + figures.refused === 0 && figures.hits > 0;
  return { ok, figures };
}

type Fault = 'foreign' | 'poisoned' | 'stale';

/** `least`: the revision that was known before it was asked. */
function faultsOf(canary: string, asked: Asked, { body, text: said, least }: Seen & { least: number }): Fault[] {
  const { owner, revision = 0, language = null, size = null } = body;
  const isNotice = asked.path === '/notice';
  const others = said.match(/canary-\d+/g)?.filter((each) => each !== canary || isNotice) ?? [];
  const isForeign = others.length > 0 || (owner !== undefined && owner !== canary);
  const isRead = asked.method === 'GET';
  const wished = [asked.language ?? null, new URLSearchParams(asked.query).get('size')];
  const isOther = isRead && (language !== wished[0] || size !== wished[1]);
  return [
    ...(isForeign ? ['foreign' as const] : []),
    ...(isOther || said.includes('poison') ? ['poisoned' as const] : []),
    ...(isRead && revision < least ? ['stale' as const] : []),
  ];
}

function choose(random: Random, canary: string): Asked {
  const path = random.int(4) === 0 ? '/notice' : `/boxes/b${random.int(5)}`;
  const method = random.int(10) === 0 ? 'PUT' : 'GET';
  const query =
    path === '/notice' || method === 'PUT' ? '' : random.pick(['', '', '?size=s', '?size=%73', '?size=l', '?size=L']);
  const language = method === 'PUT' ? undefined : random.pick([undefined, 'en', 'de', 'EN']);
  const noise: Record<string, string>[] = [
    {},
    { 'X-Forwarded-Host': `poison.${canary}.test` },
    { Forwarded: `for=192.0.2.1;host=poison-${canary}` },
    { Vary: 'Authorization', 'X-Original-URL': '/poison' },
    { Cookie: `plinth=poison-${canary}` },
    { Range: 'bytes=0-3' },
    { Pragma: 'no-cache', 'Cache-Control': random.pick(['no-cache', 'max-age=0', 'no-store']) },
    { 'X-HTTP-Method-Override': 'PUT' },
    { 'accept-encoding': 'gzip', Origin: 'https://poison.test' },
  ];
  return { method, path, query, language, headers: random.pick(noise) };
}

interface Seen {
  status: number;
  cacheStatus: string | undefined;
  text: string;
  body: { owner?: string; revision?: number; language?: string | null; size?: string | null };
}

const agent = new Agent({ keepAlive: true, maxSockets: atOnce });

async function send(boxes: Boxes, canary: string, { method, path, query, language, headers }: Asked): Promise<Seen> {
  const scheme = Number(canary.slice(-1)) % 2 === 0 ? 'Bearer' : 'bearer';
  const outgoing = request(boxes.url + path + query, {
    method,
    agent,
    headers: {
      ...headers,
      ...(language === undefined ? {} : { 'Accept-Language': language }),
      authorization: `${scheme} ${boxes.keys.get(canary) ?? ''}`,
    },
  });
  outgoing.end();
  const [response] = (await once(outgoing, 'response')) as [IncomingMessage];
  const said = await text(response);
  const { statusCode = 0, headers: fields } = response;
  return {
    status: statusCode,
    cacheStatus: fields['cache-status'] as string | undefined,
    text: said,
    body: JSON.parse(said) as Seen['body'],
  };
}

export const suite: ChaosSuite = {
  name: 'cache-leaks',
  about:
    'People read and write what the edge keeps; nobody sees what is another’s, what was forged, or what is older than their own write.',
  run: (context) => walk(context),
};

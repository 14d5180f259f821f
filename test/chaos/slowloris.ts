// S10, F14: callers who are slow on purpose, in four ways. They are cut within ten seconds, others are served from the
// first to the last moment, and memory stays. The long form has a thousand of each.

import type { Socket } from 'node:net';
import type { ChaosSuite } from '@plinth/testing';
import { type ReferenceServer, startReference } from '../../bench/reference/start.ts';
import { openDatabaseServer } from '../faults/deployment.ts';
import { openRaw } from '../faults/raw-http.ts';

const longSeconds = 30;
const watchMs = 16_000;
const cutWithinMs = 10_000;
/** When who is deaf begins to read. */
const deafForMs = 8_000;
/** The short form runs beside other tests, and the clocks of a busy machine are late. */
const graceMs = 2_500;
const mostGrowthBytes = 64 * 1024 * 1024;
/** Answers of half a megabyte that one deaf connection asks for at once: as much as systems take for who does not read. */
const asks = 8;
/** Of the text of one. */
const largeBytes = 512 * 1024;
const statusLine = 'HTTP/1.1 ';
const leastServed = 0.999;

interface Slow {
  mode: keyof typeof modes;
  socket: Socket;
  sinceMs: number;
  cutMs: number | undefined;
  /** Answers that came after it began to read, and the end of the text they were counted in. */
  answers: number;
  tail: string;
}

const request = (path: string, more = ''): string => `GET /reference/v1${path} HTTP/1.1\r\nHost: a\r\n${more}\r\n`;

/** What is sent at once, a byte a second after it; `deaf` reads nothing. */
const modes = {
  head: { first: 'GET /reference/v1/notes HTTP/1.1\r\nHost: a\r\nX: ', deaf: false },
  body: {
    first:
      'POST /reference/v1/echo HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 9000\r\n\r\n',
    deaf: false,
  },
  read: { first: request('/large').repeat(asks), deaf: true },
  range: { first: request('/large', 'Range: bytes=0-0,1-1,2-2,3-3\r\n').repeat(asks), deaf: true },
} as const;

export const suite: ChaosSuite = {
  name: 'slowloris',
  about: 'slow heads, bodies and readers: cut within 10 s, others served at 99.9 %, memory bounded',
  async run({ log, seconds }) {
    const isLong = seconds >= longSeconds;
    const ofEach = isLong ? 1_000 : 50;
    const place = await openDatabaseServer();
    const server = await startReference(place.url);
    const slow: Slow[] = [];
    try {
      const usualBytes = await heldForOthers(server, ofEach * Object.keys(modes).length);
      // Others were there before: who comes in the very moment in which a hundred others come for the first time is one of them.
      const refused = await ask(server.port);
      if (refused !== undefined) throw new Error(`nobody was slow yet, and a caller got ${refused}`);
      const isBegun = (async () => {
        for (const mode of Object.keys(modes) as Slow['mode'][]) {
          for (let n = 0; n < ofEach; n++) slow.push(await begin(server.port, mode, `127.0.1.${1 + (n % 200)}`));
          log(`${ofEach} slow in ${mode}`);
        }
      })();
      const { asked, served, mostBytes } = await serveOthers(server, { slow, isBegun, log });
      const growthBytes = mostBytes - usualBytes;
      const worst = Math.max(...slow.map(({ sinceMs, cutMs }) => (cutMs ?? Infinity) - sinceMs));
      const uncut = slow.filter(({ cutMs }) => cutMs === undefined).length;
      for (const mode of Object.keys(modes) as Slow['mode'][])
        log(`${mode}: ${tell(slow.filter((one) => one.mode === mode))}`);
      const ok =
        uncut === 0 &&
        worst <= cutWithinMs + (isLong ? 0 : graceMs) &&
        served >= asked * leastServed &&
        growthBytes <= mostGrowthBytes;
      return {
        ok,
        figures: { slow: slow.length, uncut, cutMs: Math.round(worst), asked, served, growthBytes },
      };
    } finally {
      for (const { socket } of slow) socket.destroy();
      await server.close();
      await place.close();
    }
  },
};

/**
 * What the server holds for as many connections whose callers read and stay: that is not for the slowness of anybody. Each
 * tenth reads a large answer.
 */
async function heldForOthers(server: ReferenceServer, connections: number): Promise<number> {
  const sockets: Socket[] = [];
  try {
    for (let n = 0; n < connections; n++) {
      const socket = await openRaw(server.port, `127.0.1.${1 + (n % 200)}`);
      sockets.push(socket);
      await (n % 10 === 0 ? reads(socket, '/large', largeBytes) : reads(socket, '/notes', 1));
    }
    return await server.heldBytes();
  } finally {
    for (const socket of sockets) socket.destroy();
  }
}

function reads(socket: Socket, path: string, least: number): Promise<void> {
  return new Promise((resolve, reject) => {
    let bytes = 0;
    socket.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes >= least) resolve();
    });
    socket.once('close', () => reject(new Error('who reads was cut')));
    socket.write(request(path));
  });
}

async function begin(port: number, mode: Slow['mode'], from: string): Promise<Slow> {
  const { first, deaf } = modes[mode];
  const socket = await openRaw(port, from);
  const one: Slow = { mode, socket, sinceMs: performance.now(), cutMs: undefined, answers: 0, tail: '' };
  socket.on('data', (chunk: Buffer) => {
    const text = one.tail + chunk.toString('latin1');
    one.answers += text.split(statusLine).length - 1;
    one.tail = text.slice(1 - statusLine.length);
    // The system took it all, or it was refused for load: nothing waits in the server, and the connection may stay.
    if (deaf && one.answers >= asks) one.cutMs ??= performance.now();
  });
  socket.once('close', () => (one.cutMs ??= performance.now()));
  // Whoever does not read does not see the end either.
  if (deaf) socket.pause();
  else socket.resume();
  socket.write(first);
  return one;
}

/** Others ask all the time; the slow go on being slow, once a second. */
async function serveOthers(
  server: ReferenceServer,
  { slow, isBegun, log }: { slow: readonly Slow[]; isBegun: Promise<void>; log: (line: string) => void },
): Promise<{ asked: number; served: number; mostBytes: number }> {
  let endMs = Infinity;
  void isBegun.then(() => (endMs = performance.now() + watchMs));
  let [asked, served, mostBytes, dripMs] = [0, 0, 0, 0];
  const goesOn = (): boolean => endMs === Infinity || slow.some(({ cutMs }) => cutMs === undefined);
  while (performance.now() < endMs && goesOn()) {
    if (performance.now() - dripMs > 1_000) {
      dripMs = performance.now();
      for (const one of slow) if (one.cutMs === undefined) goOn(one);
      mostBytes = Math.max(mostBytes, await server.heldBytes());
    }
    asked += 1;
    const fault = await ask(server.port);
    if (fault === undefined) served += 1;
    else log(`another caller: ${fault}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  await isBegun;
  return { asked, served, mostBytes };
}

/** A byte a second; who is deaf looks later whether it was cut. */
function goOn({ mode, socket, sinceMs }: Slow): void {
  if (!modes[mode].deaf) socket.write('x');
  else if (performance.now() - sinceMs > deafForMs) socket.resume();
}

/** undefined = served. */
async function ask(port: number): Promise<string | undefined> {
  try {
    const response = await fetch(`http://127.0.0.1:${port}/reference/v1/notes`, { signal: AbortSignal.timeout(5_000) });
    await response.arrayBuffer();
    return response.ok ? undefined : String(response.status);
  } catch (error) {
    return String((error as Error).cause ?? error);
  }
}

function tell(some: readonly Slow[]): string {
  const times = some.map(({ sinceMs, cutMs }) => (cutMs ?? Infinity) - sinceMs);
  return `cut after ${(Math.min(...times) / 1_000).toFixed(1)} to ${(Math.max(...times) / 1_000).toFixed(1)} s`;
}

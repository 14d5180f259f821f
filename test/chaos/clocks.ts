// The counts and clocks of connections as they are, none of them shortened: ten thousand connections, ten thousand requests of
// one, an idle one, a request that never ends, and the end of a process that somebody keeps waiting. The short form counts.

import { once } from 'node:events';
import type { Socket } from 'node:net';
import type { ChaosSuite } from '@plinth/testing';
import { type ReferenceServer, startReference } from '../../bench/reference/start.ts';
import { openDatabaseServer } from '../faults/deployment.ts';
import { openRaw } from '../faults/raw-http.ts';

const longSeconds = 30;
const mostConnections = 10_000;
const mostRequests = 10_000;
/** Requests in one packet: as many as may wait for each other. */
const together = 8;
/** Connections opened at once: fewer than wait to be accepted. */
const atOnce = 100;
/** Each address of this machine opens so many. */
const ofOneAddress = 100;
const [wholeMs, idleMs, finishMs] = [30_000, 65_000, 25_000];
/** Clocks are looked at once a second, Node ends idle connections a second late, and a busy machine later. */
const lateMs = 4_000;

const ask = 'GET /livez HTTP/1.1\r\nHost: a\r\n\r\n';
const unending =
  'POST /reference/v1/echo HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 900000\r\n\r\n';

/** undefined = it holds. */
type Fault = string | undefined;

export const suite: ChaosSuite = {
  name: 'clocks',
  about: '10,000 connections, 10,000 requests of one, and the clocks of 25, 30 and 65 s: each as promised',
  parts: ['requests', 'connections', 'clocks'],
  async run({ log, seconds, part }) {
    const place = await openDatabaseServer();
    const server = await startReference(place.url);
    const figures: Record<string, number> = {};
    const faults: string[] = [];
    const judge = async (what: string, fault: Promise<Fault>): Promise<void> => {
      const found = await fault;
      log(`${found === undefined ? '✓' : '✗'} ${what}${found === undefined ? '' : `: ${found}`}`);
      if (found !== undefined) faults.push(what);
    };
    const wants = (name: string): boolean => part === undefined || part === name;
    try {
      if (wants('requests')) await judge('requests of one connection', countRequests(server.port, figures));
      if (wants('connections')) await judge('connections', countConnections(server.port, figures));
      if (wants('clocks') && (seconds >= longSeconds || part !== undefined)) {
        const ending = await startReference(place.url);
        try {
          await Promise.all([
            judge(
              'a request that never ends',
              timed(server.port, { sends: unending, afterMs: wholeMs, says: ' 408 ' }, figures),
            ),
            judge('an idle connection', timed(server.port, { sends: ask, afterMs: idleMs, says: ' 200 ' }, figures)),
            judge('the end of a process', endOf(ending, figures)),
          ]);
        } finally {
          await ending.close();
        }
      }
      return { ok: faults.length === 0, figures: { ...figures, faults: faults.length } };
    } finally {
      await server.close();
      await place.close();
    }
  },
};

/** A connection that collects what is said. */
async function listening(port: number, from?: string): Promise<{ socket: Socket; take: () => string }> {
  const socket = (await openRaw(port, from)).setNoDelay();
  let text = '';
  socket.on('data', (chunk: Buffer) => (text += chunk.toString('latin1')));
  return {
    socket,
    take: () => {
      const taken = text;
      text = '';
      return taken;
    },
  };
}

/** True when something came, false when it has been closed instead. */
function heard(socket: Socket): Promise<boolean> {
  if (socket.closed) return Promise.resolve(false);
  return new Promise((resolve) => {
    const [came, closed] = [() => end(true), () => end(false)];
    const end = (isHeard: boolean): void => {
      socket.off('data', came).off('close', closed);
      resolve(isHeard);
    };
    socket.once('data', came).once('close', closed);
  });
}

/** Also of a connection that the other side has reset. */
function closing(socket: Socket): Promise<void> {
  return new Promise((resolve) => (socket.closed ? resolve() : socket.once('close', () => resolve())));
}

const bodies = (text: string): number => text.split('{"live":true}').length - 1;

/** As many answers as may be, the last of which ends the connection. */
async function countRequests(port: number, figures: Record<string, number>): Promise<Fault> {
  const { socket, take } = await listening(port);
  let answered = 0;
  let text = '';
  for (let isOpen = true; isOpen && answered <= mostRequests;) {
    socket.write(ask.repeat(together));
    for (text = ''; isOpen && bodies(text) < together; text += take()) isOpen = await heard(socket);
    answered += bodies(text);
    if (/^connection: close/im.test(text)) {
      await closing(socket);
      isOpen = false;
    }
  }
  socket.destroy();
  figures['requests'] = answered;
  if (answered !== mostRequests) return `${answered} were answered`;
  const said = text
    .split('HTTP/1.1 ')
    .slice(1)
    .map((each) => /^connection: close/im.test(each));
  return said.indexOf(true) === said.length - 1
    ? undefined
    : 'the last answer does not end the connection, or others do';
}

/** As many as may be are served; one more is cut; who leaves makes room. */
async function countConnections(port: number, figures: Record<string, number>): Promise<Fault> {
  const open: Socket[] = [];
  const served = async (): Promise<Socket | undefined> => {
    const { socket, take } = await listening(port, `127.0.2.${1 + (Math.floor(open.length / ofOneAddress) % 250)}`);
    socket.write(ask);
    const isServed = await heard(socket);
    return isServed && take().includes(' 200 ') ? socket : undefined;
  };
  try {
    while (open.length < mostConnections) {
      const more = await Promise.all(Array.from({ length: atOnce }, served));
      open.push(...more.filter((each) => each !== undefined));
      if (more.includes(undefined)) return `only ${open.length} were served`;
    }
    figures['connections'] = open.length;
    const extra = await served();
    extra?.destroy();
    if (extra !== undefined) return 'one more was served';
    const cut = open.filter(({ closed }) => closed).length;
    if (cut > 0) return `${cut} were cut meanwhile`;
    open.pop()?.destroy();
    for (let tries = 0; tries < 50; tries++) {
      const next = await served();
      if (next !== undefined) return void open.push(next);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    return 'who left made no room';
  } finally {
    for (const socket of open) socket.destroy();
  }
}

/** Sends that, keeps a body coming, and is cut when its time is over and not before. */
async function timed(
  port: number,
  { sends, afterMs, says }: { sends: string; afterMs: number; says: string },
  figures: Record<string, number>,
): Promise<Fault> {
  const { socket, take } = await listening(port);
  const startedMs = performance.now();
  socket.write(sends);
  const steadily = setInterval(() => sends === unending && socket.write(' '.repeat(300)), 1_000);
  const giveUp = setTimeout(() => socket.destroy(), afterMs + 2 * lateMs);
  await closing(socket);
  clearInterval(steadily);
  clearTimeout(giveUp);
  const tookMs = performance.now() - startedMs;
  figures[`cutAfter${afterMs}`] = Math.round(tookMs);
  if (tookMs < afterMs - 1 || tookMs > afterMs + lateMs) return `cut after ${Math.round(tookMs)} ms`;
  const said = take();
  return said.slice(0, 16).includes(says) ? undefined : `it was told ${JSON.stringify(said.slice(0, 60))}`;
}

/** Who keeps it waiting is cut after its time, and it ends as one that has nothing more to do. */
async function endOf({ port, child }: ReferenceServer, figures: Record<string, number>): Promise<Fault> {
  const exited = once(child, 'exit') as Promise<[code: number | null]>;
  const cut = timed(port, { sends: unending, afterMs: finishMs, says: '' }, figures);
  await new Promise((resolve) => setTimeout(resolve, 200));
  child.kill('SIGTERM');
  const fault = await cut;
  const [code] = await exited;
  return fault ?? (code === 0 ? undefined : `it ended with ${code}`);
}

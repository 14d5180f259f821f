// The machine: Node, a PostgreSQL, room on the disk, and what only tests need.

import { existsSync, statfsSync } from 'node:fs';
import { connect } from 'node:net';
import path from 'node:path';
import { prepareBinaries } from '@plinth/adapters/embedded-postgres';
import { readConfig } from '../config.ts';
import { finding, type PreparedFinding } from './finding.ts';

const leastNode = 24;
/** Bytes free where the data stand: below the first it is bad, below the second somebody should look. */
const leastFree = 256 * 1024 ** 2;
const enoughFree = 2 * 1024 ** 3;

export async function examineMachine(data: string | undefined): Promise<PreparedFinding[]> {
  const config = readConfig({ demo: true, ...(data ? { data } : {}) });
  const isGiven = config.databaseUrl !== undefined;
  return [node(process.versions.node), postgres(isGiven), room(config.dataFolder), ...(await forTests())];
}

export function node(version: string): PreparedFinding {
  const major = Number(version.split('.', 1)[0]);
  const state = major >= leastNode ? 'ok' : 'bad';
  return finding('Node', state, version, 'run it through npm scripts: they bring Node 26');
}

/** @param prepare gives the private one; throws an Error in words when this machine can have none. */
export function postgres(isGiven: boolean, prepare: () => { version: string } = prepareBinaries): PreparedFinding {
  if (isGiven) return finding('PostgreSQL', 'ok', 'given by DATABASE_URL');
  try {
    return finding('PostgreSQL', 'ok', `private, ${prepare().version}`);
  } catch (error) {
    return finding('PostgreSQL', 'bad', (error as Error).message, 'set DATABASE_URL to a PostgreSQL 15 to 18');
  }
}

function room(folder: string): PreparedFinding {
  let place = folder;
  while (!existsSync(place) && path.dirname(place) !== place) place = path.dirname(place);
  const { bavail, bsize } = statfsSync(place);
  return roomOf(bavail * bsize, place);
}

/** @param free bytes. */
export function roomOf(free: number, place: string): PreparedFinding {
  const state = free < leastFree ? 'bad' : free < enoughFree ? 'warn' : 'ok';
  return finding(
    'disk',
    state,
    `${(free / 1024 ** 3).toFixed(1)} GiB free at ${place}`,
    'make room, or move the data folder',
  );
}

/** Their absence skips suites of tests and nothing else. */
async function forTests(): Promise<PreparedFinding[]> {
  const hasBrowser = ['/usr/bin/chromium', '/usr/bin/google-chrome'].some((file) => existsSync(file));
  const optional = [
    ['Chromium', hasBrowser],
    ['Redis', await listens(6379)],
    ['NATS', await listens(4222)],
  ] as const;
  return optional.map(([what, there]) => finding(what, 'ok', there ? 'there' : 'not there; only tests use it'));
}

async function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port, timeout: 500 });
    const end = (answer: boolean): void => {
      socket.destroy();
      resolve(answer);
    };
    socket.once('connect', () => end(true));
    socket.once('error', () => end(false));
    socket.once('timeout', () => end(false));
  });
}

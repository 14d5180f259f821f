// One Plinth owns a data folder. The claim is a file with our pid; it is void when that process is gone.

import { linkSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { isAlive, startOf } from './processes.ts';

interface Owner {
  pid: number;
  /** Start of that process in the kernel's own clock: a pid that was given to another process is told apart. */
  start: string;
  since: string;
}

/** Another live Plinth uses the folder. */
export class DataFolderInUse extends Error {
  override readonly name = 'DataFolderInUse';
  readonly folder: string;
  readonly pid: number;
  readonly since: string;

  constructor(folder: string, owner: Owner) {
    super(`another process (pid ${owner.pid}) is using ${folder}`);
    this.folder = folder;
    this.pid = owner.pid;
    this.since = owner.since;
  }
}

export interface FolderClaim {
  release(): void;
}

/** Throws DataFolderInUse. Made atomically: written beside, then linked to its name. */
export function claimFolder(folder: string): FolderClaim {
  const file = path.join(folder, 'plinth.lock');
  const draft = `${file}.${process.pid}`;
  const owner: Owner = {
    pid: process.pid,
    start: startOf(process.pid),
    since: Temporal.Now.plainTimeISO().toString({ smallestUnit: 'minute' }),
  };
  writeFileSync(draft, JSON.stringify(owner));
  try {
    for (let attempt = 0; attempt < 3; attempt++) {
      try {
        linkSync(draft, file);
        return { release: () => releaseOwn(file) };
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      }
      const other = readOwner(file);
      if (other && isAlive(other.pid) && startOf(other.pid) === other.start) throw new DataFolderInUse(folder, other);
      rmSync(file, { force: true });
    }
    throw new Error(`${file} changes hands faster than it can be claimed`);
  } finally {
    rmSync(draft, { force: true });
  }
}

function readOwner(file: string): Owner | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Owner;
  } catch {
    return undefined;
  }
}

function releaseOwn(file: string): void {
  if (readOwner(file)?.pid === process.pid) rmSync(file, { force: true });
}

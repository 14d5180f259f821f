// `git:REV:path`: a contract as it stands in a revision of the repository that the command runs in.

import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { load, type Loaded } from '@plinth/contract';

const run = promisify(execFile);
/** Bytes of one file; the loader refuses larger ones itself. */
const mostBytes = 64 * 1024 * 1024;

export interface GitFile {
  revision: string;
  path: string;
}

/** undefined for anything that is no `git:REV:path`. Paths are relative to the working folder, like those of files. */
export function gitFile(given: string): GitFile | undefined {
  const [, revision, file] = /^git:([^:]+):(.+)$/.exec(given) ?? [];
  return revision === undefined || file === undefined ? undefined : { revision, path: file };
}

/** True when the revision holds the file. Rejects when there is no such revision, or no repository. */
export async function isInGit({ revision, path: file }: GitFile): Promise<boolean> {
  await git(['rev-parse', '--verify', '--quiet', '--end-of-options', `${revision}^{commit}`]);
  try {
    await show(revision, file);
    return true;
  } catch {
    return false;
  }
}

/** Loads the contract with what it refers to and its companions, all from that revision. */
export async function loadFromGit(file: GitFile): Promise<Loaded> {
  const folder = path.dirname(file.path);
  const companions: { events?: string; problems?: string } = {};
  for (const name of ['events', 'problems'] as const) {
    const place = path.join(folder, `${name}.yaml`);
    if (place !== file.path && (await isInGit({ ...file, path: place }))) companions[name] = place;
  }
  return load(file.path, { read: (name) => show(file.revision, name), companions });
}

/** `./` makes git take the path from the working folder, not from the top of the repository. */
function show(revision: string, file: string): Promise<string> {
  const relative = path.isAbsolute(file) ? path.relative(process.cwd(), file) : file;
  return git(['show', '--end-of-options', `${revision}:./${relative}`]);
}

async function git(args: readonly string[]): Promise<string> {
  const { stdout } = await run('git', [...args], { maxBuffer: mostBytes });
  return stdout;
}

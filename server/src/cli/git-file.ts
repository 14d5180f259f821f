// `git:REV:path`: a file as it stands in a revision of the repository that the command runs in.

import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';

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
  return revision === undefined || file === undefined ? undefined : { revision, path: path.normalize(file) };
}

/** True when the revision holds the file. Rejects when there is no such revision, or no repository. */
export async function isInGit(file: GitFile): Promise<boolean> {
  await git(['rev-parse', '--verify', '--quiet', '--end-of-options', `${file.revision}^{commit}`]);
  return (await kindOf(file)) === 'blob';
}

/** Names in a folder of the revision; undefined when it is none. */
export async function folderInGit(folder: GitFile): Promise<string[] | undefined> {
  if ((await kindOf(folder)) !== 'tree') return undefined;
  return (await git(['ls-tree', '--name-only', '-z', place(folder)])).split('\0').filter((name) => name !== '');
}

/** The text of a file of the revision. Rejects when there is none. */
export function readInGit(file: GitFile): Promise<string> {
  return git(['show', '--end-of-options', place(file)]);
}

async function kindOf(file: GitFile): Promise<string | undefined> {
  try {
    return (await git(['cat-file', '-t', '--end-of-options', place(file)])).trim();
  } catch {
    return undefined;
  }
}

/** `./` makes git take the path from the working folder, not from the top of the repository. */
function place({ revision, path: file }: GitFile): string {
  return `${revision}:./${path.isAbsolute(file) ? path.relative(process.cwd(), file) : file}`;
}

async function git(args: readonly string[]): Promise<string> {
  const { stdout } = await run('git', [...args], { maxBuffer: mostBytes });
  return stdout;
}

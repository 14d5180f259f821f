// Files a command makes: written when they differ, or only compared (`--check`).

import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { makeFolder } from '../make-folder.ts';
import { fileFailure } from './failure.ts';
import { note } from './printer.ts';

export interface WriteResult {
  /** Paths below the folder that were written, with `check`: that would be. */
  changed: string[];
  total: number;
}

/** Writes a file, and the folders it needs. Throws CliFailure (exit 2) when it may not. */
export async function writeText(file: string, text: string): Promise<void> {
  try {
    makeFolder(path.dirname(file));
    await writeFile(file, text);
  } catch (error) {
    throw fileFailure(error, 'write') ?? error;
  }
}

/** Files under way at once. */
const atOnce = 32;

/** Writes files below `folder`; a path that leads out of it is a defect and throws. Order: as given. */
export async function writeFiles(
  folder: string,
  files: Readonly<Record<string, string>>,
  { check }: { check: boolean },
): Promise<WriteResult> {
  const places = Object.entries(files).map(([name, text]) => ({ name, text, file: path.resolve(folder, name) }));
  for (const { name, file } of places)
    if (path.relative(folder, file).startsWith('..')) throw new Error(`${name} would be written outside of ${folder}`);
  const changed = new Set<string>();
  const queue = places.values();
  const lane = async (): Promise<void> => {
    for (const { name, text, file } of queue) {
      if (existsSync(file) && (await readFile(file, 'utf8')) === text) continue;
      changed.add(name);
      if (check) continue;
      await writeText(file, text);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, lane));
  return { changed: places.filter(({ name }) => changed.has(name)).map(({ name }) => name), total: places.length };
}

/** One line about what was written; with `check` each stale file and how to remake it. True when all is fresh. */
export function reportFiles({ changed, total }: WriteResult, folder: string, { check }: { check: boolean }): boolean {
  if (!check) {
    note(`${changed.length} of ${total} files written to ${folder}, ${total - changed.length} were up to date`);
    return true;
  }
  for (const name of changed) note(`stale: ${path.join(folder, name)}`);
  if (changed.length > 0) note('Remake them with the same command without --check.');
  return changed.length === 0;
}

// Files a command makes: written when they differ, or only compared (`--check`).

import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { note } from './printer.ts';

export interface WriteResult {
  /** Paths below the folder that were written, with `check`: that would be. */
  changed: string[];
  total: number;
}

/** Writes files below `folder`; a path that leads out of it is a defect and throws. Order: as given. */
export async function writeFiles(
  folder: string,
  files: Readonly<Record<string, string>>,
  { check }: { check: boolean },
): Promise<WriteResult> {
  const changed: string[] = [];
  const made = new Set<string>();
  for (const [name, text] of Object.entries(files)) {
    const file = path.resolve(folder, name);
    if (path.relative(folder, file).startsWith('..')) throw new Error(`${name} would be written outside of ${folder}`);
    if (existsSync(file) && (await readFile(file, 'utf8')) === text) continue;
    changed.push(name);
    if (check) continue;
    const parent = path.dirname(file);
    if (!made.has(parent)) await mkdir(parent, { recursive: true });
    made.add(parent);
    await writeFile(file, text);
  }
  return { changed, total: Object.keys(files).length };
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

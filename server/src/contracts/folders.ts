// What a watched folder holds.

import { readdirSync, statSync } from 'node:fs';
import path from 'node:path';

/** Names of the folders in a folder, sorted; none when it is not there. */
export function foldersIn(folder: string): string[] {
  try {
    return readdirSync(folder)
      .filter((name) => statSync(path.join(folder, name)).isDirectory())
      .toSorted();
  } catch {
    return [];
  }
}

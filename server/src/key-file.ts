// Keys that a deployment makes for itself: a file of the data folder, which stands outside the database, so that whoever
// has a copy of the database alone has none of them.

import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { makeFolder } from './make-folder.ts';

/** What the file says; made when it is not there, for this user alone. */
export function keyOfFile(file: string, make: () => string): string {
  if (!existsSync(file)) {
    makeFolder(path.dirname(file));
    try {
      writeFileSync(file, make(), { mode: 0o600, flag: 'wx' });
    } catch (error) {
      // Another process of this folder was first.
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
  }
  return readFileSync(file, 'utf8');
}

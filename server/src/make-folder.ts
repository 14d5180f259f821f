// Folders that people name. Node's recursive mkdir never ends where nothing can be made (under /proc the folder is not
// there and its parent is, for ever), so one is made at a time.

import { existsSync, mkdirSync, statSync } from 'node:fs';
import path from 'node:path';

/** Makes the folder and those it needs; nothing when it is there. Throws what the file system says, with the path. */
export function makeFolder(folder: string): void {
  const missing: string[] = [];
  for (let at = path.resolve(folder); !existsSync(at); at = path.dirname(at)) missing.unshift(at);
  for (const each of missing) makeOne(each);
  // What stands there is told as what it is, not by whoever writes below it.
  if (missing.length === 0 && !statSync(folder).isDirectory()) mkdirSync(folder);
}

function makeOne(folder: string): void {
  try {
    mkdirSync(folder);
  } catch (error) {
    // Another one made it meanwhile.
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST' || !statSync(folder).isDirectory()) throw error;
  }
}

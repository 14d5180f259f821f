// `plinth mock --watch`: contracts are read again after each change has become quiet. One that cannot be read leaves what
// runs as it is.

import { type FSWatcher, statSync, watch } from 'node:fs';
import path from 'node:path';
import { printFailure } from './printer.ts';

/** Files of one save arrive in several notices. */
const quietMs = 150;

/** Watches the folders of the contracts, since they may refer to files beside them, but not `own` files. Gives what ends it. */
export function watchContracts(
  files: readonly string[],
  own: readonly string[],
  reload: () => Promise<void>,
): () => void {
  const ignored = new Set(own.map((file) => path.resolve(file)));
  let timer: NodeJS.Timeout | undefined;
  let running = Promise.resolve();
  const changed = (): void => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      running = running.then(reload).catch((error: unknown) => void printFailure(error, false));
    }, quietMs);
  };
  const folders = new Set(files.map((file) => (statSync(file).isDirectory() ? file : path.dirname(file))));
  const watchers = [...folders].map((folder): FSWatcher => {
    const watcher = watch(folder, { recursive: true }, (_, name) => {
      if (name === null || (/\.(ya?ml|json)$/.test(name) && !ignored.has(path.resolve(folder, name)))) changed();
    });
    // The folder went away; what runs goes on.
    watcher.on('error', () => watcher.close());
    return watcher;
  });
  return () => {
    clearTimeout(timer);
    for (const watcher of watchers) watcher.close();
  };
}

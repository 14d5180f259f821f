// Builds the channel apps when their sources changed. The hash of the sources stands beside the result, so a second
// start reads a few hundred files and builds nothing.

import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

const root = path.resolve(import.meta.dirname, '../../..');

/** Where the built apps stand; `StaticSite.load` reads it. */
export const channelsDist = path.join(root, 'channels/dist');

const hashFile = path.join(channelsDist, '.hash');
const ignored = new Set(['node_modules', 'dist', 'screens', 'test']);

/**
 * Builds `channels/dist` when the content of channels or client changed since the last build, or nothing is built yet.
 *
 * @returns whether it built, and how long the whole took. Throws what the build reports, with file and line.
 */
export async function buildChannels(options: { log: (text: string) => void }): Promise<{ built: boolean; ms: number }> {
  const startedAtMs = performance.now();
  const hash = sourcesHash();
  const finish = (built: boolean): { built: boolean; ms: number } => ({
    built,
    ms: Math.round(performance.now() - startedAtMs),
  });
  if (readHash() === hash && existsSync(path.join(channelsDist, 'portal/index.html'))) return finish(false);
  options.log('Building the web apps (once; later starts reuse them)');
  // Loaded only here: a start that builds nothing does not pay for the bundler.
  const { build } = await import('vite');
  // Whatever this process is run for, pages are built for use: React decides by this variable.
  const before = process.env['NODE_ENV'];
  process.env['NODE_ENV'] = 'production';
  try {
    await build({ configFile: path.join(root, 'channels/vite.config.ts'), logLevel: 'warn' });
  } finally {
    if (before === undefined) delete process.env['NODE_ENV'];
    else process.env['NODE_ENV'] = before;
  }
  writeFileSync(hashFile, `${hash}\n`);
  return finish(true);
}

function readHash(): string | undefined {
  try {
    return readFileSync(hashFile, 'utf8').trim();
  } catch {
    return undefined;
  }
}

function sourcesHash(): string {
  const hash = createHash('sha256');
  for (const folder of ['channels', 'client/src']) {
    for (const name of sourcesBelow(path.join(root, folder))) {
      hash
        .update(name)
        .update('\0')
        .update(readFileSync(path.join(root, folder, name)))
        .update('\0');
    }
  }
  // The lock file stands for the versions of everything that is bundled.
  hash.update(readFileSync(path.join(root, 'package-lock.json')));
  return hash.digest('hex');
}

function sourcesBelow(folder: string, below = ''): string[] {
  return readdirSync(path.join(folder, below), { withFileTypes: true })
    .filter((entry) => !ignored.has(entry.name) && !entry.name.startsWith('.') && !/\.test\.tsx?$/.test(entry.name))
    .toSorted((left, right) => (left.name < right.name ? -1 : 1))
    .flatMap((entry) => {
      const inner = below === '' ? entry.name : `${below}/${entry.name}`;
      return entry.isDirectory() ? sourcesBelow(folder, inner) : [inner];
    });
}

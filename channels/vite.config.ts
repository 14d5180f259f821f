// One build of all apps: `dist/<app>/index.html`, hashed files in `dist/assets/`. The output runs under
// `default-src 'self'`: no inline script or style, no eval, no outside host.

import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import tailwind from '@tailwindcss/vite';
import react from '@vitejs/plugin-react';
import { defineConfig, type Plugin } from 'vite';

const folder = import.meta.dirname;
const apps = ['portal', 'kiosk', 'desk', 'studio', 'developers'] as const;

export default defineConfig({
  root: folder,
  base: '/',
  appType: 'mpa',
  publicDir: false,
  plugins: [react(), tailwind(), staticFiles()],
  build: {
    outDir: path.join(folder, 'dist'),
    emptyOutDir: true,
    assetsDir: 'assets',
    // A data: font or script would need a wider policy than 'self'.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    target: 'es2024',
    cssTarget: 'chrome125',
    rolldownOptions: {
      input: Object.fromEntries(apps.map((app) => [app, path.join(folder, app, 'index.html')])),
      treeshake: {
        // The parts of ui only declare: what an app does not use leaves no trace in it.
        moduleSideEffects: [
          { test: /channels\/ui\/src\/.*\.tsx?$/, sideEffects: false },
          { test: /client\/src\/.*\.ts$/, sideEffects: false },
        ],
      },
    },
  },
});

/**
 * Copies `<app>/static/**` to `dist/<app>/`. In a service worker, `__SHELL__` becomes the list of files its app needs
 * to open and `__VERSION__` a value that changes with them.
 */
function staticFiles(): Plugin {
  return {
    name: 'plinth:static-files',
    apply: 'build',
    generateBundle(_options, bundle) {
      for (const app of apps) {
        const shell = shellOf(app, bundle);
        for (const name of filesBelow(path.join(folder, app, 'static'))) {
          const bytes = readFileSync(path.join(folder, app, 'static', name));
          const source =
            name === 'sw.js'
              ? bytes
                  .toString('utf8')
                  .replace('__SHELL__', JSON.stringify(shell))
                  .replace('__VERSION__', versionOf(shell))
              : bytes;
          this.emitFile({ type: 'asset', fileName: `${app}/${name}`, source });
        }
      }
    },
  };
}

type Bundle = Parameters<Extract<Plugin['generateBundle'], (...args: never) => unknown>>[1];

/** Addresses of the entry of an app, what it imports at once, and the styles and first font. */
function shellOf(app: string, bundle: Bundle): string[] {
  const found = new Set<string>();
  const visit = (fileName: string): void => {
    const chunk = bundle[fileName];
    if (found.has(fileName) || chunk?.type !== 'chunk') return;
    found.add(fileName);
    for (const imported of chunk.imports) visit(imported);
  };
  for (const chunk of Object.values(bundle))
    if (chunk.type === 'chunk' && chunk.isEntry && chunk.name === app) visit(chunk.fileName);
  for (const name of Object.keys(bundle)) if (/\.css$|inter-latin-wght/.test(name)) found.add(name);
  return [...found].toSorted().map((name) => `/${name}`);
}

/** File names carry the hash of their content, so the list of names is a version. */
function versionOf(shell: readonly string[]): string {
  let hash = 5381;
  for (const letter of shell.join('|')) hash = (hash * 33 + (letter.codePointAt(0) ?? 0)) % 0xff_ff_ff_ff;
  return hash.toString(36);
}

function filesBelow(root: string): string[] {
  try {
    return readdirSync(root, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => path.relative(root, path.join(entry.parentPath, entry.name)));
  } catch {
    // An app without files of its own.
    return [];
  }
}

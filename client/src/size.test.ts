import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { build, type Rolldown } from 'vite';
import { expect, it } from 'vitest';

const limitBytes = 6 * 1024;

it('is at most 6 KB in a page, minified and compressed', async () => {
  const entry = path.join(import.meta.dirname, 'index.ts');
  const output = (await build({
    configFile: false,
    logLevel: 'silent',
    build: { write: false, target: 'esnext', minify: true, lib: { entry, formats: ['es'], fileName: 'client' } },
  })) as Rolldown.RolldownOutput[];
  const code = output.flatMap((bundle) => bundle.output).flatMap((chunk) => ('code' in chunk ? [chunk.code] : []));
  const bytes = gzipSync(code.join('')).length;
  expect(bytes).toBeGreaterThan(1000);
  expect(bytes).toBeLessThanOrEqual(limitBytes);
});

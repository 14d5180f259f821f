import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { expect, it } from 'vitest';

const hooks = `import { registerHooks } from 'node:module';
registerHooks({ load(url, context, next) { console.log(url); return next(url, context); } });`;
const loads = "await import('./server/src/cli/mock-run.ts');";
const root = path.resolve(import.meta.dirname, '../../..');

/** Modules that `plinth mock` loads before it answers. */
function loaded(): string[] {
  const preload = `data:text/javascript,${encodeURIComponent(hooks)}`;
  const args = ['--import', preload, '--input-type=module', '--eval', loads];
  const { stdout, stderr, status } = spawnSync(process.execPath, args, { cwd: root, encoding: 'utf8' });
  expect(stderr).toBe('');
  expect(status).toBe(0);
  return stdout.split('\n').filter((line) => line !== '');
}

it('a mock starts without database driver, tokens, telemetry and the parts of the contract engine that serve nothing', () => {
  const urls = loaded();
  const heavy = urls.filter((url) =>
    /node_modules\/(kysely|jose|pino|@opentelemetry|pg|pg-boss)\/|contract\/src\/(diff|emit|verify|catalogue)\//.test(
      url,
    ),
  );
  expect(heavy).toEqual([]);
  expect(urls.some((url) => url.endsWith('contract/src/mock/mock.ts'))).toBe(true);
  expect(urls.length).toBeLessThan(320);
});

// The guide to the mock, run as it is written: rules of faults, and operations that are real one after another.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest';

const root = path.resolve(import.meta.dirname, '../../..');
const ordering = path.join(
  process.env['PLINTH_TEST_DATA'] ?? path.resolve(root, '../shared/data'),
  'contracts/tmforum/apis/TMF622_Product_Ordering/swaggers/TMF622-ProductOrdering-v4.0.0.swagger.json',
);
const has = existsSync(ordering);
// eslint-disable-next-line no-console -- A suite that does not run must say so.
if (!has) console.warn(`SKIPPED: the contract is not at ${ordering} (set PLINTH_TEST_DATA)`);
const guide = readFileSync(path.join(root, 'docs/guides/mock.md'), 'utf8');
const folder = mkdtempSync(path.join(tmpdir(), 'plinth-guide-'));
const children: ChildProcess[] = [];
afterEach(async () => {
  await Promise.all(
    children.splice(0).map(async (child) => {
      if (child.exitCode !== null) return;
      child.kill('SIGTERM');
      await once(child, 'exit');
    }),
  );
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const base = '/tmf-api/productOrderingManagement/v4';

/** The command of the guide that has a word, on a free port, with its files in their places. */
async function mockOf(words: readonly string[]): Promise<{ url: string; out: () => string }> {
  const child = spawn(process.execPath, [
    path.join(root, 'server/src/main.ts'),
    'mock',
    ordering,
    ...words,
    '--port',
    '0',
  ]);
  children.push(child);
  let [said, out] = ['', ''];
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
  child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
  await vi.waitFor(() => expect(said).toContain('answer at'), 20_000);
  const [, origin = ''] = /answer at (http:\/\/127\.0\.0\.1:\d+)/.exec(said) ?? [];
  return { url: `${origin}${base}`, out: () => out };
}

const order = (url: string): Promise<Response> =>
  fetch(`${url}/productOrder`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{"category":"B2C","productOrderItem":[{"id":"1","action":"add","quantity":1}]}',
  });

describe.runIf(has)('the guide to the mock', () => {
  it('turns the third order away by its rules of faults', async () => {
    const [, rules = ''] = /`--faults faults.yaml`:\n\n```yaml\n([\s\S]*?)```/.exec(guide) ?? [];
    const file = path.join(folder, 'faults.yaml');
    writeFileSync(file, rules);
    const { url } = await mockOf(['--faults', file]);
    const statuses: number[] = [];
    for (let count = 0; count < 6; count++) statuses.push((await order(url)).status);
    expect(statuses).toEqual([201, 201, 503, 201, 201, 503]);
  });

  it('hands the named operation on, keeps the others, and records each exchange', async () => {
    const [, named = ''] = /--upstream https:\S+ --real (\w+) > traffic\.ndjson/.exec(guide) ?? [];
    const real = await mockOf(['--seed', '9']);
    const { url, out } = await mockOf(['--upstream', real.url.replace(base, ''), '--real', named]);
    const made = (await (await order(url)).json()) as { id: string };
    const at = async (place: string): Promise<number> => (await fetch(`${place}/productOrder/${made.id}`)).status;
    expect([await at(real.url), await at(url)]).toEqual([200, 404]);
    await vi.waitFor(() => expect(out()).toContain('\n'), 5_000);
    const lines = out()
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { request: { method: string } });
    expect(lines.map(({ request }) => request.method)).toEqual(['POST']);
  });
});

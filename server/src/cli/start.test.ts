// What `plinth dev` and `plinth serve` refuse before anything is started.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { catchOutput } from '@plinth/testing';
import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest';
import { run } from './commands.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'plinth-start-'));
const said = catchOutput();

const contract = (more: { root?: string; path?: string } = {}): string => `openapi: 3.1.0
info: { title: Gifts, version: 1.0.0 }
${more.root ?? 'security: []'}
paths:
  ${more.path ?? '/gifts'}:
    post:
      operationId: giveGift
      requestBody: { content: { application/json: { schema: { type: object } } } }
      responses: { '200': { description: It. } }
`;
const files: Readonly<Record<string, string>> = {
  good: contract(),
  twin: contract(),
  open: contract({ root: '' }),
  shadowed: contract({ path: '/jobs/{id}' }).replace(
    '    post:',
    '    parameters: [{ name: id, in: path, required: true, schema: { type: string } }]\n    post:',
  ),
  broken: 'openapi: 3.1.0\ninfo:\n  title: X\n version: 1\n',
};

beforeAll(() => {
  for (const [name, text] of Object.entries(files)) writeFileSync(path.join(folder, `${name}.yaml`), text);
});
afterEach(() => {
  vi.unstubAllEnvs();
});
afterAll(() => rmSync(folder, { recursive: true }));

/** A word such as `@good` is the file of that name. */
const words = (line: string): string[] =>
  line.split(' ').map((word) => (word.startsWith('@') ? path.join(folder, `${word.slice(1)}.yaml`) : word));

it.each([
  ['dev --clock tomorrow', 2, '--clock tomorrow is no time', '--clock 2026-11-24T12:00:00Z'],
  ['dev --clock 2026-11-24', 2, '--clock 2026-11-24 is no time', 'with its zone'],
  ['serve --clock 2026-11-24T12:00:00Z', 2, "unknown option '--clock'", '--help'],
  ['dev --upstream http://x', 2, "unknown option '--upstream'", '--help'],
  ['dev --port many', 2, 'The port is "many"', 'from 0'],
  ['dev --ephemeral --data here', 2, '--data here and --ephemeral contradict each other', 'leave one of them out'],
  ['serve --only nothing', 2, 'There is no capability nothing', 'customers'],
  ['serve --only orders', 2, 'orders calls catalogue.quotePrice', 'Add catalogue'],
  ['serve @good', 2, 'Nobody stands behind', '--upstream'],
  ['serve none.yaml', 3, 'none.yaml does not exist', 'check the path'],
  ['serve --upstream http://x', 2, '--upstream stands alone', 'plinth serve openapi.yaml --upstream http://x'],
  ['serve @good --upstream ftp://x', 2, '--upstream ftp://x is no address', 'https://api.example.com'],
  ['serve @good --upstream http://me:word@x', 2, 'is no address', 'nothing else'],
  ['serve @good --upstream http://x --only orders', 2, '--only chooses among our own', 'leave out --only'],
  ['serve none.yaml --upstream http://x', 3, 'none.yaml', ''],
  ['serve @broken --upstream http://x', 3, 'broken.yaml', ''],
  ['serve @open --upstream http://x', 3, 'leaves open who may call giveGift', 'update: { security: [] }'],
  ['serve @shadowed --upstream http://x', 3, "the platform's own: giveGift", 'base path'],
  ['serve @good @twin --upstream http://x', 3, 'Two contracts are called', 'x-plinth'],
] as const)('%s ends with %d and says what to do', async (line, code, what, advice) => {
  expect(await run(words(line))).toBe(code);
  expect(said.err).toContain(what);
  expect(said.err).toContain(advice);
  expect(said.out).toBe('');
});

it('a database that is kept and --ephemeral contradict each other', async () => {
  vi.stubEnv('DATABASE_URL', 'postgres://db.example/plinth');
  expect(await run(['dev', '--ephemeral'])).toBe(2);
  expect(said.err).toContain('--ephemeral keeps nothing');
});
